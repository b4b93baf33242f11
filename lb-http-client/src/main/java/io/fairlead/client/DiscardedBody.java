package io.fairlead.client;

import io.fairlead.Environment;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The body of an answer that nobody will see. It is complete at once, so that the call goes on; the bytes are drained beside
 * it as long as they are few and come soon, because that keeps the connection, and given up otherwise.
 */
final class DiscardedBody<T> implements BodySubscriber<T>, OpenCalls.Entry {

    /** An error page is smaller; beyond this a new connection is cheaper than the rest. */
    private static final long MOST_BYTES = 64 * 1024;

    /** Longer than any round trip; a body that is not here by then is stalled. */
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final LiveAttempt attempt;
    private final Environment env;
    private final OpenCalls open;
    private final boolean cancelAtOnce;
    private final long sinceNanos;
    private long bytes;
    private volatile Flow.@Nullable Subscription transport;
    private volatile boolean over;

    DiscardedBody(LiveAttempt attempt, Environment env, OpenCalls open, boolean cancelAtOnce) {
        this.attempt = attempt;
        this.env = env;
        this.open = open;
        this.cancelAtOnce = cancelAtOnce;
        this.sinceNanos = env.nanoTime();
        open.add(this);
    }

    @Override
    @SuppressWarnings("NullAway") // nobody reads the body of an answer that is not handed over
    public CompletionStage<T> getBody() {
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        transport = subscription;
        if (cancelAtOnce || over) {
            giveUp();
        } else {
            subscription.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            bytes += buffer.remaining();
        }
        if (bytes > MOST_BYTES) {
            giveUp();
        }
    }

    @Override
    public void onError(Throwable why) {
        finish();
    }

    @Override
    public void onComplete() {
        finish();
    }

    @Override
    public void sweep(long now) {
        if (now - sinceNanos > MOST_NANOS) {
            giveUp();
        }
    }

    @Override
    public void abort(IOException why) {
        giveUp();
    }

    private void giveUp() {
        Flow.Subscription source = transport;
        if (source != null) {
            source.cancel();
        }
        finish();
    }

    private void finish() {
        over = true;
        attempt.finished(env.nanoTime(), null);
        open.remove(this);
    }
}
