package io.fairlead.crypto;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.security.SignatureException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Holds a body until its signature was checked, then hands it to the subscriber of the caller's handler, which is not even made
 * before: no parser sees a byte that is not proven.
 *
 * @param <T> what the caller's handler makes of it
 */
final class VerifiedBody<T> implements BodySubscriber<T> {

    /** Replies of payment APIs are some KiB; what a stranger sends must not fill the memory. */
    static final int MOST_BYTES = 1 << 20;

    /** Says no by throwing. */
    @FunctionalInterface
    interface Check {
        void check(ResponseInfo info, byte[] body) throws SignatureException;
    }

    private final ByteArrayOutputStream held = new ByteArrayOutputStream();
    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final CompletionStage<T> body;
    private Flow.@Nullable Subscription source;

    private VerifiedBody(ResponseInfo info, BodyHandler<T> handler, Check check) {
        this.body = whole.thenCompose(bytes -> {
            try {
                check.check(info, bytes);
            } catch (SignatureException e) {
                throw new CompletionException(
                        new IOException("the reply is not proven to be the partner's: " + e.getMessage(), e));
            }
            return handedOn(handler.apply(info), bytes);
        });
    }

    static <T> BodyHandler<T> handler(BodyHandler<T> handler, Check check) {
        return info -> new VerifiedBody<>(info, handler, check);
    }

    private static <T> CompletionStage<T> handedOn(BodySubscriber<T> to, byte[] bytes) {
        to.onSubscribe(new Flow.Subscription() {
            private boolean done;

            @Override
            public void request(long n) {
                if (!done) {
                    done = true;
                    if (bytes.length > 0) {
                        to.onNext(List.of(ByteBuffer.wrap(bytes).asReadOnlyBuffer()));
                    }
                    to.onComplete();
                }
            }

            @Override
            public void cancel() {
                done = true;
            }
        });
        return to.getBody();
    }

    @Override
    public CompletionStage<T> getBody() {
        return body;
    }

    @Override
    public void onSubscribe(Flow.Subscription s) {
        source = s;
        s.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> chunks) {
        for (ByteBuffer chunk : chunks) {
            if (whole.isDone()) {
                return;
            }
            if (held.size() + chunk.remaining() > MOST_BYTES) {
                whole.completeExceptionally(
                        new IOException("the reply is longer than " + MOST_BYTES + " bytes: too long to be verified"));
                if (source != null) {
                    source.cancel();
                }
                return;
            }
            byte[] bytes = new byte[chunk.remaining()];
            chunk.get(bytes);
            held.writeBytes(bytes);
        }
    }

    @Override
    public void onError(Throwable why) {
        whole.completeExceptionally(why);
    }

    @Override
    public void onComplete() {
        whole.complete(held.toByteArray());
    }
}
