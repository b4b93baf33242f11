package io.fairlead.crypto;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * The calls that one fetch makes, one after the other. Given up, the one that is on its way is aborted and no other begins.
 * Thread-safe.
 *
 * <p>It holds the client's own futures: cancelling a stage that was made of one by {@code thenCompose} reaches no exchange, and the
 * connection to a server that never answers would stay open for ever.
 */
final class Wire {

    private @Nullable Future<?> call; // under the lock, as is the next
    private boolean givenUp;

    /** Sends, unless it was given up. */
    <T> CompletableFuture<HttpResponse<T>> send(HttpClient client, HttpRequest request, BodyHandler<T> handler) {
        synchronized (this) {
            if (givenUp) {
                return CompletableFuture.failedFuture(new FetchFailure("it was given up"));
            }
        }
        CompletableFuture<HttpResponse<T>> sent = client.sendAsync(request, handler);
        boolean late;
        synchronized (this) {
            late = givenUp;
            call = sent;
        }
        if (late) {
            sent.cancel(true);
        }
        return sent;
    }

    /** Aborts what is on its way. */
    void giveUp() {
        Future<?> last;
        synchronized (this) {
            givenUp = true;
            last = call;
        }
        if (last != null) {
            last.cancel(true);
        }
    }
}
