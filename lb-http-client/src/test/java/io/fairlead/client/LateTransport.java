package io.fairlead.client;

import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** A {@link StubTransport} whose answers come after a while of manual time, and can be cancelled until then. */
final class LateTransport extends StubTransport {

    final List<String> begun = new CopyOnWriteArrayList<>();
    final List<String> cancelled = new CopyOnWriteArrayList<>();
    private final ManualTime time;
    private final Function<HttpRequest, Duration> latency;

    LateTransport(ManualTime time, Function<HttpRequest, Duration> latency, Function<HttpRequest, Answer> server) {
        super(server);
        this.time = time;
        this.latency = latency;
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        CompletableFuture<HttpResponse<T>> future = new CompletableFuture<>();
        Duration after = latency.apply(request);
        String host = request.uri().getHost();
        future.whenComplete((response, why) -> {
            if (future.isCancelled()) {
                cancelled.add(host);
            }
        });
        time.schedule(() -> answer(future, request, handler), after.toNanos(), TimeUnit.NANOSECONDS);
        begun.add(host);
        return future;
    }

    private <T> void answer(
            CompletableFuture<HttpResponse<T>> future, HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        if (future.isDone()) {
            return;
        }
        try {
            future.complete(send(request, handler));
        } catch (IOException e) {
            future.completeExceptionally(e);
        }
    }
}
