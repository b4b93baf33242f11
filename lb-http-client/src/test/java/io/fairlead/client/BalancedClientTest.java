package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.CallException;
import io.fairlead.CallFailure;
import io.fairlead.CallOptions;
import io.fairlead.CallTimeoutException;
import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.OutcomeClassifier;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.strategies.Balancers;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class BalancedClientTest {

    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    private FaultServer server(FaultServer.Script script) {
        FaultServer server = FaultServer.start(script);
        toClose.add(0, server); // servers before clients, so that no client waits for a stalled one
        return server;
    }

    private BalancedClient client(Service.Builder service) {
        BalancedClient client =
                BalancedClient.builder().service(service.build()).build();
        toClose.add(client);
        return client;
    }

    private static Service.Builder payments(String... targets) {
        return Service.named("payments").targets(targets).balancer(InOrder::new);
    }

    private static HttpRequest.Builder to(String path) {
        return HttpRequest.newBuilder(URI.create("http://payments" + path));
    }

    private static HttpRequest.Builder charge() {
        return to("/charge").POST(BodyPublishers.ofString("{\"amount\":1}"));
    }

    private static HttpRequest keyedCharge() {
        return charge().header("Idempotency-Key", "k1").build();
    }

    private static void assertNothingInFlight(BalancedClient client, HttpResponse<?> response) {
        assertThat(BalancedClient.endpointOf(response).inFlight()).isZero();
        assertThat(client.toString()).contains("payments");
    }

    @ParameterizedTest
    @EnumSource
    void balances_over_the_servers_of_a_service(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.ok("a"));
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client =
                client(Service.named("payments").targets(a.url(), b.url()).balancer(Balancers.roundRobin()));
        for (int i = 0; i < 10; i++) {
            HttpResponse<String> response = mode.send(client, to("/charge").build(), BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(200);
            assertNothingInFlight(client, response);
        }
        assertThat(a.requests()).hasSize(5);
        assertThat(b.requests()).hasSize(5);
    }

    @ParameterizedTest
    @EnumSource
    void keeps_method_headers_raw_path_and_query_and_adds_the_base_path(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.ok("a"));
        BalancedClient client = client(payments(a.url() + "/base%2Fpath/"));
        HttpRequest request = to("/charge%20me/a%2Fb?x=%26&y=a+b")
                .method("PATCH", BodyPublishers.ofString("body"))
                .header("X-One", "1")
                .header("X-One", "2")
                .build();
        HttpResponse<String> response = mode.send(client, request, BodyHandlers.ofString());
        FaultServer.Request seen = a.requests().get(0);
        assertThat(seen.method()).isEqualTo("PATCH");
        assertThat(seen.target()).isEqualTo("/base%2Fpath/charge%20me/a%2Fb?x=%26&y=a+b");
        assertThat(seen.headers()).containsEntry("x-one", "1, 2").containsEntry("host", "127.0.0.1:" + a.port());
        assertThat(seen.headers()).doesNotContainKey("upgrade");
        assertThat(seen.text()).isEqualTo("body");
        assertThat(response.request()).isSameAs(request);
        assertThat(response.uri()).isEqualTo(request.uri());
        assertThat(BalancedClient.endpointOf(response).target()).isEqualTo(Target.of(a.url() + "/base%2Fpath"));
    }

    @ParameterizedTest
    @EnumSource
    void sends_an_unkeyed_payment_elsewhere_when_the_connection_is_refused(Mode mode) throws Exception {
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client = client(payments(FaultServer.refusing(), FaultServer.refusing(), b.url()));
        assertThat(mode.send(client, charge().build(), BodyHandlers.ofString()).body())
                .isEqualTo("b");
    }

    @ParameterizedTest
    @EnumSource
    void never_repeats_an_unkeyed_payment_that_may_have_been_made(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.reset();
        });
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client = client(payments(a.url(), b.url()));
        CallException failure = catchThrowableOfType(
                CallException.class, () -> mode.send(client, charge().build(), BodyHandlers.ofString()));
        assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
        assertThat(failure.attempts()).hasSize(1);
        assertThat(failure).hasMessageContaining("possibly processed").hasMessageContaining(a.url());
        assertThat(a.requests()).hasSize(1);
        assertThat(b.requests()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void repeats_a_keyed_payment_with_the_same_key_within_its_domain_only(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.reset();
        });
        FaultServer elsewhere = server(FaultServer.ok("elsewhere"));
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client = client(Service.named("payments")
                .balancer(InOrder::new)
                .targets(List.of(Target.of(a.url()), Target.of(elsewhere.url()).withPriority(1), Target.of(b.url()))));
        assertThat(mode.send(client, keyedCharge(), BodyHandlers.ofString()).body())
                .isEqualTo("b");
        assertThat(elsewhere.requests()).isEmpty();
        assertThat(b.requests().get(0).headers()).containsEntry("idempotency-key", "k1");
    }

    @ParameterizedTest
    @EnumSource
    void a_generated_key_is_the_same_on_every_attempt_and_another_on_every_call(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.reset();
        });
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client =
                client(payments(a.url(), b.url()).generateIdempotencyKeys().attemptHeader("X-Attempt"));
        mode.send(client, charge().build(), BodyHandlers.ofString());
        mode.send(client, charge().build(), BodyHandlers.ofString());
        String first = a.requests().get(0).headers().get("idempotency-key");
        assertThat(first).matches("[0-9a-f]{32}");
        assertThat(b.requests().get(0).headers())
                .containsEntry("idempotency-key", first)
                .containsEntry("x-attempt", "2;budgeted");
        assertThat(a.requests().get(1).headers().get("idempotency-key")).isNotEqualTo(first);
    }

    @ParameterizedTest
    @EnumSource
    void repeats_a_get_after_503_and_returns_the_last_answer_when_attempts_are_used_up(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.answering(503, "busy"));
        FaultServer b = server(FaultServer.answering(503, "busy too"));
        BalancedClient client = client(payments(a.url(), b.url()));
        HttpResponse<String> response = mode.send(client, to("/status").build(), BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.body()).startsWith("busy");
        assertThat(a.requests().size() + b.requests().size()).isEqualTo(3);
    }

    @ParameterizedTest
    @EnumSource
    void a_503_to_an_unkeyed_payment_is_returned_unless_the_partner_means_not_processed(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.answering(503, "busy"));
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient plain = client(payments(a.url(), b.url()));
        assertThat(mode.send(plain, charge().build(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(503);
        BalancedClient told = client(payments(a.url(), b.url())
                .classifier(OutcomeClassifier.status(503, Outcome.OVERLOADED, Delivery.NOT_PROCESSED)));
        assertThat(mode.send(told, charge().build(), BodyHandlers.ofString()).body())
                .isEqualTo("b");
    }

    @ParameterizedTest
    @EnumSource
    void a_declined_payment_is_an_answer_like_any_other(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.answering(402, "declined"));
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client = client(payments(a.url(), b.url()));
        assertThat(mode.send(client, keyedCharge(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(402);
        assertThat(b.requests()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void a_discarded_answer_does_not_touch_the_file_of_the_caller(Mode mode, @TempDir Path dir) throws Exception {
        Path file = dir.resolve("answer");
        Files.writeString(file, "before");
        List<String> atSecond = new ArrayList<>();
        FaultServer a = server(FaultServer.answering(503, "busy"));
        FaultServer b = server(connection -> {
            connection.read();
            atSecond.add(Files.readString(file));
            connection.answer(200, "after!");
        });
        BalancedClient client = client(payments(a.url(), b.url()));
        mode.send(client, to("/status").build(), BodyHandlers.ofFile(file));
        assertThat(atSecond).containsExactly("before");
        assertThat(file).hasContent("after!");
    }

    @ParameterizedTest
    @EnumSource
    void a_discarded_answer_with_a_stalled_body_does_not_hold_the_call(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.send("HTTP/1.1 503 Busy\r\nContent-Length: 100\r\n\r\nhalf");
            connection.stall();
        });
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client = client(payments(a.url(), b.url()));
        assertThat(mode.send(client, to("/status").build(), BodyHandlers.ofString())
                        .body())
                .isEqualTo("b");
        a.awaitClientGone(); // given up by itself, without a byte more
    }

    @ParameterizedTest
    @EnumSource
    void a_discarded_answer_without_end_is_given_up(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.send("HTTP/1.1 503 Busy\r\nContent-Length: 100000000\r\n\r\n");
            for (int i = 0; i < 1_000_000; i++) {
                connection.send("0123456789012345678901234567890123456789");
            }
        });
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client = client(payments(a.url(), b.url()));
        assertThat(mode.send(client, to("/status").build(), BodyHandlers.ofString())
                        .body())
                .isEqualTo("b");
        a.awaitClientGone();
    }

    @ParameterizedTest
    @EnumSource
    void a_body_that_stalls_after_the_headers_ends_in_time(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            connection.stall();
        });
        BalancedClient client = client(payments(a.url()));
        HttpRequest request = charge().timeout(Duration.ofMillis(300)).build();
        CallTimeoutException failure = catchThrowableOfType(
                CallTimeoutException.class, () -> mode.send(client, request, BodyHandlers.ofString()));
        assertThat(failure.delivery()).isEqualTo(Delivery.PROCESSED);
        a.awaitClientGone();
        client.close(); // would wait for ever if anything were still counted
    }

    @ParameterizedTest
    @EnumSource
    void a_stream_that_stalls_ends_in_an_io_exception_caused_by_the_timeout(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            connection.stall();
        });
        BalancedClient client = client(payments(a.url()));
        HttpResponse<InputStream> response =
                mode.send(client, charge().timeout(Duration.ofMillis(300)).build(), BodyHandlers.ofInputStream());
        try (InputStream in = response.body()) {
            assertThatThrownBy(in::readAllBytes)
                    .isInstanceOf(IOException.class)
                    .hasRootCauseInstanceOf(java.net.http.HttpTimeoutException.class);
        }
        assertNothingInFlight(client, response);
    }

    @ParameterizedTest
    @EnumSource
    void a_malformed_length_that_hangs_the_jdk_ends_in_time(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n");
            connection.stall();
        });
        BalancedClient client = client(payments(a.url()));
        HttpRequest request = charge().timeout(Duration.ofMillis(300)).build();
        assertThatThrownBy(() -> mode.send(client, request, BodyHandlers.ofString()))
                .isInstanceOf(CallFailure.class);
        assertThat(Thread.interrupted()).isFalse();
        client.close();
    }

    @ParameterizedTest
    @EnumSource
    void no_headers_in_time_is_a_timeout_in_doubt(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.stall();
        });
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client = client(payments(a.url(), b.url()));
        HttpRequest request = charge().timeout(Duration.ofMillis(300)).build();
        CallTimeoutException failure = catchThrowableOfType(
                CallTimeoutException.class, () -> mode.send(client, request, BodyHandlers.ofString()));
        assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
        assertThat(b.requests()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void an_attempt_timeout_leaves_time_for_another_server(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.stall();
        });
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client = client(payments(a.url(), b.url()).attemptTimeout(Duration.ofMillis(200)));
        HttpRequest request = CallOptions.none()
                .withIdempotencyKey("k2")
                .on(charge().timeout(Duration.ofSeconds(20)).build());
        assertThat(mode.send(client, request, BodyHandlers.ofString()).body()).isEqualTo("b");
        assertThat(b.requests().get(0).headers()).containsEntry("idempotency-key", "k2");
    }

    @ParameterizedTest
    @EnumSource
    void a_throwing_body_handler_fails_the_call_with_itself_as_the_cause(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.ok("a"));
        BalancedClient client = client(payments(a.url()));
        IllegalStateException mine = new IllegalStateException("mine");
        assertThatThrownBy(() -> mode.send(client, to("/").build(), info -> {
                    throw mine;
                }))
                .isInstanceOf(CallException.class)
                .hasCause(mine);
        client.close();
    }

    @ParameterizedTest
    @EnumSource
    void a_throwing_classifier_fails_the_call_with_itself_as_the_cause(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.ok("a"));
        IllegalStateException mine = new IllegalStateException("mine");
        BalancedClient client = client(payments(a.url()).classifier((attempt, standard) -> {
            throw mine;
        }));
        assertThatThrownBy(() -> mode.send(client, to("/").build(), BodyHandlers.ofString()))
                .isInstanceOf(CallException.class)
                .hasCause(mine);
        client.close();
    }

    @ParameterizedTest
    @EnumSource
    void a_throwing_signer_sends_nothing(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.ok("a"));
        IllegalStateException mine = new IllegalStateException("mine");
        BalancedClient client = client(payments(a.url()).signer(request -> {
            throw mine;
        }));
        CallException failure = catchThrowableOfType(
                CallException.class, () -> mode.send(client, charge().build(), BodyHandlers.ofString()));
        assertThat(failure).hasCause(mine);
        assertThat(failure.delivery()).isEqualTo(Delivery.NOT_PROCESSED);
        assertThat(a.connections()).isZero();
        client.close();
    }

    @Test
    void cancelling_a_dependent_before_the_headers_aborts_the_wire() throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.stall();
        });
        BalancedClient client = client(payments(a.url()));
        CompletableFuture<String> future =
                client.sendAsync(charge().build(), BodyHandlers.ofString()).thenApply(HttpResponse::body);
        a.awaitRequest();
        future.cancel(true);
        a.awaitClientGone();
        client.close();
    }

    @Test
    void an_interrupt_aborts_a_blocking_send() throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.stall();
        });
        BalancedClient client = client(payments(a.url()));
        CompletableFuture<Throwable> seen = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                client.send(charge().build(), BodyHandlers.ofString());
                seen.complete(null);
            } catch (IOException | InterruptedException e) {
                seen.complete(e);
            }
        });
        caller.start();
        a.awaitRequest();
        caller.interrupt();
        assertThat(seen.get()).isInstanceOf(InterruptedException.class);
        a.awaitClientGone();
        client.close();
    }

    @Test
    void closing_at_once_ends_what_is_under_way_and_refuses_what_comes() throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.stall();
        });
        BalancedClient client = client(payments(a.url()));
        CompletableFuture<HttpResponse<String>> call = client.sendAsync(charge().build(), BodyHandlers.ofString());
        a.awaitRequest();
        client.shutdownNow();
        assertThatThrownBy(call::join).hasCauseInstanceOf(IOException.class);
        assertThat(client.awaitTermination(Duration.ofSeconds(10))).isTrue();
        assertThatThrownBy(() -> client.send(charge().build(), BodyHandlers.ofString()))
                .isInstanceOf(CallException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void a_stream_closed_early_releases_what_it_held() throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            connection.stall();
        });
        BalancedClient client = client(payments(a.url()));
        HttpResponse<InputStream> response = client.send(charge().build(), BodyHandlers.ofInputStream());
        assertThat(BalancedClient.endpointOf(response).inFlight()).isOne();
        response.body().close();
        a.awaitClientGone();
        assertNothingInFlight(client, response);
        client.close();
    }

    @ParameterizedTest
    @EnumSource
    void a_required_key_that_is_missing_is_refused_unsent(Mode mode) {
        FaultServer a = server(FaultServer.ok("a"));
        BalancedClient client = client(payments(a.url()).requireCallerKey());
        assertThatThrownBy(() -> mode.send(client, charge().build(), BodyHandlers.ofString()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Idempotency-Key")
                .hasMessageContaining("payments");
        assertThat(a.connections()).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void a_body_of_unknown_length_is_sent_again_from_memory(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.reset();
        });
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client = client(payments(a.url(), b.url()));
        InputStream once = new java.io.ByteArrayInputStream("streamed".getBytes());
        HttpRequest request = to("/charge")
                .header("Idempotency-Key", "k3")
                .POST(BodyPublishers.ofInputStream(() -> once))
                .build();
        assertThat(mode.send(client, request, BodyHandlers.ofString()).body()).isEqualTo("b");
        assertThat(b.requests().get(0).text()).isEqualTo("streamed");
    }

    @ParameterizedTest
    @EnumSource
    void a_large_body_of_unknown_length_has_one_attempt(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.answering(503, "busy"));
        FaultServer b = server(FaultServer.ok("b"));
        BalancedClient client = client(payments(a.url(), b.url()));
        byte[] large = new byte[3 << 20];
        HttpRequest request = to("/upload")
                .PUT(BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(large)))
                .build();
        assertThat(mode.send(client, request, BodyHandlers.ofString()).statusCode())
                .isEqualTo(503);
        assertThat(a.requests().get(0).body()).hasSize(3 << 20);
        assertThat(b.requests()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void a_body_that_fails_in_the_words_of_a_proof_proves_nothing(Mode mode) {
        for (Exception words : List.of(
                new java.net.ConnectException("refused"),
                new IOException("request not processed by peer"),
                new IOException("too many concurrent streams"))) {
            FaultServer a = server(FaultServer.ok("a"));
            FaultServer b = server(FaultServer.ok("b"));
            HttpRequest request = to("/charge")
                    .POST(BodyPublishers.fromPublisher(
                            subscriber -> subscriber.onSubscribe(new java.util.concurrent.Flow.Subscription() {
                                @Override
                                public void request(long n) {
                                    subscriber.onNext(java.nio.ByteBuffer.wrap("pay".getBytes()));
                                    subscriber.onError(words);
                                }

                                @Override
                                public void cancel() {}
                            }),
                            3))
                    .build();
            CallException failure = catchThrowableOfType(
                    CallException.class,
                    () -> mode.send(client(payments(a.url(), b.url())), request, BodyHandlers.ofString()));
            assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
            assertThat(failure.attempts()).hasSize(1);
            assertThat(a.connections() + b.connections()).isOne();
        }
    }

    @ParameterizedTest
    @EnumSource
    void follows_a_redirect_within_the_service_through_the_balancer(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            for (FaultServer.Request r = connection.read(); r != null; r = connection.read()) {
                connection.answer(
                        r.target().equals("/next?x=1") ? 200 : 303, r.method(), "Location: http://payments/next?x=1");
            }
        });
        BalancedClient client = client(payments(a.url()).followRedirects(3));
        assertThat(mode.send(client, keyedCharge(), BodyHandlers.ofString()).body())
                .isEqualTo("GET");
        BalancedClient careful = client(payments(a.url()));
        assertThat(mode.send(careful, keyedCharge(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(303);
    }

    @ParameterizedTest
    @EnumSource
    void a_redirect_to_another_host_is_the_callers_to_follow(Mode mode) throws Exception {
        FaultServer other = server(FaultServer.ok("other"));
        FaultServer a = server(FaultServer.answering(307, "", "Location: " + other.url() + "/steal"));
        BalancedClient client = client(payments(a.url()).followRedirects(3));
        assertThat(mode.send(client, keyedCharge(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(307);
        assertThat(other.requests()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void a_host_that_is_no_service_passes_through(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.ok("direct"));
        BalancedClient client = client(payments(FaultServer.refusing()));
        HttpResponse<String> response =
                mode.send(client, HttpRequest.newBuilder(URI.create(a.url())).build(), BodyHandlers.ofString());
        assertThat(response.body()).isEqualTo("direct");
        assertThatThrownBy(() -> BalancedClient.endpointOf(response)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_three_argument_form_takes_a_null_push_handler() {
        FaultServer a = server(FaultServer.ok("a"));
        BalancedClient client = client(payments(a.url()));
        assertThat(client.sendAsync(charge().build(), BodyHandlers.ofString(), null)
                        .join()
                        .body())
                .isEqualTo("a");
    }
}
