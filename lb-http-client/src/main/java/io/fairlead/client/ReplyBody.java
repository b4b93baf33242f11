package io.fairlead.client;

import io.fairlead.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/** Reads an answer whole, up to a limit: a partner's word about one payment is short. */
final class ReplyBody implements HttpResponse.BodySubscriber<Reply> {

    static final int MOST_BYTES = 64 * 1024;

    private final HttpResponse.ResponseInfo info;
    private final CompletableFuture<Reply> result = new CompletableFuture<>();
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private Flow.@Nullable Subscription source;

    ReplyBody(HttpResponse.ResponseInfo info) {
        this.info = info;
    }

    @Override
    public CompletionStage<Reply> getBody() {
        return result;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        source = subscription;
        subscription.request(Long.MAX_VALUE);
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        if (result.isDone()) {
            return;
        }
        for (ByteBuffer buffer : buffers) {
            byte[] chunk = new byte[Math.min(buffer.remaining(), MOST_BYTES + 1 - bytes.size())];
            buffer.get(chunk);
            bytes.writeBytes(chunk);
        }
        Flow.Subscription from = source;
        if (bytes.size() > MOST_BYTES && from != null) {
            from.cancel();
            result.completeExceptionally(new IOException("the answer has more than " + MOST_BYTES + " bytes"));
        }
    }

    @Override
    public void onError(Throwable why) {
        result.completeExceptionally(why);
    }

    @Override
    public void onComplete() {
        result.complete(Reply.of(info.statusCode(), info.headers(), bytes.toByteArray()));
    }
}
