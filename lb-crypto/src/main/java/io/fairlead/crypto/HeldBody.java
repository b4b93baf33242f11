package io.fairlead.crypto;

import java.io.IOException;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * Holds the body of a reply until it was opened, then hands what came of it to the subscriber of the caller's handler, which is not even
 * made before: no parser sees a byte that is not proven.
 *
 * @param <T> what the caller's handler makes of it
 */
final class HeldBody<T> implements BodySubscriber<T> {

    /** Says no by throwing. */
    @FunctionalInterface
    interface Opening {
        byte[] opened(ResponseInfo info, byte[] body) throws IOException;
    }

    private final CompletableFuture<byte[]> whole = new CompletableFuture<>();
    private final CompletionStage<T> body;
    private final Held held;
    private Flow.@Nullable Subscription source;

    private HeldBody(ResponseInfo info, BodyHandler<T> handler, Held held, Opening opening) {
        this.held = held;
        this.body = whole.thenCompose(bytes -> {
            try {
                byte[] opened = opening.opened(info, bytes);
                return handedOn(handler.apply(info), opened);
            } catch (IOException e) {
                throw new CompletionException(e);
            }
        });
    }

    static <T> BodyHandler<T> handler(BodyHandler<T> handler, int most, String purpose, Opening opening) {
        return info -> new HeldBody<>(info, handler, new Held(most, "reply", purpose), opening);
    }

    private static <T> CompletionStage<T> handedOn(BodySubscriber<T> to, byte[] bytes) {
        if (bytes.length == 0) {
            OneItem.none(to);
        } else {
            OneItem.publish(List.of(ByteBuffer.wrap(bytes).asReadOnlyBuffer()), to);
        }
        return to.getBody();
    }

    @Override
    public CompletionStage<T> getBody() {
        return body;
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
    public void onNext(List<ByteBuffer> chunks) {
        for (ByteBuffer chunk : chunks) {
            if (whole.isDone()) {
                return;
            }
            try {
                held.add(chunk);
            } catch (IOException e) {
                whole.completeExceptionally(e);
                if (source != null) {
                    source.cancel();
                }
            }
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
