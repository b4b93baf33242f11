package io.fairlead.client;

import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
        return new Handshake(service, transports, new Call(service, id, logical), (builder, signed) -> {
                    String scheme = "https".equals(signed.uri().getScheme()) ? "wss" : "ws";
                    return open(builder, signed.headers(), withScheme(signed.uri(), scheme), listener);
                })
                .open();
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
