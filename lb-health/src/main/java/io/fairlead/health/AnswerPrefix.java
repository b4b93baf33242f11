package io.fairlead.health;

import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * The first bytes of an answer. The rest is read and dropped up to {@link #MOST}, which leaves the connection usable; beyond that
 * the answer is cancelled, and what there is counts.
 */
final class AnswerPrefix implements BodySubscriber<byte[]> {

    /** As much as the client drains of an answer that it discards: one round trip's worth, cheaper than a new connection. */
    static final int MOST = 64 * 1024;

    private final byte[] prefix;
    private final CompletableFuture<byte[]> body = new CompletableFuture<>();
    private int kept;
    private int read;
    private Flow.@Nullable Subscription subscription;
    private boolean cancelled;
    private boolean over;

    AnswerPrefix(int keep) {
        this.prefix = new byte[keep];
    }

    @Override
    public CompletionStage<byte[]> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        boolean late;
        synchronized (this) {
            this.subscription = subscription;
            late = cancelled;
        }
        if (late) {
            subscription.cancel();
        } else {
            subscription.request(Long.MAX_VALUE);
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        for (ByteBuffer buffer : buffers) {
            read += buffer.remaining();
            int length = Math.min(buffer.remaining(), prefix.length - kept);
            buffer.get(prefix, kept, length);
            kept += length;
        }
        if (read > MOST) {
            complete();
            cancel(); // of the rest
        }
    }

    @Override
    public void onError(Throwable failure) {
        over();
        body.completeExceptionally(failure);
    }

    @Override
    public void onComplete() {
        over();
        complete();
    }

    private synchronized void over() {
        over = true;
    }

    private void complete() {
        body.complete(Arrays.copyOf(prefix, kept));
    }

    /** Reads no further, whether the answer has begun or not; does nothing once it is complete. */
    void cancel() {
        Flow.Subscription begun;
        synchronized (this) {
            cancelled = true;
            begun = over ? null : subscription;
        }
        if (begun != null) {
            begun.cancel();
        }
        body.complete(new byte[0]);
    }
}
