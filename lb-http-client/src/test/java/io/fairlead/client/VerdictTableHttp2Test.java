package io.fairlead.client;

import static io.fairlead.client.VerdictTableTest.DONE;
import static io.fairlead.client.VerdictTableTest.IN_DOUBT;
import static io.fairlead.client.VerdictTableTest.UNSENT;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.Verdict;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the JDK's own client makes of each fault over HTTP/2, and how often the server had the payment by then. Where JDKs
 * differ (newer ones repeat by themselves what a server has refused), the verdict on what did occur is what counts.
 */
@Timeout(30)
class VerdictTableHttp2Test {

    /** The first stream of a connection, and the last that a graceful GOAWAY names. */
    private static final int FIRST_STREAM = 1;

    private static final int ANY_STREAM = Integer.MAX_VALUE;

    private static final Verdict GONE_AWAY = new Verdict(Outcome.OVERLOADED, Delivery.UNKNOWN);

    private final TestTls authority = new TestTls();
    private final HttpClient client =
            HttpClient.newBuilder().sslContext(authority.client()).build();
    private final List<Http2FaultServer> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (Http2FaultServer server : toClose) {
            server.close();
        }
    }

    private Http2FaultServer server(int maxStreams, Http2FaultServer.Script script) {
        Http2FaultServer server = new Http2FaultServer(authority.server("127.0.0.1"), maxStreams, script);
        toClose.add(server);
        return server;
    }

    private Http2FaultServer server(Http2FaultServer.Script script) {
        return server(100, script);
    }

    private RawCall pay(Http2FaultServer server) throws InterruptedException {
        return RawCall.send(client, RawCall.pay(server.url()).build());
    }

    @Test
    void a_refused_stream_is_proof_after_the_one_repetition_of_newer_jdks_too() throws Exception {
        Http2FaultServer server =
                server((connection, stream) -> connection.reset(stream, Http2FaultServer.REFUSED_STREAM));
        assertThat(pay(server).verdict()).isEqualTo(UNSENT);
        assertThat(server.requests()).isBetween(1, 2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0, 0x1, Http2FaultServer.INTERNAL_ERROR, Http2FaultServer.CANCEL, 0xb, 0xd})
    void a_stream_reset_with_another_code_is_a_doubt_and_not_repeated(int errorCode) throws Exception {
        Http2FaultServer server = server((connection, stream) -> connection.reset(stream, errorCode));
        assertThat(pay(server).verdict()).isEqualTo(IN_DOUBT);
        assertThat(server.requests()).isOne();
    }

    @Test
    void a_go_away_below_the_stream_is_proof_where_the_jdk_reads_the_number() throws Exception {
        Http2FaultServer server =
                server((connection, stream) -> connection.goAway(0)); // no FIN, which could overtake it
        RawCall call = pay(server);
        boolean read = call.failure().getMessage().equals("request not processed by peer");
        assertThat(call.verdict()).isEqualTo(read ? UNSENT : GONE_AWAY);
        assertThat(server.requests()).isEqualTo(read ? 2 : 1); // such a JDK has repeated it once, on a new connection
    }

    @ParameterizedTest
    @ValueSource(ints = {FIRST_STREAM, ANY_STREAM})
    void a_go_away_that_spares_the_stream_ends_in_its_answer_or_a_doubt(int lastStream) throws Exception {
        Http2FaultServer server = server((connection, stream) -> {
            connection.goAway(lastStream);
            connection.ok(stream);
        });
        RawCall call = pay(server);
        // Some JDKs give up every stream at a GOAWAY, this one too, for which the server may well have acted.
        assertThat(call.verdict()).isEqualTo(call.isAnswered() ? DONE : GONE_AWAY);
        assertThat(server.requests()).isOne();
    }

    @Test
    void a_go_away_that_spares_the_stream_and_then_the_end_is_a_doubt() throws Exception {
        Http2FaultServer server = server((connection, stream) -> {
            connection.goAway(stream);
            connection.end();
        });
        assertThat(pay(server).verdict().delivery()).isEqualTo(Delivery.UNKNOWN);
        assertThat(server.requests()).isOne();
    }

    @Test
    void the_end_of_the_connection_after_the_payment_was_read_is_a_doubt() throws Exception {
        Http2FaultServer server = server((connection, stream) -> connection.end());
        assertThat(pay(server).verdict()).isEqualTo(IN_DOUBT);
        assertThat(server.requests()).isOne();
    }

    @Test
    void no_headers_in_time_leaves_a_doubt() throws Exception {
        Http2FaultServer server = server((connection, stream) -> {});
        RawCall call = RawCall.send(
                client, RawCall.pay(server.url()).timeout(RawCall.SHORT).build());
        assertThat(call.verdict()).isEqualTo(IN_DOUBT);
    }

    @Test
    void a_stream_too_many_is_proof() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        Http2FaultServer server = server(1, (connection, stream) -> {
            if (stream == FIRST_STREAM) {
                connection.ok(stream); // the connection is warm
            } else {
                busy.countDown();
            }
        });
        assertThat(pay(server).verdict()).isEqualTo(DONE);
        CompletableFuture<HttpResponse<String>> held =
                client.sendAsync(RawCall.pay(server.url()).build(), BodyHandlers.ofString());
        busy.await();
        assertThat(pay(server).verdict()).isEqualTo(UNSENT);
        assertThat(server.requests()).isEqualTo(2); // not the third
        held.cancel(true);
    }

    @Test
    void a_replay_that_is_shorter_than_its_length_is_refused_and_never_a_whole_request() throws Exception {
        Http2FaultServer server = server(Http2FaultServer.Connection::ok);
        BodyPublisher once = VerdictTableTest.onlyOnce();
        assertThat(RawCall.send(client, RawCall.pay(server.url()).POST(once).build())
                        .verdict())
                .isEqualTo(DONE);
        RawCall replay =
                RawCall.send(client, RawCall.pay(server.url()).POST(once).build());
        assertThat(replay.failure()).hasMessageContaining("Too few bytes");
        assertThat(replay.verdict()).isEqualTo(IN_DOUBT);
        assertThat(server.requests()).isOne();
    }
}
