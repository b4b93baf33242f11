package io.fairlead.client;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** The chunks that were read and then the rest of the stream, once. */
final class StreamRest implements Flow.Subscription {

    private final List<ByteBuffer> chunks;
    private final Flow.Subscription source;
    private Flow.@Nullable Subscriber<? super ByteBuffer> subscriber;
    private int next;
    private boolean over;
    private @Nullable Throwable why;
    private boolean told;

    StreamRest(List<ByteBuffer> chunks, Flow.Subscription source) {
        this.chunks = chunks;
        this.source = source;
    }

    void subscribe(Flow.Subscriber<? super ByteBuffer> s) {
        boolean first;
        synchronized (this) {
            first = subscriber == null;
            subscriber = first ? s : subscriber;
        }
        s.onSubscribe(this);
        if (!first) {
            s.onError(new IllegalStateException("a body of unknown length beyond " + RequestBody.READ_AHEAD_BYTES
                    + " bytes can be sent only once"));
        }
    }

    /** Nobody will read it. */
    void discard() {
        boolean unread;
        synchronized (this) {
            unread = subscriber == null;
        }
        if (unread) {
            source.cancel();
        }
    }

    @Override
    public void request(long n) {
        long left = n;
        Flow.Subscriber<? super ByteBuffer> s = subscriber();
        for (ByteBuffer chunk = take(left); s != null && chunk != null; chunk = take(left)) {
            left -= left == Long.MAX_VALUE ? 0 : 1;
            s.onNext(chunk);
        }
        if (!end() && left > 0) {
            source.request(left);
        }
    }

    private synchronized @Nullable ByteBuffer take(long left) {
        return left > 0 && next < chunks.size() ? chunks.get(next++).asReadOnlyBuffer() : null;
    }

    private synchronized Flow.@Nullable Subscriber<? super ByteBuffer> subscriber() {
        return subscriber;
    }

    void onNext(ByteBuffer chunk) {
        Flow.Subscriber<? super ByteBuffer> s = subscriber();
        if (s != null) {
            s.onNext(chunk);
        }
    }

    /* It may come before anybody has subscribed, or while the chunks are still being read: told when its turn comes. */
    void ended(@Nullable Throwable with) {
        synchronized (this) {
            over = true;
            why = with;
        }
        boolean ended = end();
        assert ended || !told;
    }

    private boolean end() {
        Flow.Subscriber<? super ByteBuffer> s;
        synchronized (this) {
            s = subscriber;
            if (!over || s == null || next < chunks.size()) {
                return false;
            }
            if (told) {
                return true;
            }
            told = true;
        }
        if (why != null) {
            s.onError(why);
        } else {
            s.onComplete();
        }
        return true;
    }

    @Override
    public void cancel() {
        source.cancel();
    }
}
