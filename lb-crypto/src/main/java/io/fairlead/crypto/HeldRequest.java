package io.fairlead.crypto;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Reads the body of a request whole. Its signals are serial, as the publisher's are. */
final class HeldRequest implements Flow.Subscriber<ByteBuffer> {

    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final Held held;
    private Flow.@Nullable Subscription source;

    private HeldRequest(int most) {
        this.held = new Held(most, "request body", "encrypted");
    }

    /** Complete at once if the publisher publishes at once; fails with the publisher's failure. */
    static CompletableFuture<byte[]> of(BodyPublisher body, int most) {
        HeldRequest request = new HeldRequest(most);
        try {
            body.subscribe(request);
        } catch (RuntimeException e) {
            request.whole.completeExceptionally(e);
        }
        return request.whole;
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
        if (source != null) {
            s.cancel();
            return;
        }
        source = s;
        s.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(ByteBuffer chunk) {
        if (whole.isDone()) {
            return;
        }
        try {
            held.add(chunk);
        } catch (IOException e) {
            if (source != null) {
                source.cancel();
            }
            whole.completeExceptionally(e);
        }
    }

    @Override
    public void onError(Throwable why) {
        whole.completeExceptionally(why);
    }

    @Override
    public void onComplete() {
        whole.complete(held.whole());
    }
}
