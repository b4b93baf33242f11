package io.fairlead.client;

import io.fairlead.Endpoint;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Optional;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/** The response as the caller sees it: of the request that the caller made, without the signature that was sent. */
final class LogicalResponse<T> implements HttpResponse<T> {

    /** {@code HttpResponse.connectionLabel()} of JDK 25, or null on older ones. */
    private static final @Nullable MethodHandle CONNECTION_LABEL = connectionLabelMethod();

    private final HttpResponse<T> wire;
    private final HttpRequest request;
    private final @Nullable Endpoint endpoint;

    /** {@code endpoint} is who answered, or null where nobody did. */
    LogicalResponse(HttpResponse<T> wire, HttpRequest request, @Nullable Endpoint endpoint) {
        this.wire = wire;
        this.request = request;
        this.endpoint = endpoint;
    }

    private static @Nullable MethodHandle connectionLabelMethod() {
        try {
            return MethodHandles.publicLookup()
                    .findVirtual(HttpResponse.class, "connectionLabel", MethodType.methodType(Optional.class));
        } catch (NoSuchMethodException | IllegalAccessException e) {
            return null;
        }
    }

    @Nullable
    Endpoint endpoint() {
        return endpoint;
    }

    /** Overrides the method of JDK 25; on older ones it has no caller. */
    @SuppressWarnings("unchecked")
    public Optional<String> connectionLabel() {
        if (CONNECTION_LABEL == null) {
            return Optional.empty();
        }
        try {
            return (Optional<String>) CONNECTION_LABEL.invoke(wire);
        } catch (Throwable e) {
            throw new IllegalStateException("connectionLabel()", e);
        }
    }

    @Override
    public int statusCode() {
        return wire.statusCode();
    }

    @Override
    public HttpRequest request() {
        return request;
    }

    @Override
    public Optional<HttpResponse<T>> previousResponse() {
        return Optional.empty();
    }

    @Override
    public HttpHeaders headers() {
        return wire.headers();
    }

    @Override
    public T body() {
        return wire.body();
    }

    @Override
    public Optional<SSLSession> sslSession() {
        return wire.sslSession();
    }

    @Override
    public URI uri() {
        return request.uri();
    }

    @Override
    public HttpClient.Version version() {
        return wire.version();
    }

    @Override
    public String toString() {
        return "(" + request.method() + " " + request.uri() + ") " + statusCode();
    }
}
