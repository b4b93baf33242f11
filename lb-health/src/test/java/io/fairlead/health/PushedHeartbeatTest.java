package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.HealthProbe;
import io.fairlead.Target;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Beats come over real sockets, time is the test's. */
class PushedHeartbeatTest {

    private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";

    private final ManualTime time = new ManualTime();
    private final HealthProbe probe = Probes.heartbeat("/beats", Duration.ofSeconds(10), time.environment(3));
    private final HttpClient transport = HttpClient.newHttpClient();
    private final LinkedBlockingQueue<ProbedServer.Connection> open = new LinkedBlockingQueue<>();
    private final List<AutoCloseable> toClose = new ArrayList<>();
    private String head = HEAD;
    private ProbedServer server;

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : toClose) {
            each.close();
        }
    }

    private void start() throws IOException {
        server = ProbedServer.plain(connection -> {
            connection.request();
            connection.write(head);
            open.add(connection);
            connection.awaitClose();
        });
        toClose.add(server);
    }

    private CompletableFuture<Void> ask() {
        return probe.probe(server.target(), transport).toCompletableFuture();
    }

    private ProbedServer.Connection opened() throws InterruptedException {
        return open.poll(20, TimeUnit.SECONDS);
    }

    @Test
    void the_first_beat_passes_and_the_response_serves_the_next_probes_too() throws Exception {
        start();
        CompletableFuture<Void> first = ask();
        ProbedServer.Connection connection = opened();
        assertThat(first).isNotDone();
        connection.write("beat\n");
        assertThat(HttpProbeTest.outcome(first)).isEqualTo("well");
        time.advance(Duration.ofSeconds(5));
        assertThat(HttpProbeTest.outcome(ask())).isEqualTo("well");
        assertThat(server.requests()).hasSize(1);
        assertThat(server.requests().get(0)).startsWith("GET /beats ");
    }

    @Test
    void silence_fails_one_probe_closes_the_response_and_the_next_opens_another() throws Exception {
        start();
        CompletableFuture<Void> first = ask();
        opened().write("beat\n");
        assertThat(HttpProbeTest.outcome(first)).isEqualTo("well");
        time.advance(Duration.ofSeconds(10));
        assertThat(HttpProbeTest.outcome(ask())).isEqualTo("no heartbeat for 10000 ms");
        assertThat(server.end()).isNotNull();
        CompletableFuture<Void> again = ask();
        opened().write("beat\n");
        assertThat(HttpProbeTest.outcome(again)).isEqualTo("well");
        assertThat(time.pendingTimers()).isEqualTo(1);
    }

    @Test
    void a_response_without_any_beat_fails_after_the_silence() throws Exception {
        start();
        CompletableFuture<Void> first = ask();
        opened();
        time.advance(Duration.ofSeconds(10));
        assertThat(HttpProbeTest.outcome(first)).isEqualTo("no heartbeat for 10000 ms");
        assertThat(server.end()).isNotNull();
    }

    @Test
    void another_status_fails() throws Exception {
        head = "HTTP/1.1 503 Down\r\nContent-Length: 5\r\n\r\nbeat\n";
        start();
        assertThat(HttpProbeTest.outcome(ask())).isEqualTo("status 503");
        assertThat(HttpProbeTest.outcome(ask())).isEqualTo("status 503");
        assertThat(server.requests()).hasSize(2);
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void cancelling_before_the_first_beat_closes_the_response_and_after_it_does_not() throws Exception {
        start();
        CompletableFuture<Void> first = ask();
        opened();
        first.cancel(true);
        assertThat(server.end()).isNotNull();
        CompletableFuture<Void> second = ask();
        opened().write("beat\n");
        assertThat(HttpProbeTest.outcome(second)).isEqualTo("well");
        ask().cancel(true);
        assertThat(HttpProbeTest.outcome(ask())).isEqualTo("well");
        assertThat(server.requests()).hasSize(2);
    }

    // ---- a transport whose responses the test writes ----------------------------------------------------------------

    private final StubTransport stub = new StubTransport();

    private String outcome() throws Exception {
        return HttpProbeTest.outcome(probe.probe(Target.of("http://a:1"), stub).toCompletableFuture());
    }

    private StubTransport.Response opening() throws Exception {
        CompletableFuture<Void> first =
                probe.probe(Target.of("http://a:1"), stub).toCompletableFuture();
        StubTransport.Response response = stub.last();
        response.head(200);
        assertThat(first).isNotDone();
        response.piece("beat");
        assertThat(first).isCompleted();
        return response;
    }

    @Test
    void each_beat_extends_the_patience() throws Exception {
        StubTransport.Response response = opening();
        for (int i = 0; i < 10; i++) {
            time.advance(Duration.ofSeconds(9));
            assertThat(outcome()).isEqualTo("well");
            response.piece("beat");
        }
        time.advance(Duration.ofMillis(9_999));
        assertThat(outcome()).isEqualTo("well");
        time.advance(Duration.ofMillis(1));
        assertThat(outcome()).isEqualTo("no heartbeat for 10000 ms");
        assertThat(response.cancelled()).isTrue();
        assertThat(stub.requests()).isEqualTo(1);
    }

    @Test
    void a_response_that_the_server_ends_is_opened_anew_without_a_failure() throws Exception {
        StubTransport.Response response = opening();
        response.end();
        StubTransport.Response second = opening();
        assertThat(second).isNotSameAs(response);
        assertThat(outcome()).isEqualTo("well");
        assertThat(stub.requests()).isEqualTo(2);
    }

    @Test
    void a_response_that_ends_before_any_beat_fails() throws Exception {
        CompletableFuture<Void> first =
                probe.probe(Target.of("http://a:1"), stub).toCompletableFuture();
        stub.last().head(200);
        stub.last().end();
        assertThat(HttpProbeTest.outcome(first)).isEqualTo("the response ended without a heartbeat");
    }

    @Test
    void a_response_that_breaks_off_fails_one_probe() throws Exception {
        opening().fail(new IOException("connection reset"));
        assertThat(outcome()).isEqualTo("IOException: connection reset");
        opening();
        assertThat(outcome()).isEqualTo("well");
        assertThat(time.pendingTimers()).isEqualTo(1);
    }

    @Test
    void a_response_that_nobody_asks_about_is_closed_after_two_minutes() throws Exception {
        StubTransport.Response response = opening();
        for (int i = 0; i < 11; i++) {
            time.advance(Duration.ofSeconds(10).minusNanos(1));
            response.piece("beat");
        }
        assertThat(response.cancelled()).isFalse();
        time.advance(Duration.ofSeconds(9));
        response.piece("beat");
        time.advance(Duration.ofSeconds(9));
        assertThat(response.cancelled()).isTrue();
        assertThat(time.pendingTimers()).isZero();
        opening();
        assertThat(stub.requests()).isEqualTo(2);
    }

    @Test
    void another_transport_has_a_response_of_its_own() throws Exception {
        opening();
        StubTransport other = new StubTransport();
        probe.probe(Target.of("http://a:1"), other);
        assertThat(other.requests()).isEqualTo(1);
        probe.probe(Target.of("http://b:1"), other);
        assertThat(other.requests()).isEqualTo(2);
        assertThat(stub.requests()).isEqualTo(1);
    }
}
