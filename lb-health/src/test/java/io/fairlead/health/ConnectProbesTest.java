package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Environment;
import io.fairlead.HealthCheck;
import io.fairlead.HealthProbe;
import io.fairlead.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.http.HttpClient;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectProbesTest {

    private static final TestCertificates CERTIFICATES = new TestCertificates();

    private final HttpClient plain = HttpClient.newHttpClient();
    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : toClose) {
            each.close();
        }
    }

    private ProbedServer closing(ProbedServer server) {
        toClose.add(server);
        return server;
    }

    private static String ask(HealthProbe probe, Target target, HttpClient transport) throws Exception {
        return HttpProbeTest.outcome(probe.probe(target, transport).toCompletableFuture());
    }

    private static Target nobody(String scheme) throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return Target.of(scheme + "://127.0.0.1:" + socket.getLocalPort());
        }
    }

    /** A listener whose queue is full, so that the next connection is neither taken nor refused. */
    private Target blackHole() throws Exception {
        ServerSocket listener = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"));
        toClose.add(listener);
        InetSocketAddress address = (InetSocketAddress) listener.getLocalSocketAddress();
        for (int i = 0; i < 8; i++) { // Linux takes one or two more than it was asked to
            SocketChannel filler = SocketChannel.open();
            toClose.add(filler);
            filler.configureBlocking(false);
            filler.connect(address);
        }
        return Target.of("http://127.0.0.1:" + address.getPort());
    }

    // ---- TCP --------------------------------------------------------------------------------------------------------

    @Test
    void a_connection_that_is_taken_passes_and_is_closed() throws Exception {
        ProbedServer server = closing(ProbedServer.plain(ProbedServer.Connection::awaitClose));
        assertThat(ask(Probes.tcp(), server.target(), plain)).isEqualTo("well");
        assertThat(server.end()).isNotNull();
    }

    @Test
    void a_name_is_looked_up_and_an_unknown_one_fails() throws Exception {
        ProbedServer server = closing(ProbedServer.plain(ProbedServer.Connection::awaitClose));
        Target byName = Target.of("http://localhost:" + server.target().uri().getPort());
        assertThat(ask(Probes.tcp(), byName, plain)).isEqualTo("well");
        assertThat(ask(Probes.tcp(), Target.of("http://no-such-host.invalid:1"), plain))
                .isEqualTo("unknown host");
    }

    @Test
    void a_refused_connection_fails() throws Exception {
        assertThat(ask(Probes.tcp(), nobody("http"), plain)).contains("Connection refused");
    }

    @Test
    void a_black_hole_holds_a_probe_until_its_timeout_and_no_longer() throws Exception {
        Target target = blackHole();
        HealthCheck check = HealthCheck.of(Probes.tcp())
                .withInterval(Duration.ofMillis(500))
                .withTimeout(Duration.ofMillis(200))
                .withFall(2);
        LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
        List<CompletableFuture<Void>> asked = new ArrayList<>();
        try (Probes.Schedule schedule = Probes.schedule(check, Environment.system(), each -> {
            CompletableFuture<Void> answer = check.probe().probe(each, plain).toCompletableFuture();
            synchronized (asked) {
                asked.add(answer);
            }
            return answer;
        })) {
            schedule.watch((each, well, reason) -> told.add(well + " " + reason))
                    .add(target);
            assertThat(told.poll(20, TimeUnit.SECONDS))
                    .isEqualTo("false 2 probes in a row failed, the last: no answer within 200 ms");
        }
        synchronized (asked) {
            assertThat(asked).hasSizeGreaterThanOrEqualTo(2).allMatch(CompletableFuture::isCancelled);
        }
    }

    // ---- TLS --------------------------------------------------------------------------------------------------------

    private static HttpClient trusting(SSLContext context) {
        return HttpClient.newBuilder().sslContext(context).build();
    }

    private ProbedServer tls(SSLContext context) throws IOException {
        return closing(ProbedServer.tls(context, ProbedServer.Connection::awaitClose, "http/1.1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_handshake_passes_and_checks_the_certificate_every_time_whatever_session_there_is(String version)
            throws Exception {
        ProbedServer server = closing(ProbedServer.tls(
                CERTIFICATES.server("127.0.0.1"), ProbedServer.answering(ProbedServer.ok("x")), "http/1.1"));
        AtomicInteger checks = new AtomicInteger();
        SSLContext context = CERTIFICATES.client(checks);
        SSLParameters parameters = context.getDefaultSSLParameters();
        parameters.setProtocols(new String[] {version});
        HttpClient transport = HttpClient.newBuilder()
                .sslContext(context)
                .sslParameters(parameters)
                .build();
        assertThat(ask(Probes.http("/"), server.target(), transport)).isEqualTo("well"); // leaves a session
        for (int i = 2; i < 5; i++) {
            assertThat(ask(Probes.tls(), server.target(), transport)).isEqualTo("well");
            assertThat(server.end()).isEqualTo("done"); // by a close_notify, not by a broken connection
            assertThat(checks).hasValue(i);
        }
    }

    @Test
    void an_expired_certificate_fails() throws Exception {
        HttpClient transport = trusting(CERTIFICATES.client());
        ProbedServer expired = tls(CERTIFICATES.expired("127.0.0.1"));
        assertThat(ask(Probes.tls(), expired.target(), transport)).startsWith("SSLHandshakeException");
        assertThat(ask(Probes.http("/health"), expired.target(), transport)).startsWith("SSLHandshakeException");
    }

    @Test
    void a_certificate_of_another_name_or_authority_fails() throws Exception {
        HttpClient transport = trusting(CERTIFICATES.client());
        ProbedServer other = tls(CERTIFICATES.server("api.bank.example"));
        assertThat(ask(Probes.tls(), other.target(), transport)).startsWith("SSLHandshakeException");
        ProbedServer unknown = tls(new TestCertificates().server("127.0.0.1"));
        assertThat(ask(Probes.tls(), unknown.target(), transport)).startsWith("SSLHandshakeException");
    }

    @Test
    void the_name_can_be_given_where_the_target_is_an_address() throws Exception {
        ProbedServer server = tls(CERTIFICATES.server("api.bank.example"));
        assertThat(ask(Probes.tls(CERTIFICATES.client(), "api.bank.example"), server.target(), plain))
                .isEqualTo("well");
        assertThat(ask(Probes.tls(CERTIFICATES.client(), "evil.example"), server.target(), plain))
                .startsWith("SSLHandshakeException");
    }

    @Test
    void a_server_that_is_not_tls_or_hangs_up_or_refuses_fails() throws Exception {
        HttpClient transport = trusting(CERTIFICATES.client());
        ProbedServer garbage = closing(ProbedServer.plain(connection -> {
            connection.in().read();
            connection.write("HTTP/1.1 400 Bad Request\r\n\r\n");
            connection.awaitClose();
        }));
        assertThat(ask(Probes.tls(), https(garbage), transport)).startsWith("SSLException");
        ProbedServer hangingUp =
                closing(ProbedServer.plain(connection -> connection.in().read()));
        assertThat(ask(Probes.tls(), https(hangingUp), transport)).containsAnyOf("closed the connection", "reset");
        assertThat(ask(Probes.tls(), nobody("https"), transport)).contains("Connection refused");
    }

    private static Target https(ProbedServer plainServer) {
        return Target.of(plainServer.target().toString().replace("http:", "https:"));
    }

    @Test
    void cancelling_a_handshake_that_stalls_closes_its_connection() throws Exception {
        CountDownLatch hello = new CountDownLatch(1);
        ProbedServer stalling = closing(ProbedServer.plain(connection -> {
            connection.in().read();
            hello.countDown();
            connection.awaitClose();
        }));
        CompletableFuture<Void> answer = Probes.tls()
                .probe(https(stalling), trusting(CERTIFICATES.client()))
                .toCompletableFuture();
        assertThat(hello.await(20, TimeUnit.SECONDS)).isTrue();
        answer.cancel(true);
        assertThat(stalling.end()).isNotNull();
    }
}
