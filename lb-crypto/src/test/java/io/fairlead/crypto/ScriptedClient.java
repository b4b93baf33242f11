package io.fairlead.crypto;

import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.net.http.HttpResponse.ResponseInfo;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** An HTTP client without a wire: a script answers, when the test wants. Remembers what it was asked. */
final class ScriptedClient extends HttpClient {

    /** An answer. */
    record Reply(int status, Map<String, String> headers, byte[] body) {

        static Reply json(String json) {
            return of(200, json);
        }

        static Reply of(int status, String body) {
            return new Reply(status, Map.of(), body.getBytes(StandardCharsets.UTF_8));
        }

        Reply with(String header, String value) {
            Map<String, String> more = new HashMap<>(headers);
            more.put(header, value);
            return new Reply(status, more, body);
        }
    }

    final List<HttpRequest> requests = new CopyOnWriteArrayList<>();
    private final Redirect redirects;
    private volatile Function<HttpRequest, CompletableFuture<Reply>> script;

    private ScriptedClient(Redirect redirects, Function<HttpRequest, CompletableFuture<Reply>> script) {
        this.redirects = redirects;
        this.script = script;
    }

    static ScriptedClient answering(Function<HttpRequest, Reply> script) {
        return new ScriptedClient(Redirect.NEVER, request -> CompletableFuture.completedFuture(script.apply(request)));
    }

    static ScriptedClient later(Function<HttpRequest, CompletableFuture<Reply>> script) {
        return new ScriptedClient(Redirect.NEVER, script);
    }

    /** Answers when the test completes what it finds in the list. */
    static ScriptedClient keeping(List<CompletableFuture<Reply>> pending) {
        return later(request -> {
            CompletableFuture<Reply> reply = new CompletableFuture<>();
            pending.add(reply);
            return reply;
        });
    }

    static ScriptedClient following() {
        return new ScriptedClient(Redirect.NORMAL, request -> new CompletableFuture<>());
    }

    void answer(Function<HttpRequest, Reply> other) {
        script = request -> CompletableFuture.completedFuture(other.apply(request));
    }

    void fail(Exception why) {
        script = request -> CompletableFuture.failedFuture(why);
    }

    /** How many requests went to a path that ends so. */
    long count(String end) {
        return requests.stream().filter(r -> r.uri().getPath().endsWith(end)).count();
    }

    HttpRequest last() {
        return requests.get(requests.size() - 1);
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
        requests.add(request);
        return script.apply(request).thenCompose(reply -> answered(request, handler, reply));
    }

    private static <T> CompletableFuture<HttpResponse<T>> answered(
            HttpRequest request, BodyHandler<T> handler, Reply reply) {
        Map<String, List<String>> headers = new HashMap<>();
        reply.headers().forEach((name, value) -> headers.put(name, List.of(value)));
        Info info = new Info(reply.status(), HttpHeaders.of(headers, (n, v) -> true), Version.HTTP_1_1);
        BodySubscriber<T> body = handler.apply(info);
        body.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        });
        body.onNext(List.of(ByteBuffer.wrap(reply.body())));
        body.onComplete();
        return body.getBody()
                .<HttpResponse<T>>thenApply(t -> new Response<>(request, info, t))
                .toCompletableFuture();
    }

    private record Info(int statusCode, HttpHeaders headers, Version version) implements ResponseInfo {}

    private record Response<T>(HttpRequest request, Info info, T body) implements HttpResponse<T> {
        @Override
        public int statusCode() {
            return info.statusCode();
        }

        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public HttpHeaders headers() {
            return info.headers();
        }

        @Override
        public Optional<javax.net.ssl.SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public Version version() {
            return info.version();
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, BodyHandler<T> handler, @Nullable PushPromiseHandler<T> pushes) {
        return sendAsync(request, handler);
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) {
        return sendAsync(request, handler).join();
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
        return redirects;
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return Optional.empty();
    }

    @Override
    public SSLContext sslContext() {
        throw new UnsupportedOperationException();
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
}
