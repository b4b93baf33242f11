package io.fairlead.simulator;

import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/** The wire of the simulation: carries requests to scripted servers without delay of its own, and keeps the request's timeout. */
final class SimTransport extends HttpClient {

    /** What the simulation wants to know of each delivery. */
    @FunctionalInterface
    interface Deliveries {
        void answered(HttpRequest request, int status);
    }

    private static final HttpHeaders NO_HEADERS = HttpHeaders.of(Map.of(), (name, value) -> true);

    private final Map<String, RunningServer> servers;
    private final VirtualTime time;
    private final Deliveries deliveries;
    private final Map<Long, HttpHeaders> reports = new HashMap<>();

    /** Servers by host. */
    SimTransport(Map<String, RunningServer> servers, VirtualTime time, Deliveries deliveries) {
        this.servers = servers;
        this.time = time;
        this.deliveries = deliveries;
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        CompletableFuture<HttpResponse<T>> future = new CompletableFuture<>();
        RunningServer server = servers.get(request.uri().getHost());
        if (server == null) {
            future.completeExceptionally(new java.net.ConnectException());
            return future;
        }
        request.timeout()
                .ifPresent(most -> time.after(
                        most.toNanos(),
                        () -> future.completeExceptionally(new HttpTimeoutException("request timed out"))));
        server.receive((status, utilization) -> {
            deliveries.answered(request, status);
            if (!future.isDone()) { // else nobody waits any more
                answer(request, handler, new Info(status, headers(utilization)), future);
            }
        });
        return future;
    }

    private static <T> void answer(
            HttpRequest request,
            HttpResponse.BodyHandler<T> handler,
            Info info,
            CompletableFuture<HttpResponse<T>> future) {
        HttpResponse.BodySubscriber<T> body = handler.apply(info);
        body.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        });
        body.onComplete();
        body.getBody().whenComplete((value, why) -> {
            if (why != null) {
                future.completeExceptionally(why);
            } else {
                future.complete(new Response<>(request, info.statusCode, info.headers, value));
            }
        });
    }

    /* The load report of ORCA (gRPC proposal A51), to a thousandth. Few differ, and making headers is dear. */
    private HttpHeaders headers(double utilization) {
        if (Double.isNaN(utilization)) {
            return NO_HEADERS;
        }
        return reports.computeIfAbsent(Math.round(utilization * 1000), thousandths -> {
            String report = "TEXT application_utilization=" + thousandths / 1000.0;
            return HttpHeaders.of(Map.of("endpoint-load-metrics", List.of(report)), (name, value) -> true);
        });
    }

    private record Info(int statusCode, HttpHeaders headers) implements HttpResponse.ResponseInfo {

        @Override
        public Version version() {
            return Version.HTTP_1_1;
        }
    }

    private record Response<T>(HttpRequest request, int statusCode, HttpHeaders headers, T body)
            implements HttpResponse<T> {

        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public Version version() {
            return Version.HTTP_1_1;
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, HttpResponse.BodyHandler<T> handler, HttpResponse.PushPromiseHandler<T> pushes) {
        return sendAsync(request, handler);
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) throws IOException {
        throw new UnsupportedOperationException("nobody may block in a simulation: use sendAsync");
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return Optional.empty();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return Optional.empty();
    }

    @Override
    public Redirect followRedirects() {
        return Redirect.NEVER;
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return Optional.of(HttpClient.Builder.NO_PROXY);
    }

    @Override
    public SSLContext sslContext() {
        throw new UnsupportedOperationException("a simulation has no TLS");
    }

    @Override
    public SSLParameters sslParameters() {
        return new SSLParameters();
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return Optional.empty();
    }

    @Override
    public Version version() {
        return Version.HTTP_1_1;
    }

    @Override
    public Optional<Executor> executor() {
        return Optional.empty();
    }

    @Override
    public String toString() {
        return "SimTransport" + List.copyOf(servers.keySet());
    }
}
