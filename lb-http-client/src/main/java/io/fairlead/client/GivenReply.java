package io.fairlead.client;

import io.fairlead.Reply;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLSession;

/** A reply that is handed to the caller as if it had just come: the caller's own body handler reads it. */
record GivenReply<T>(HttpRequest request, int statusCode, HttpHeaders headers, T body) implements HttpResponse<T> {

    /** The status and headers, for a body handler. */
    private record Info(int statusCode, HttpHeaders headers, HttpClient.Version version)
            implements HttpResponse.ResponseInfo {}

    /** Has the handler read the reply; what it throws is thrown. */
    static <T> CompletionStage<HttpResponse<T>> to(
            HttpResponse.BodyHandler<T> handler, Reply reply, HttpRequest request) {
        HttpResponse.BodySubscriber<T> reader = Objects.requireNonNull(
                handler.apply(new Info(reply.status(), reply.headers(), HttpClient.Version.HTTP_1_1)),
                "body subscriber");
        byte[] bytes = reply.body();
        Once once = new Once(reader, bytes);
        reader.onSubscribe(once);
        if (bytes.length == 0) {
            once.complete();
        }
        return reader.getBody().thenApply(body -> new GivenReply<>(request, reply.status(), reply.headers(), body));
    }

    /** One chunk to one reader. */
    private static final class Once implements Flow.Subscription {

        private final Flow.Subscriber<? super List<ByteBuffer>> reader;
        private final byte[] bytes;
        private final AtomicBoolean asked = new AtomicBoolean();
        private final AtomicBoolean over = new AtomicBoolean();

        Once(Flow.Subscriber<? super List<ByteBuffer>> reader, byte[] bytes) {
            this.reader = reader;
            this.bytes = bytes;
        }

        @Override
        public void request(long n) {
            if (n <= 0) {
                if (over.compareAndSet(false, true)) {
                    reader.onError(new IllegalArgumentException("a demand of " + n)); // Reactive Streams, rule 3.9
                }
            } else if (bytes.length > 0 && !over.get() && asked.compareAndSet(false, true)) {
                reader.onNext(List.of(ByteBuffer.wrap(bytes).asReadOnlyBuffer()));
                complete();
            }
        }

        void complete() {
            if (over.compareAndSet(false, true)) {
                reader.onComplete();
            }
        }

        @Override
        public void cancel() {
            over.set(true);
        }
    }

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
    public HttpClient.Version version() {
        return HttpClient.Version.HTTP_1_1;
    }
}
