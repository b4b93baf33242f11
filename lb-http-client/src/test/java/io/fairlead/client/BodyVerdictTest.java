package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.Attempt;
import io.fairlead.CallException;
import io.fairlead.CallTimeoutException;
import io.fairlead.Delivery;
import io.fairlead.Listener;
import io.fairlead.Outcome;
import io.fairlead.OutcomeClassifier;
import io.fairlead.Service;
import io.fairlead.Verdict;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Answers that are judged by the beginning of their body, over real connections. */
@Timeout(60)
class BodyVerdictTest {

    private static final String MALFUNCTION = "{\"code\":96}";

    private final List<AutoCloseable> toClose = new ArrayList<>();
    private final List<String> ended = new CopyOnWriteArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    private String server(FaultServer.Script script) {
        FaultServer server = FaultServer.start(script);
        toClose.add(server);
        return server.url();
    }

    private BalancedClient client(Service.Builder service) {
        Listener ends = new Listener() {
            @Override
            public void attemptFinished(Attempt attempt) {
                ended.add(attempt.status() + " " + attempt.outcome() + " " + attempt.delivery());
            }
        };
        BalancedClient client = BalancedClient.builder()
                .service(service.balancer(InOrder::new).listener(ends).build())
                .build();
        toClose.add(0, client::shutdownNow);
        return client;
    }

    private static Service.Builder payments(String... urls) {
        return Service.named("payments").targets(urls).classifier(code96(64));
    }

    private static OutcomeClassifier code96(int bytes) {
        return OutcomeClassifier.body(
                200,
                "application/json",
                bytes,
                (attempt, prefix, standard) -> new String(prefix, StandardCharsets.UTF_8).contains("\"code\":96")
                        ? new Verdict(Outcome.FAILED, Delivery.NOT_PROCESSED)
                        : standard);
    }

    private static FaultServer.Script json(String body) {
        return FaultServer.answering(200, body, "Content-Type: application/json; charset=utf-8");
    }

    /** Sends the body in chunks of one byte each, flushed one by one. */
    private static FaultServer.Script byteByByte(String body) {
        return connection -> {
            connection.read();
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
            for (int i = 0; i < body.length(); i++) {
                connection.send("1\r\n" + body.charAt(i) + "\r\n");
            }
            connection.send("0\r\n\r\n");
        };
    }

    private static FaultServer.Script cutAfter(String part) {
        return connection -> {
            connection.read();
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n" + part);
        };
    }

    private static FaultServer.Script stallingAfter(String part) {
        return connection -> {
            connection.read();
            connection.send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n" + part);
            connection.stall();
        };
    }

    private static HttpRequest.Builder get() {
        return HttpRequest.newBuilder(URI.create("http://payments/"));
    }

    private static HttpRequest charge() {
        return get().POST(BodyPublishers.ofString("x")).build();
    }

    private static void nothingInFlight(BalancedClient client) {
        assertThat(client.service("payments").endpoints()).allMatch(e -> e.inFlight() == 0);
    }

    @ParameterizedTest
    @EnumSource
    void a_malfunction_in_the_body_of_a_200_is_sent_elsewhere_before_the_callers_handler_hears_of_it(Mode mode)
            throws Exception {
        BalancedClient client = client(payments(server(json(MALFUNCTION)), server(json("{\"code\":0}"))));
        AtomicInteger handled = new AtomicInteger();
        HttpResponse<String> response = mode.send(client, charge(), info -> {
            handled.incrementAndGet();
            return HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8);
        });
        assertThat(response.body()).isEqualTo("{\"code\":0}");
        assertThat(handled).hasValue(1);
        assertThat(ended).containsExactly("200 FAILED NOT_PROCESSED", "200 SUCCESS PROCESSED");
    }

    @ParameterizedTest
    @EnumSource
    void every_byte_reaches_the_caller_whatever_the_chunks_and_the_length(Mode mode) throws Exception {
        for (int length : new int[] {0, 1, 63, 64, 65, 200}) {
            String body = "x".repeat(length);
            BalancedClient client = client(payments(server(byteByByte(body)), server(json("other"))));
            assertThat(mode.send(client, charge(), BodyHandlers.ofString()).body())
                    .isEqualTo(body);
        }
        String digits = "0123456789".repeat(40_000);
        BalancedClient client = client(payments(server(json(digits))));
        HttpResponse<InputStream> stream = mode.send(client, charge(), BodyHandlers.ofInputStream());
        assertThat(new String(stream.body().readAllBytes(), StandardCharsets.UTF_8))
                .isEqualTo(digits);
    }

    @ParameterizedTest
    @EnumSource
    void other_statuses_and_types_and_compressed_bodies_are_judged_at_the_headers(Mode mode) throws Exception {
        BalancedClient client = client(payments(
                server(FaultServer.answering(200, MALFUNCTION, "Content-Type: text/plain")), server(json("other"))));
        assertThat(mode.send(client, charge(), BodyHandlers.ofString()).body()).isEqualTo(MALFUNCTION);
        BalancedClient packed = client(payments(
                server(FaultServer.answering(
                        200, MALFUNCTION, "Content-Type: application/json", "Content-Encoding: gzip")),
                server(json("other"))));
        assertThat(mode.send(packed, charge(), BodyHandlers.ofString()).body()).isEqualTo(MALFUNCTION);
    }

    @ParameterizedTest
    @EnumSource
    void a_body_cut_before_the_verdict_is_processed_and_only_idempotent_methods_go_on(Mode mode) throws Exception {
        BalancedClient client = client(payments(server(cutAfter("{")), server(json("{}"))));
        CallException failure =
                catchThrowableOfType(CallException.class, () -> mode.send(client, charge(), BodyHandlers.ofString()));
        assertThat(failure.delivery()).isEqualTo(Delivery.PROCESSED);
        assertThat(ended).containsExactly("200 FAILED PROCESSED");
        assertThat(mode.send(client, get().build(), BodyHandlers.ofString()).body())
                .isEqualTo("{}");
        nothingInFlight(client);
    }

    @ParameterizedTest
    @EnumSource
    void a_stall_before_the_verdict_ends_with_the_deadline_or_the_attempts_timeout(Mode mode) throws Exception {
        BalancedClient client = client(payments(server(stallingAfter("{")), server(json("{}"))));
        HttpRequest hasty = HttpRequest.newBuilder(charge(), (n, v) -> true)
                .timeout(Duration.ofSeconds(2))
                .build();
        CallTimeoutException failure = catchThrowableOfType(
                CallTimeoutException.class, () -> mode.send(client, hasty, BodyHandlers.ofString()));
        assertThat(failure.delivery()).isEqualTo(Delivery.PROCESSED);
        nothingInFlight(client);
        BalancedClient timed =
                client(payments(server(stallingAfter("{")), server(json("{}"))).attemptTimeout(Duration.ofSeconds(2)));
        assertThat(mode.send(timed, get().build(), BodyHandlers.ofString()).body())
                .isEqualTo("{}");
        nothingInFlight(timed);
    }

    @Test
    void a_cancel_before_the_verdict_leaves_nothing_behind() throws Exception {
        BalancedClient client = client(payments(server(stallingAfter("{"))));
        CompletableFuture<HttpResponse<String>> call = client.sendAsync(charge(), BodyHandlers.ofString());
        call.cancel(true);
        client.shutdownNow();
        assertThat(client.awaitTermination(Duration.ofSeconds(20))).isTrue();
        nothingInFlight(client);
    }

    @ParameterizedTest
    @EnumSource
    void a_verdict_that_throws_fails_the_call(Mode mode) {
        OutcomeClassifier broken = OutcomeClassifier.body(200, "application/json", 8, (attempt, prefix, standard) -> {
            throw new IllegalStateException("mine");
        });
        BalancedClient client = client(payments(server(json(MALFUNCTION))).classifier(broken));
        assertThatThrownBy(() -> mode.send(client, charge(), BodyHandlers.ofString()))
                .isInstanceOf(CallException.class)
                .hasRootCauseMessage("mine");
        nothingInFlight(client);
    }

    @ParameterizedTest
    @EnumSource
    void a_chain_reads_as_much_as_the_greediest_wants_and_hands_the_verdict_on(Mode mode) throws Exception {
        OutcomeClassifier kind = (attempt, standard) ->
                standard.outcome() == Outcome.FAILED ? new Verdict(Outcome.OVERLOADED, standard.delivery()) : standard;
        BalancedClient client = client(payments(server(json(" ".repeat(50) + MALFUNCTION)), server(json("{}")))
                .classifier(code96(8).andThen(code96(64)).andThen(kind)));
        assertThat(mode.send(client, charge(), BodyHandlers.ofString()).body()).isEqualTo("{}");
        assertThat(ended).startsWith("200 OVERLOADED NOT_PROCESSED");
    }
}
