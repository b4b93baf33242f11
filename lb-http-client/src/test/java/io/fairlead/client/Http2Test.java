package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.CallException;
import io.fairlead.Delivery;
import io.fairlead.Service;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** HTTP/2's ways to fail, and what each proves; the TLS name over HTTP/2. */
@Timeout(30)
class Http2Test {

    private final TestTls authority = new TestTls();
    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    private Http2FaultServer server(int maxStreams, Http2FaultServer.Script script) {
        Http2FaultServer server = new Http2FaultServer(authority.server("api.bank.example"), maxStreams, script);
        toClose.add(0, server);
        return server;
    }

    private Http2FaultServer server(Http2FaultServer.Script script) {
        return server(100, script);
    }

    private BalancedClient client(Http2FaultServer... servers) {
        String[] urls = new String[servers.length];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = servers[i].url();
        }
        BalancedClient client = BalancedClient.builder()
                .sslContext(authority.client())
                .connectTimeout(Duration.ofSeconds(10))
                .service(Service.named("bank")
                        .targets(urls)
                        .tlsName("api.bank.example")
                        .balancer(InOrder::new)
                        .build())
                .build();
        toClose.add(client);
        return client;
    }

    private static HttpRequest charge() {
        return HttpRequest.newBuilder(URI.create("https://bank/charge"))
                .timeout(Duration.ofSeconds(10))
                .POST(BodyPublishers.ofString("payment"))
                .build();
    }

    private static HttpResponse<String> send(BalancedClient client) throws IOException, InterruptedException {
        return client.send(charge(), BodyHandlers.ofString());
    }

    private void assertInDoubt(Http2FaultServer.Script script) {
        Http2FaultServer a = server(script);
        Http2FaultServer b = server((connection, stream) -> connection.ok(stream));
        CallException failure = catchThrowableOfType(CallException.class, () -> send(client(a, b)));
        assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
        assertThat(b.requests()).isZero();
    }

    @Test
    void the_tls_name_holds_over_http_2() throws Exception {
        HttpResponse<String> response = send(client(server((connection, stream) -> connection.ok(stream))));
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.version()).isEqualTo(HttpClient.Version.HTTP_2);
    }

    @Test
    void a_refused_stream_proves_an_unkeyed_payment_unsent() throws Exception {
        Http2FaultServer a = server((connection, stream) -> connection.reset(stream, Http2FaultServer.REFUSED_STREAM));
        Http2FaultServer b = server((connection, stream) -> connection.ok(stream));
        assertThat(send(client(a, b)).statusCode()).isEqualTo(200);
        assertThat(a.requests()).isPositive();
        assertThat(b.requests()).isOne();
    }

    @Test
    void other_resets_leave_a_payment_in_doubt() {
        assertInDoubt((connection, stream) -> connection.reset(stream, Http2FaultServer.INTERNAL_ERROR));
        assertInDoubt((connection, stream) -> connection.reset(stream, Http2FaultServer.CANCEL));
    }

    @Test
    void the_end_of_the_connection_leaves_a_payment_in_doubt() {
        assertInDoubt((connection, stream) -> connection.end());
    }

    @Test
    void a_go_away_is_believed_only_where_the_jdk_proves_the_stream_unprocessed() throws Exception {
        Http2FaultServer a = server((connection, stream) -> connection.goAway(0));
        Http2FaultServer b = server((connection, stream) -> connection.ok(stream));
        BalancedClient client = client(a, b);
        HttpResponse<String> response = null;
        CallException failure = null;
        try {
            response = send(client);
        } catch (CallException e) {
            failure = e;
        }
        if (failure != null) { // older JDKs tell nothing of the last stream
            assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
            assertThat(b.requests()).isZero();
        } else {
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(b.requests()).isOne();
        }
    }

    @Test
    void too_many_streams_send_the_next_payment_elsewhere() throws Exception {
        CountDownLatch arrived = new CountDownLatch(1);
        List<Runnable> answers = new ArrayList<>();
        boolean[] warm = new boolean[1];
        Http2FaultServer a = server(1, (connection, stream) -> {
            if (!warm[0]) {
                warm[0] = true;
                connection.ok(stream);
                return;
            }
            answers.add(() -> {
                try {
                    connection.ok(stream);
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            arrived.countDown();
        });
        Http2FaultServer b = server((connection, stream) -> connection.ok(stream));
        BalancedClient client = client(a, b);
        send(client); // warms the one connection up
        CompletableFuture<HttpResponse<String>> held = client.sendAsync(charge(), BodyHandlers.ofString());
        arrived.await();
        HttpResponse<String> second = send(client);
        assertThat(BalancedClient.endpointOf(second).target().uri().toString()).isEqualTo(b.url());
        answers.get(0).run();
        assertThat(held.get().statusCode()).isEqualTo(200);
    }
}
