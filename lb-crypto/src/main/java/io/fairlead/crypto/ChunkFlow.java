package io.fairlead.crypto;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Puts a stream through {@link Chunks} between a publisher and a subscriber, after the rules of Reactive Streams: one chunk for each that
 * was asked for, the next item of the source only when the last is used up, so that nothing heaps up. Whoever signals while another
 * thread is at work leaves the work to that one.
 *
 * @param <I> what the source publishes
 * @param <O> what the subscriber takes
 */
final class ChunkFlow<I, O> implements Flow.Subscriber<I>, Flow.Subscription {

    private final Chunks chunks;
    private final Function<I, List<ByteBuffer>> in;
    private final Function<ByteBuffer, O> out;
    private final Flow.Subscriber<? super O> subscriber;

    private final AtomicInteger work = new AtomicInteger();
    private final AtomicLong demand = new AtomicLong();
    private Flow.@Nullable Subscription source;

    /* Written before work is added to, read after it was taken. */
    private volatile @Nullable I item;
    private volatile boolean complete;
    private volatile @Nullable Throwable failure;
    private volatile boolean cancelled;

    /* Of the thread at work. */
    private Iterator<ByteBuffer> buffers = List.<ByteBuffer>of().iterator();
    private @Nullable ByteBuffer buffer;
    private @Nullable ByteBuffer last;
    private boolean asked;
    private boolean over;

    ChunkFlow(
            Chunks chunks,
            Function<I, List<ByteBuffer>> in,
            Function<ByteBuffer, O> out,
            Flow.Subscriber<? super O> subscriber) {
        this.chunks = chunks;
        this.in = in;
        this.out = out;
        this.subscriber = subscriber;
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
        java.util.Objects.requireNonNull(s);
        if (source != null) {
            s.cancel();
            return;
        }
        source = s;
        subscriber.onSubscribe(this);
    }

    @Override
    public void onNext(I next) {
        item = java.util.Objects.requireNonNull(next);
        work();
    }

    @Override
    public void onError(Throwable why) {
        failure = java.util.Objects.requireNonNull(why);
        work();
    }

    @Override
    public void onComplete() {
        complete = true;
        work();
    }

    @Override
    public void request(long n) {
        if (n <= 0) {
            failure = new IllegalArgumentException("demand is " + n + ": allowed is at least 1");
        } else {
            demand.accumulateAndGet(n, (a, b) -> a + b < 0 ? Long.MAX_VALUE : a + b);
        }
        work();
    }

    @Override
    public void cancel() {
        cancelled = true;
        work();
    }

    private void work() {
        if (work.getAndIncrement() != 0) {
            return;
        }
        int done = 1;
        do {
            try {
                while (!over && step()) {}
            } catch (GeneralSecurityException e) {
                fail(new IOException(e.getMessage(), e));
            } catch (IOException | RuntimeException e) {
                fail(e);
            }
            done = work.addAndGet(-done);
        } while (done != 0);
    }

    /* Whether there may be more to do at once. */
    private boolean step() throws GeneralSecurityException, IOException {
        Throwable why = failure;
        if (cancelled || why != null) {
            if (why != null && !cancelled) {
                fail(why);
            } else {
                stop();
            }
            return false;
        }
        if (last != null) {
            return end(last);
        }
        if (demand.get() == 0 && !complete) {
            return false;
        }
        if (!hasInput()) {
            return finish();
        }
        if (demand.get() == 0) {
            return false; // the source is at its end, and what it gave last is not used up
        }
        ByteBuffer chunk = chunks.next(java.util.Objects.requireNonNull(buffer));
        if (chunk != null) {
            emit(chunk);
        }
        return true;
    }

    private boolean hasInput() {
        while (buffer == null || !buffer.hasRemaining()) {
            if (buffers.hasNext()) {
                buffer = buffers.next();
                continue;
            }
            I next = item;
            if (next == null) {
                return false;
            }
            item = null;
            asked = false;
            buffers = in.apply(next).iterator();
        }
        return true;
    }

    /* The last chunk is opened as soon as the source is at its end, and waits until it is asked for. */
    private boolean finish() throws GeneralSecurityException, IOException {
        if (complete) {
            last = chunks.last();
            return true;
        }
        if (!asked && source != null) {
            asked = true;
            source.request(1);
            return true;
        }
        return false;
    }

    private boolean end(ByteBuffer rest) {
        if (rest.hasRemaining()) {
            if (demand.get() == 0) {
                return false;
            }
            emit(rest);
        }
        if (!cancelled) {
            over = true;
            subscriber.onComplete();
        }
        return true;
    }

    private void emit(ByteBuffer chunk) {
        if (demand.get() != Long.MAX_VALUE) {
            demand.decrementAndGet();
        }
        subscriber.onNext(out.apply(chunk));
    }

    private void fail(Throwable why) {
        stop();
        subscriber.onError(why);
    }

    private void stop() {
        over = true;
        buffer = null;
        last = null;
        item = null;
        if (source != null) {
            source.cancel();
        }
    }
}
