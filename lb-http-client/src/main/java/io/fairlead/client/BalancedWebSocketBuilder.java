package io.fairlead.client;

import io.fairlead.AsyncRequestSigner;
import io.fairlead.CallException;
import io.fairlead.Delivery;
import io.fairlead.NoEndpointException;
import io.fairlead.Outcome;
import io.fairlead.Verdict;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Opens WebSockets to services: the opening handshake is an attempt at one endpoint, signed as a GET; the socket itself is the
 * JDK's. Not retried: whoever keeps a socket open must be able to open it again anyway.
 */
final class BalancedWebSocketBuilder implements WebSocket.Builder {

    private final Supplier<WebSocket.Builder> maker;
    private final Function<@Nullable String, @Nullable ServiceRuntime> services;
    private final Transports transports;
    private final LongSupplier callIds;
    private final List<Consumer<WebSocket.Builder>> settings = new ArrayList<>();
    private final HttpRequest.Builder handshake = HttpRequest.newBuilder();

    BalancedWebSocketBuilder(
            Supplier<WebSocket.Builder> maker,
            Function<@Nullable String, @Nullable ServiceRuntime> services,
            Transports transports,
            LongSupplier callIds) {
        this.maker = maker;
        this.services = services;
        this.transports = transports;
        this.callIds = callIds;
    }

    @Override
    public WebSocket.Builder header(String name, String value) {
        handshake.header(name, value);
        return this;
    }

    @Override
    public WebSocket.Builder connectTimeout(Duration timeout) {
        settings.add(builder -> builder.connectTimeout(timeout));
        return this;
    }

    @Override
    public WebSocket.Builder subprotocols(String mostPreferred, String... lesserPreferred) {
        settings.add(builder -> builder.subprotocols(mostPreferred, lesserPreferred));
        return this;
    }

    @Override
    public CompletableFuture<WebSocket> buildAsync(URI uri, WebSocket.Listener listener) {
        ServiceRuntime service = services.apply(uri.getHost());
        HttpRequest logical = handshake.copy().uri(withScheme(uri, "http")).build();
        if (service == null) {
            return open(maker.get(), logical.headers(), uri, listener);
        }
        long id;
        try {
            id = callIds.getAsLong();
        } catch (RuntimeException e) { // the client is closed
            return CompletableFuture.failedFuture(e.getCause() != null ? e.getCause() : e);
        }
        Call call = new Call(service, id, logical);
        CompletableFuture<Void> ready = service.cluster.ready();
        ScheduledFuture<?> timer = Handover.later(
                service.env,
                service.maxWaitNanos,
                () -> ready.completeExceptionally(
                        new NoEndpointException("no endpoint: " + service.cluster.reasons(), call.report(), null)));
        return ready.whenComplete((done, why) -> timer.cancel(false))
                .thenCompose(done -> open(service, call, listener));
    }

    private CompletableFuture<WebSocket> open(ServiceRuntime service, Call call, WebSocket.Listener listener) {
        LiveAttempt attempt = call.newAttempt(false);
        Node node = service.cluster.pick(attempt, null, true);
        if (node == null) {
            return CompletableFuture.failedFuture(
                    new NoEndpointException("no endpoint: " + service.cluster.reasons(), call.report(), null));
        }
        return CompletableFuture.completedFuture(node.target().uri())
                .thenCompose(base -> handshake(service, call, attempt, base, listener))
                .whenComplete((socket, why) -> {
                    if (!attempt.isSent()) { // signing or leasing failed
                        attempt.letGo();
                    }
                });
    }

    private CompletableFuture<WebSocket> handshake(
            ServiceRuntime service, Call call, LiveAttempt attempt, URI base, WebSocket.Listener listener) {
        HttpRequest routed = WireRequest.routed(
                call.request(), WireRequest.route(base, call.request().uri()), Map.of(), Optional.empty());
        return signed(service, routed).thenCompose(request -> {
            HttpRequest sent = Objects.requireNonNull(request, "signed request");
            URI to = withScheme(sent.uri(), "https".equals(base.getScheme()) ? "wss" : "ws");
            Transport transport = transports.lease(service.service, base);
            attempt.start(service.env.nanoTime(), service.env.now(), transport::release);
            return opened(transport.client().newWebSocketBuilder(), sent.headers(), to, listener)
                    .whenComplete((socket, why) -> shaken(attempt, service.env.nanoTime(), why))
                    .exceptionally(why -> {
                        throw new java.util.concurrent.CompletionException(
                                new CallException("no WebSocket", call.report(), Failures.unwrap(why)));
                    });
        });
    }

    private static CompletableFuture<HttpRequest> signed(ServiceRuntime service, HttpRequest routed) {
        CompletionStage<HttpRequest> signed = CompletableFuture.completedFuture(routed);
        for (AsyncRequestSigner signer : service.service.signers()) {
            signed = signed.thenCompose(signer::signAsync);
        }
        return signed.toCompletableFuture();
    }

    /* What the JDK's builder throws is a handshake that failed, too. */
    private CompletableFuture<WebSocket> opened(
            WebSocket.Builder builder, HttpHeaders headers, URI uri, WebSocket.Listener listener) {
        try {
            return open(builder, headers, uri, listener);
        } catch (RuntimeException | Error e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static void shaken(LiveAttempt attempt, long now, @Nullable Throwable why) {
        attempt.seen(now, why == null ? 101 : 0, null, why);
        attempt.answered(
                why == null
                        ? new Verdict(Outcome.SUCCESS, Delivery.PROCESSED)
                        : StandardVerdicts.ofFailure(Failures.unwrap(why), false));
        attempt.finished(now, null);
    }

    private CompletableFuture<WebSocket> open(
            WebSocket.Builder builder, HttpHeaders headers, URI uri, WebSocket.Listener listener) {
        headers.map().forEach((name, values) -> values.forEach(value -> builder.header(name, value)));
        settings.forEach(setting -> setting.accept(builder));
        return builder.buildAsync(uri, listener);
    }

    private static URI withScheme(URI uri, String scheme) {
        String text = uri.toString();
        return URI.create(scheme + text.substring(text.indexOf(':')));
    }
}
