package io.fairlead.client;

import io.fairlead.Environment;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The body of a request, as far as it can be sent again.
 *
 * <p>One of known length is subscribed to again: the transport refuses a shorter replay. One of unknown length may be a stream
 * that gives nothing the second time, and the transport would not notice: it is read ahead, up to 1 MiB.
 */
final class RequestBody {

    /** Holds any payment message; a larger body of unknown length is an upload, which has one attempt. */
    static final int READ_AHEAD_BYTES = 1 << 20;

    private final Optional<BodyPublisher> publisher;
    private final boolean prepared;
    private final boolean replayable;
    private final Runnable discard;

    private RequestBody(Optional<BodyPublisher> publisher, boolean prepared, boolean replayable, Runnable discard) {
        this.publisher = publisher;
        this.prepared = prepared;
        this.replayable = replayable;
        this.discard = discard;
    }

    static RequestBody of(HttpRequest request) {
        boolean known = request.bodyPublisher().map(p -> p.contentLength() >= 0).orElse(true);
        return new RequestBody(request.bodyPublisher(), known, known, () -> {});
    }

    /** Reads ahead what must be, or null if nothing must. Away from the caller's thread: a stream may block. Can be cancelled. */
    @Nullable
    CompletionStage<RequestBody> prepare(Environment env) {
        if (prepared) {
            return null;
        }
        ReadAhead ahead = new ReadAhead();
        env.handOver(() -> {
            try {
                publisher.orElseThrow().subscribe(ahead);
            } catch (RuntimeException | Error e) {
                ahead.onError(e);
            }
        });
        return ahead.result;
    }

    /** Nobody will send it. */
    void discard() {
        discard.run();
    }

    boolean isReplayable() {
        return replayable;
    }

    Optional<BodyPublisher> publisher() {
        return publisher;
    }

    /** Collects up to the limit; beyond it, holds the rest of the stream for the one subscriber that will come. */
    private static final class ReadAhead implements Flow.Subscriber<ByteBuffer> {

        final CompletableFuture<RequestBody> result = new CompletableFuture<>();
        private final List<ByteBuffer> chunks = new ArrayList<>();
        private int bytes;
        private Flow.@Nullable Subscription subscription;
        private @Nullable StreamRest rest;

        @Override
        public void onSubscribe(Flow.Subscription s) {
            subscription = s;
            result.whenComplete((body, why) -> {
                if (result.isCancelled()) {
                    s.cancel();
                }
            });
            s.request(1);
        }

        @Override
        public void onNext(ByteBuffer chunk) {
            if (rest != null) {
                rest.onNext(chunk);
                return;
            }
            ByteBuffer copy =
                    ByteBuffer.allocate(chunk.remaining()).put(chunk).flip(); // the publisher may reuse its buffer
            chunks.add(copy);
            bytes += copy.remaining();
            Flow.Subscription source = subscription;
            if (bytes > READ_AHEAD_BYTES && source != null) {
                StreamRest once = new StreamRest(List.copyOf(chunks), source);
                rest = once;
                result.complete(
                        new RequestBody(Optional.of(unknownLength(once::subscribe)), true, false, once::discard));
                if (result.isCancelled()) {
                    source.cancel();
                }
            } else if (source != null) {
                source.request(1);
            }
        }

        @Override
        public void onError(Throwable why) {
            if (rest != null) {
                rest.ended(why);
            } else {
                result.completeExceptionally(why);
            }
        }

        @Override
        public void onComplete() {
            if (rest != null) {
                rest.ended(null);
                return;
            }
            List<ByteBuffer> all = List.copyOf(chunks);
            result.complete(new RequestBody(
                    Optional.of(unknownLength(s -> new Replay(all, s).begin())), true, true, () -> {}));
        }
    }

    /* The length stays unknown, so that the request goes out in the form that the caller chose (chunked). */
    private static BodyPublisher unknownLength(Flow.Publisher<ByteBuffer> chunks) {
        return HttpRequest.BodyPublishers.fromPublisher(chunks);
    }

    /** The chunks that were read, to one subscriber. */
    private static final class Replay implements Flow.Subscription {

        private final List<ByteBuffer> chunks;
        private final Flow.Subscriber<? super ByteBuffer> subscriber;
        private int next;
        private long demand;
        private boolean emitting;
        private boolean over;

        Replay(List<ByteBuffer> chunks, Flow.Subscriber<? super ByteBuffer> subscriber) {
            this.chunks = chunks;
            this.subscriber = subscriber;
        }

        void begin() {
            subscriber.onSubscribe(this);
            if (chunks.isEmpty()) {
                finish();
            }
        }

        @Override
        public void request(long n) {
            synchronized (this) {
                demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
                if (emitting) {
                    return;
                }
                emitting = true;
            }
            for (ByteBuffer chunk = take(); chunk != null; chunk = take()) {
                subscriber.onNext(chunk);
            }
            if (isDrained()) {
                finish();
            }
        }

        private synchronized @Nullable ByteBuffer take() {
            if (over || demand == 0 || next == chunks.size()) {
                emitting = false;
                return null;
            }
            demand--;
            return chunks.get(next++).asReadOnlyBuffer();
        }

        private synchronized boolean isDrained() {
            return next == chunks.size();
        }

        private void finish() {
            synchronized (this) {
                if (over) {
                    return;
                }
                over = true;
            }
            subscriber.onComplete();
        }

        @Override
        public synchronized void cancel() {
            over = true;
        }
    }
}
