package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.HealthProbe;
import io.fairlead.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpProbeTest {

    private final HttpClient transport = HttpClient.newHttpClient();
    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : toClose) {
            each.close();
        }
    }

    private ProbedServer server(ProbedServer.Script script) throws IOException {
        ProbedServer server = ProbedServer.plain(script);
        toClose.add(server);
        return server;
    }

    private ProbedServer answering(String response) throws IOException {
        return server(ProbedServer.answering(response));
    }

    /** The reason why the probe failed, or "well". */
    private String ask(HealthProbe probe, Target target) throws Exception {
        return outcome(probe.probe(target, transport).toCompletableFuture());
    }

    static String outcome(CompletableFuture<Void> answer) throws Exception {
        try {
            answer.get(20, TimeUnit.SECONDS);
            return "well";
        } catch (ExecutionException e) {
            return Reason.of(e.getCause());
        }
    }

    // ---- what passes ------------------------------------------------------------------------------------------------

    @Test
    void a_2xx_passes_and_the_request_is_a_get_below_the_targets_base_path() throws Exception {
        ProbedServer server = answering(ProbedServer.ok("up"));
        assertThat(ask(Probes.http("/health?deep=1"), Target.of(server.target().uri() + "/pay")))
                .isEqualTo("well");
        assertThat(server.requests()).singleElement().asString().startsWith("GET /pay/health?deep=1 HTTP/1.1\r\n");
        assertThat(server.requests().get(0))
                .contains("User-Agent: fairlead-probe")
                .doesNotContain("Upgrade:");
    }

    @Test
    void probes_reuse_the_connection_of_a_well_server() throws Exception {
        ProbedServer server = answering(ProbedServer.ok("x".repeat(10_000)));
        for (int i = 0; i < 5; i++) {
            assertThat(ask(Probes.http("/health"), server.target())).isEqualTo("well");
        }
        assertThat(server.connections()).isEqualTo(1);
    }

    @Test
    void a_wrong_status_fails_and_its_connection_is_closed() throws Exception {
        ProbedServer server = server(connection -> {
            connection.request();
            connection.write("HTTP/1.1 503 Down\r\nContent-Length: 100\r\n\r\nof which only this comes");
            connection.awaitClose();
        });
        assertThat(ask(Probes.http("/health"), server.target())).isEqualTo("status 503");
        assertThat(server.end()).isNotNull();
    }

    @Test
    void a_redirect_or_a_404_is_no_pass() throws Exception {
        assertThat(ask(
                        Probes.http("/health"),
                        answering("HTTP/1.1 302 Found\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n")
                                .target()))
                .isEqualTo("status 302");
        assertThat(ask(
                        Probes.http("/health"),
                        answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
                                .target()))
                .isEqualTo("status 404");
    }

    @Test
    void statuses_method_headers_and_body_are_the_users() throws Exception {
        ProbedServer server = answering("HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n");
        HealthProbe probe = Probes.http("/charge")
                .method("PUT")
                .header("X-Probe", "one")
                .header("X-Probe", "two")
                .header("user-agent", "monitor")
                .body(() -> "are you there")
                .status(405, 200);
        assertThat(ask(probe, server.target())).isEqualTo("well");
        assertThat(server.requests().get(0))
                .startsWith("PUT /charge HTTP/1.1\r\n")
                .contains("X-Probe: one", "X-Probe: two", "monitor")
                .doesNotContain("fairlead-probe")
                .endsWith("\r\n\r\nare you there");
        assertThat(ask(Probes.http("/charge").status(200), server.target())).isEqualTo("status 405");
    }

    @Test
    void the_answer_can_be_tested_as_far_as_the_limit() throws Exception {
        ProbedServer server = answering(ProbedServer.ok("{\"status\":\"UP\"}" + " ".repeat(9_000) + "end"));
        assertThat(ask(Probes.http("/health").answer(body -> body.contains("\"UP\"")), server.target()))
                .isEqualTo("well");
        assertThat(ask(Probes.http("/health").answer(body -> body.contains("DOWN")), server.target()))
                .isEqualTo("the answer is not the expected one");
        assertThat(ask(Probes.http("/health").answer(body -> body.contains("end")), server.target()))
                .isEqualTo("the answer is not the expected one");
        assertThat(ask(
                        Probes.http("/health")
                                .answer(body -> body.contains("end"))
                                .answerLimit(10_000),
                        server.target()))
                .isEqualTo("well");
        int[] seen = {0};
        Probes.Http counting = Probes.http("/health").answerLimit(5).answer(body -> {
            seen[0] = body.length();
            return true;
        });
        assertThat(ask(counting, server.target())).isEqualTo("well");
        assertThat(seen[0]).isEqualTo(5);
    }

    @Test
    void an_endless_answer_is_cut_off_and_what_came_counts() throws Exception {
        ProbedServer server = server(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\n\r\n");
            while (true) {
                connection.write("z".repeat(8192));
            }
        });
        assertThat(ask(Probes.http("/health").answer(body -> body.startsWith("zzz")), server.target()))
                .isEqualTo("well");
        assertThat(server.end()).isEqualTo("broken");
    }

    @Test
    void a_test_that_throws_fails_the_probe() throws Exception {
        ProbedServer server = answering(ProbedServer.ok("up"));
        Probes.Http probe = Probes.http("/health").answer(body -> {
            throw new IllegalStateException("mine");
        });
        assertThat(ask(probe, server.target())).isEqualTo("IllegalStateException: mine");
        Probes.Http noBody = Probes.http("/health").body(() -> {
            throw new IllegalStateException("no body");
        });
        assertThat(ask(noBody, server.target())).isEqualTo("IllegalStateException: no body");
    }

    // ---- ping and pong ----------------------------------------------------------------------------------------------

    @Test
    void a_heartbeat_sends_a_new_text_each_time_and_wants_it_back() throws Exception {
        ProbedServer echo = server(connection -> {
            for (String request = connection.request(); !request.isEmpty(); request = connection.request()) {
                connection.write(ProbedServer.ok("pong of " + request.substring(request.indexOf("\r\n\r\n") + 4)));
            }
        });
        assertThat(ask(Probes.heartbeat("/echo"), echo.target())).isEqualTo("well");
        assertThat(ask(Probes.heartbeat("/echo"), echo.target())).isEqualTo("well");
        assertThat(echo.requests()).hasSize(2).allMatch(request -> request.startsWith("POST /echo "));
        assertThat(echo.requests().get(0)).isNotEqualTo(echo.requests().get(1));
        ProbedServer cache = answering(ProbedServer.ok("pong of ping 123"));
        assertThat(ask(Probes.heartbeat("/echo"), cache.target())).isEqualTo("the answer is not the expected one");
    }

    @Test
    void ping_and_pong_can_be_the_partners_own() throws Exception {
        ProbedServer server = answering(ProbedServer.ok("0810 000017 00"));
        HealthProbe probe = Probes.heartbeat("/network")
                .header("Content-Type", "text/plain")
                .body(() -> "0800 000017")
                .answer((sent, received) -> received.startsWith("0810" + sent.substring(4)));
        assertThat(ask(probe, server.target())).isEqualTo("well");
        assertThat(server.requests().get(0)).endsWith("0800 000017");
    }

    // ---- what fails -------------------------------------------------------------------------------------------------

    @Test
    void a_refused_connection_fails() throws Exception {
        Target nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            nobody = Target.of("http://127.0.0.1:" + socket.getLocalPort());
        }
        assertThat(ask(Probes.http("/health"), nobody)).isEqualTo("could not connect");
    }

    @Test
    void garbage_a_cut_off_body_and_a_hang_up_fail() throws Exception {
        assertThat(ask(
                        Probes.http("/health"),
                        answering("SSH-2.0-OpenSSH_9.2\r\n\r\n").target()))
                .contains("Invalid status line");
        ProbedServer cut = server(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort");
        });
        assertThat(ask(Probes.http("/health"), cut.target())).contains("bytes received: 5");
        ProbedServer silent = server(ProbedServer.Connection::request);
        assertThat(ask(Probes.http("/health"), silent.target())).contains("received no bytes");
    }

    @Test
    void cancelling_a_probe_without_answer_closes_its_connection() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        ProbedServer hanging = server(connection -> {
            connection.request();
            asked.countDown();
            connection.awaitClose();
        });
        CompletableFuture<Void> answer =
                Probes.http("/health").probe(hanging.target(), transport).toCompletableFuture();
        assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
        assertThat(answer).isNotDone();
        answer.cancel(true);
        assertThat(hanging.end()).isNotNull();
    }

    @Test
    void cancelling_a_probe_in_the_middle_of_its_answer_closes_its_connection() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        ProbedServer stalling = server(connection -> {
            connection.request();
            connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nstalled");
            begun.countDown();
            connection.awaitClose();
        });
        CompletableFuture<Void> answer =
                Probes.http("/health").probe(stalling.target(), transport).toCompletableFuture();
        assertThat(begun.await(20, TimeUnit.SECONDS)).isTrue();
        answer.cancel(true);
        assertThat(stalling.end()).isNotNull();
    }

    @Test
    void cancelling_ends_the_body_itself_where_the_transport_does_not() {
        StubTransport stub = new StubTransport();
        CompletableFuture<Void> answer =
                Probes.http("/health").probe(Target.of("http://a:1"), stub).toCompletableFuture();
        stub.last().head(200);
        stub.last().piece("stalled");
        assertThat(stub.last().cancelled()).isFalse();
        answer.cancel(true);
        assertThat(stub.last().cancelled()).isTrue();
    }

    // ---- settings ---------------------------------------------------------------------------------------------------

    @Test
    void bad_settings_are_named_and_a_secret_is_not() {
        assertThatThrownBy(() -> Probes.http("health")).hasMessageContainingAll("path of the probe", "begins with /");
        assertThatThrownBy(() -> Probes.http("/a b")).hasMessageContainingAll("path of the probe", "/a b");
        assertThatThrownBy(() -> Probes.http("/h").status()).hasMessageContaining("statuses of the probe");
        assertThatThrownBy(() -> Probes.http("/h").status(99)).hasMessageContainingAll("99", "200 to 599");
        assertThatThrownBy(() -> Probes.http("/h").method("a b")).hasMessageContaining("method of the probe");
        assertThatThrownBy(() -> Probes.http("/h").answerLimit(0)).hasMessageContaining("1 to 65536");
        assertThatThrownBy(() -> Probes.http("/h").header("Host", "x")).hasMessageContaining("header Host");
        assertThatThrownBy(() -> Probes.http("/h").header("Authorization", "Bearer s3cret\n"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("header Authorization")
                .hasMessageNotContaining("s3cret")
                .hasNoCause();
        assertThat(Probes.http("/h?token=s3cret").header("Authorization", "Bearer s3cret"))
                .hasToString("HttpProbe[GET /h?…, headers Authorization]");
    }
}
