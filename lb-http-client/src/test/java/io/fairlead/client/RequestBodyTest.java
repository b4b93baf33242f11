package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fairlead.Service;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Flow;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Request bodies of unknown length. Each test is named after a fault that must not come back. */
@Timeout(20)
class RequestBodyTest {

    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    private FaultServer server(FaultServer.Script script) {
        FaultServer server = FaultServer.start(script);
        toClose.add(0, server);
        return server;
    }

    private BalancedClient client(Service.Builder service) {
        BalancedClient client =
                BalancedClient.builder().service(service.build()).build();
        toClose.add(client);
        return client;
    }

    private static HttpRequest.Builder to() {
        return HttpRequest.newBuilder(URI.create("http://payments/upload"));
    }

    /** The last chunk crosses the limit, and the end of the body comes before anybody has subscribed to the rest: it is lost. */
    @ParameterizedTest
    @EnumSource
    void a_stream_of_a_mebibyte_and_a_byte_is_never_sent_to_its_end(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.ok("stored"));
        BalancedClient client = client(Service.named("payments").targets(a.url()));
        byte[] body = new byte[(1 << 20) + 1];
        HttpRequest request = to().timeout(Duration.ofSeconds(4))
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body)))
                .build();
        assertThat(mode.send(client, request, BodyHandlers.ofString()).body()).isEqualTo("stored");
    }

    /** The same with a failure in place of the end. */
    @ParameterizedTest
    @EnumSource
    void a_stream_that_fails_right_behind_the_limit_waits_for_ever(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.ok("stored"));
        BalancedClient client = client(Service.named("payments").targets(a.url()));
        HttpRequest request = to().timeout(Duration.ofSeconds(3))
                .POST(BodyPublishers.fromPublisher(subscriber -> subscriber.onSubscribe(new Flow.Subscription() {
                    private int chunks;

                    @Override
                    public void request(long n) {
                        if (chunks++ == 0) {
                            subscriber.onNext(java.nio.ByteBuffer.allocate((1 << 20) + 1));
                            subscriber.onError(new IOException("disk gone"));
                        }
                    }

                    @Override
                    public void cancel() {}
                })))
                .build();
        Throwable failure = catchThrowable(() -> mode.send(client, request, BodyHandlers.ofString()));
        assertThat(failure).hasStackTraceContaining("disk gone");
    }

    /** A body beyond the limit that is never sent (nobody listens) is never cancelled: its source stays open. */
    @ParameterizedTest
    @EnumSource
    void a_large_stream_is_not_closed_when_its_call_ends_unsent(Mode mode) throws Exception {
        BalancedClient client =
                client(Service.named("payments").targets("http://127.0.0.1:1").rateLimiter((permits, most) -> -1));
        List<String> closed = new ArrayList<>();
        HttpRequest request = to().POST(BodyPublishers.fromPublisher(subscriber ->
                        subscriber.onSubscribe(new Flow.Subscription() {
                            @Override
                            public void request(long n) {
                                subscriber.onNext(java.nio.ByteBuffer.allocate(2 << 20));
                            }

                            @Override
                            public void cancel() {
                                closed.add("cancelled");
                            }
                        })))
                .build();
        assertThat(catchThrowable(() -> mode.send(client, request, BodyHandlers.ofString())))
                .isInstanceOf(io.fairlead.ThrottledException.class);
        assertThat(closed).isNotEmpty();
    }
}
