package io.fairlead.health;

import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodySubscriber;
import java.net.http.HttpResponse.PushPromiseHandler;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** A transport whose responses are written by the test, piece by piece. */
final class StubTransport extends HttpClient {

    private final List<Response> responses = new ArrayList<>();

    int requests() {
        return responses.size();
    }

    Response last() {
        return responses.get(responses.size() - 1);
    }

    /** One response. */
    static final class Response implements Flow.Subscription {

        private final BodyHandler<?> handler;
        private BodySubscriber<?> body;
        private boolean cancelled;

        Response(BodyHandler<?> handler) {
            this.handler = handler;
        }

        void head(int status) {
            body = handler.apply(new HttpResponse.ResponseInfo() {
                @Override
                public int statusCode() {
                    return status;
                }

                @Override
                public HttpHeaders headers() {
                    return HttpHeaders.of(Map.of(), (name, value) -> true);
                }

                @Override
                public Version version() {
                    return Version.HTTP_1_1;
                }
            });
            body.onSubscribe(this);
        }

        void piece(String text) {
            body.onNext(List.of(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))));
        }

        void end() {
            body.onComplete();
        }

        void fail(Throwable failure) {
            body.onError(failure);
        }

        boolean cancelled() {
            return cancelled;
        }

        @Override
        public void request(long n) {
            // the test writes when it likes
        }

        @Override
        public void cancel() {
            cancelled = true;
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, BodyHandler<T> handler) {
        responses.add(new Response(handler));
        return new CompletableFuture<>();
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, BodyHandler<T> handler, PushPromiseHandler<T> pushes) {
        return sendAsync(request, handler);
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) {
        throw new AssertionError("a probe must not block");
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
        return Optional.empty();
    }

    @Override
    public SSLContext sslContext() {
        throw new AssertionError("plain");
    }

    @Override
    public SSLParameters sslParameters() {
        throw new AssertionError("plain");
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
