// over 300: one table, row after row
package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.Verdict;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the JDK's own client makes of each fault over HTTP/1.1 and TLS, what the table says of it, and what the server had
 * seen by then: the evidence behind each proof in {@link StandardVerdicts}.
 */
@Timeout(30)
class VerdictTableTest {

    static final Verdict UNSENT = new Verdict(Outcome.FAILED, Delivery.NOT_PROCESSED);
    static final Verdict IN_DOUBT = new Verdict(Outcome.FAILED, Delivery.UNKNOWN);
    static final Verdict FAILED = new Verdict(Outcome.FAILED, Delivery.PROCESSED);
    static final Verdict DONE = new Verdict(Outcome.SUCCESS, Delivery.PROCESSED);
    static final Verdict CANCELLED = new Verdict(Outcome.IGNORED, Delivery.UNKNOWN);

    private static final String ANSWER = "HTTP/1.1 200 OK\r\n";

    private final TestTls authority = new TestTls();
    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    private FaultServer server(FaultServer.Script script) {
        FaultServer server = FaultServer.start(script);
        toClose.add(server);
        return server;
    }

    private FaultServer tlsServer(String name, FaultServer.Script script) {
        FaultServer server = FaultServer.startTls(authority.server(name), script);
        toClose.add(server);
        return server;
    }

    private static HttpClient.Builder http() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
    }

    private HttpClient https(String... protocols) {
        SSLContext context = authority.client();
        SSLParameters parameters = context.getDefaultSSLParameters();
        if (protocols.length > 0) {
            parameters.setProtocols(protocols);
        }
        return http().sslContext(context).sslParameters(parameters).build();
    }

    private static RawCall pay(FaultServer server) throws InterruptedException {
        return RawCall.send(http().build(), RawCall.pay(server.url()).build());
    }

    /** A request over TLS to a server that does not understand it, or does not live that long. */
    private RawCall payOverTls(FaultServer server) throws InterruptedException {
        String url = server.url().replace("http:", "https:");
        return RawCall.send(https(), RawCall.pay(url).build());
    }

    // ---- no connection ----------------------------------------------------------------------------------------------

    @Test
    void a_refused_connection_is_proof() throws Exception {
        RawCall call =
                RawCall.send(http().build(), RawCall.pay(FaultServer.refusing()).build());
        assertThat(call.verdict()).isEqualTo(UNSENT);
    }

    @Test
    void an_unknown_host_is_proof() throws Exception {
        RawCall call = RawCall.send(
                http().build(), RawCall.pay("http://no-such-host.invalid").build());
        assertThat(call.verdict()).isEqualTo(UNSENT);
    }

    @Test
    void no_connection_in_time_is_proof_whichever_timeout_it_was() throws Exception {
        try (BlackHole hole = BlackHole.open()) {
            HttpClient hasty = http().connectTimeout(RawCall.SHORT).build();
            assertThat(RawCall.send(hasty, RawCall.pay(hole.url()).build()).verdict())
                    .isEqualTo(UNSENT);
            assertThat(RawCall.send(
                                    http().build(),
                                    RawCall.pay(hole.url())
                                            .timeout(RawCall.SHORT)
                                            .build())
                            .verdict())
                    .isEqualTo(UNSENT);
        }
    }

    @Test
    void a_reset_of_the_new_connection_is_at_most_a_doubt() throws Exception {
        FaultServer server = server(FaultServer.Connection::reset);
        RawCall call = pay(server);
        // It may come before the client takes the connection for made, which is proof, or after.
        assertThat(call.verdict()).isIn(UNSENT, IN_DOUBT);
        assertThat(server.heads()).isEmpty();
    }

    // ---- TLS --------------------------------------------------------------------------------------------------------

    @Test
    void a_handshake_that_stalls_for_the_connect_timeout_is_proof() throws Exception {
        FaultServer server = server(FaultServer.Connection::stall);
        HttpClient hasty = http().connectTimeout(RawCall.SHORT).build();
        String url = server.url().replace("http:", "https:");
        assertThat(RawCall.send(hasty, RawCall.pay(url).build()).verdict()).isEqualTo(UNSENT);
    }

    @Test
    void a_certificate_for_another_host_is_proof() throws Exception {
        FaultServer server = tlsServer("127.0.0.2", FaultServer.ok("paid"));
        assertThat(payOverTls(server).verdict()).isEqualTo(UNSENT);
        assertThat(server.heads()).isEmpty();
    }

    @Test
    void a_certificate_of_a_stranger_is_proof() throws Exception {
        FaultServer server = FaultServer.startTls(new TestTls().server("127.0.0.1"), FaultServer.ok("paid"));
        toClose.add(server);
        assertThat(payOverTls(server).verdict()).isEqualTo(UNSENT);
        assertThat(server.heads()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void a_demand_for_a_client_certificate_that_is_not_met_is_proof(String protocol) throws Exception {
        FaultServer server = tlsServer("127.0.0.1", connection -> {
            connection.tls().setNeedClientAuth(true);
            connection.read();
        });
        RawCall call = RawCall.send(https(protocol), RawCall.pay(server.url()).build());
        assertThat(call.verdict().outcome()).isEqualTo(Outcome.FAILED);
        // In TLS 1.3 the client is done before the server has judged: a reset can overtake the alert that says why.
        assertThat(call.verdict().delivery())
                .isEqualTo(call.failure() instanceof SSLHandshakeException ? Delivery.NOT_PROCESSED : Delivery.UNKNOWN);
        assertThat(server.heads()).isEmpty();
    }

    @Test
    void a_plain_text_server_on_a_tls_port_is_proof() throws Exception {
        FaultServer server = server(connection -> {
            connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
            connection.stall();
        });
        RawCall call = payOverTls(server);
        // About once in a thousand JDK 25 tells it as an answer that never came, which proves nothing.
        assertThat(call.verdict()).isEqualTo(call.failure() instanceof SSLException ? UNSENT : IN_DOUBT);
        assertThat(server.requests()).isEmpty();
    }

    @Test
    void the_end_or_a_reset_within_the_handshake_is_proof() throws Exception {
        assertThat(payOverTls(server(connection -> {})).verdict()).isEqualTo(UNSENT);
        FaultServer resetting = server(connection -> {
            assertThat(connection.in().read()).isEqualTo(22); // a handshake record
            connection.reset();
        });
        assertThat(payOverTls(resetting).verdict()).isEqualTo(UNSENT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void the_end_of_a_tls_connection_after_the_request_is_never_told_as_a_failed_handshake(String protocol)
            throws Exception {
        List<FaultServer.Script> ends = List.of(
                connection -> connection.tls().close(), FaultServer.Connection::finish, FaultServer.Connection::reset);
        for (FaultServer.Script end : ends) {
            FaultServer server = tlsServer("127.0.0.1", connection -> {
                connection.read();
                connection.answer(200, "first"); // the second comes over a pooled connection
                connection.read();
                end.run(connection);
            });
            HttpClient client = https(protocol);
            assertThat(RawCall.send(client, RawCall.pay(server.url()).build()).verdict())
                    .isEqualTo(DONE);
            assertThat(RawCall.send(client, RawCall.pay(server.url()).build()).verdict())
                    .isEqualTo(IN_DOUBT);
            assertThat(server.requests()).hasSize(2);
            assertThat(server.connections()).isEqualTo(1);
        }
    }

    /**
     * The limit of "a failed handshake is proof": TLS 1.2 lets a server begin another handshake on a connection in use, here for
     * a client certificate, and the JDK's client tells its failure in the same class and words. TLS 1.3 has no such thing; the
     * transports that we make refuse it (see TlsNameTest), a wrapped client's engines are out of reach.
     */
    @Test
    void a_second_handshake_that_fails_after_the_request_is_told_like_a_first_one() throws Exception {
        FaultServer server = tlsServer("127.0.0.1", connection -> {
            connection.read();
            connection.tls().setNeedClientAuth(true);
            connection.tls().startHandshake();
            connection.read(); // fails, for the client has no certificate
        });
        RawCall call = RawCall.send(https("TLSv1.2"), RawCall.pay(server.url()).build());
        assertThat(call.failure()).isInstanceOf(SSLHandshakeException.class);
        assertThat(server.requests()).hasSize(1);
    }

    // ---- a connection that ends or stands still
    // -----------------------------------------------------------------------

    @Test
    void no_headers_in_time_leaves_a_doubt() throws Exception {
        FaultServer server = server(connection -> {
            connection.read();
            connection.stall();
        });
        RawCall call = RawCall.send(
                http().build(), RawCall.pay(server.url()).timeout(RawCall.SHORT).build());
        assertThat(call.verdict()).isEqualTo(IN_DOUBT);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void the_end_of_the_connection_is_a_doubt_alike_whether_the_payment_was_read_or_not() throws Exception {
        FaultServer unread = server(FaultServer.Connection::finish);
        FaultServer read = server(FaultServer.Connection::read);
        assertThat(pay(unread).verdict()).isEqualTo(IN_DOUBT);
        assertThat(pay(read).verdict()).isEqualTo(IN_DOUBT);
        assertThat(unread.requests()).isEmpty();
        assertThat(read.requests()).hasSize(1); // the JDK does not repeat a POST of its own accord
    }

    @Test
    void a_reset_after_the_payment_was_read_is_a_doubt() throws Exception {
        FaultServer server = server(connection -> {
            connection.read();
            connection.reset();
        });
        assertThat(pay(server).verdict()).isEqualTo(IN_DOUBT);
        assertThat(server.requests()).hasSize(1);
    }

    // ---- answers that are none
    // ----------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(
            strings = {
                ANSWER + "Content-Le",
                "HTTP/1.1 XYZ\r\n\r\n",
                ANSWER + "Bad Name : x\r\nContent-Length: 0\r\n\r\n",
                "HTTP/1.1 204 None\r\nContent-Length: 5\r\n\r\nhello",
                ANSWER + "Content-Length: 100\r\n\r\nshort",
                ANSWER + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel",
            })
    void a_malformed_answer_or_a_body_cut_short_came_from_a_server_that_acted(String answer) throws Exception {
        FaultServer server = server(connection -> {
            connection.read();
            connection.send(answer);
        });
        assertThat(pay(server).verdict()).isEqualTo(FAILED);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void so_did_headers_beyond_the_limit() throws Exception {
        FaultServer server = server(connection -> {
            connection.read();
            connection.send(ANSWER + ("X-Large: " + "x".repeat(8000) + "\r\n").repeat(60)); // the limit is 384 KiB
            connection.stall();
        });
        RawCall call = RawCall.send(
                http().build(),
                RawCall.pay(server.url())
                        .timeout(RawCall.SHORT.multipliedBy(10))
                        .build());
        // JDKs without a limit wait for the end of the headers, in vain.
        assertThat(call.verdict()).isIn(FAILED, IN_DOUBT);
        assertThat(server.requests()).hasSize(1);
    }

    @Test
    void so_did_a_body_without_length_that_is_cut_by_a_reset() throws Exception {
        CountDownLatch headers = new CountDownLatch(1);
        FaultServer server = server(connection -> {
            connection.read();
            connection.send("HTTP/1.0 200 OK\r\n\r\nhello");
            await(headers);
            connection.reset();
        });
        RawCall call = RawCall.send(http().build(), RawCall.pay(server.url()).build(), headers);
        assertThat(call.verdict()).isEqualTo(FAILED);
        assertThat(server.requests()).hasSize(1);
    }

    static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void an_answer_before_the_body_was_sent_is_an_answer() throws Exception {
        FaultServer server = server(connection -> {
            connection.readHead();
            connection.answer(413, "too large");
            connection.stall();
        });
        RawCall call = RawCall.send(
                http().build(),
                RawCall.pay(server.url())
                        .POST(BodyPublishers.ofByteArray(new byte[1 << 20]))
                        .build());
        assertThat(call.response().statusCode()).isEqualTo(413);
        assertThat(call.verdict()).isEqualTo(DONE);
    }

    // ---- the caller
    // ---------------------------------------------------------------------------------------------------

    @Test
    void an_interrupted_caller_says_nothing_of_the_server() {
        FaultServer server = server(FaultServer.ok("paid"));
        Thread.currentThread().interrupt();
        Throwable failure = catchThrowable(() -> pay(server));
        assertThat(failure).isInstanceOf(InterruptedException.class);
        assertThat(StandardVerdicts.ofFailure(failure, false)).isEqualTo(CANCELLED);
    }

    @Test
    void a_cancelled_call_says_nothing_of_the_server_which_may_have_acted() throws Exception {
        FaultServer server = server(connection -> {
            connection.read();
            connection.stall();
        });
        var answer = http().build().sendAsync(RawCall.pay(server.url()).build(), BodyHandlers.ofString());
        server.awaitRequest();
        answer.cancel(true);
        Throwable failure = Failures.unwrap(catchThrowable(answer::join));
        assertThat(StandardVerdicts.ofFailure(failure, false)).isEqualTo(CANCELLED);
        server.awaitClientGone();
    }

    // ---- what the client does of its own accord ---------------------------------------------------------------------

    @Test
    void a_replay_that_is_shorter_than_its_length_is_refused_and_never_a_whole_request() throws Exception {
        FaultServer server = server(FaultServer.ok("paid"));
        HttpClient client = http().build();
        BodyPublisher once = onlyOnce();
        assertThat(RawCall.send(client, RawCall.pay(server.url()).POST(once).build())
                        .verdict())
                .isEqualTo(DONE);
        RawCall replay =
                RawCall.send(client, RawCall.pay(server.url()).POST(once).build());
        assertThat(replay.failure()).hasMessageContaining("Too few bytes");
        assertThat(replay.verdict()).isEqualTo(IN_DOUBT);
        assertThat(server.requests()).hasSize(1);
    }

    /** A body of known length that is empty when it is asked for again. */
    static BodyPublisher onlyOnce() {
        byte[] bytes = RawCall.PAYMENT.getBytes(StandardCharsets.UTF_8);
        ByteArrayInputStream stream = new ByteArrayInputStream(bytes);
        return BodyPublishers.fromPublisher(BodyPublishers.ofInputStream(() -> stream), bytes.length);
    }

    @Test
    void a_body_longer_than_it_said_is_refused_as_well() throws Exception {
        FaultServer server = server(FaultServer.Connection::stall);
        BodyPublisher longer = BodyPublishers.fromPublisher(BodyPublishers.ofString("payment"), 3);
        RawCall call = RawCall.send(
                http().build(), RawCall.pay(server.url()).POST(longer).build());
        assertThat(call.failure()).hasMessageContaining("Too many bytes");
        assertThat(call.verdict()).isEqualTo(IN_DOUBT);
    }

    @Test
    void a_wrapped_failure_is_judged_by_what_is_wrapped() {
        var answer =
                http().build().sendAsync(RawCall.pay(FaultServer.refusing()).build(), BodyHandlers.ofString());
        assertThatThrownBy(answer::join)
                .satisfies(failure -> assertThat(StandardVerdicts.ofFailure(Failures.unwrap(failure), false))
                        .isEqualTo(UNSENT));
    }
}
