package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.github.mizosoft.methanol.Methanol;
import io.fairlead.CallException;
import io.fairlead.CallFailure;
import io.fairlead.CallOptions;
import io.fairlead.Delivery;
import io.fairlead.Discovery;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Where a payment could be made twice, lost, or told wrongly. Each test is named after a fault that must not come back. */
@Timeout(20)
class DoubtTest {

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

    private static HttpRequest.Builder charge() {
        return HttpRequest.newBuilder(URI.create("http://payments/charge")).POST(BodyPublishers.ofString("pay"));
    }

    /** A body that is wanted whole; {@code begun} runs when the subscriber is in place. */
    private static HttpResponse.BodySubscriber<Void> reading(Runnable begun) {
        return HttpResponse.BodySubscribers.fromSubscriber(new java.util.concurrent.Flow.Subscriber<>() {
            @Override
            public void onSubscribe(java.util.concurrent.Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
                begun.run();
            }

            @Override
            public void onNext(List<java.nio.ByteBuffer> item) {}

            @Override
            public void onError(Throwable throwable) {}

            @Override
            public void onComplete() {}
        });
    }

    private static HttpRequest keyedCharge() {
        return charge().header("Idempotency-Key", "k1").build();
    }

    private static Throwable root(Throwable failure) {
        return Failures.unwrap(failure);
    }

    private CompletableFuture<Throwable> failureOf(Mode mode, BalancedClient client, HttpRequest request) {
        return CompletableFuture.supplyAsync(
                () -> root(catchThrowable(() -> mode.send(client, request, BodyHandlers.ofString()))),
                task -> new Thread(task).start());
    }

    /** The server has the payment; the application shuts down; README's snippet then says "proven: nothing was paid". */
    @ParameterizedTest
    @EnumSource
    void shutdown_now_tells_of_a_payment_on_the_wire_that_it_was_not_processed(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.stall();
        });
        BalancedClient client = client(Service.named("payments").targets(a.url()));
        CompletableFuture<Throwable> failure = failureOf(mode, client, charge().build());
        a.awaitRequest();
        client.shutdownNow();
        CallFailure told = (CallFailure) failure.get(5, TimeUnit.SECONDS);
        assertThat(told.delivery()).isNotEqualTo(Delivery.NOT_PROCESSED);
    }

    /** Even where 201 was seen and only the body was on its way. */
    @ParameterizedTest
    @EnumSource
    void shutdown_now_tells_of_an_answered_payment_that_it_was_not_processed(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.send("HTTP/1.1 201 Created\r\nContent-Length: 100\r\n\r\nhalf");
            connection.stall();
        });
        CompletableFuture<Void> headers = new CompletableFuture<>();
        BalancedClient client = client(Service.named("payments").targets(a.url()));
        CompletableFuture<Throwable> failure = CompletableFuture.supplyAsync(
                () -> root(catchThrowable(
                        () -> mode.send(client, charge().build(), info -> reading(() -> headers.complete(null))))),
                task -> new Thread(task).start());
        headers.get(5, TimeUnit.SECONDS);
        client.shutdownNow();
        CallFailure told = (CallFailure) failure.get(5, TimeUnit.SECONDS);
        assertThat(told.delivery()).isEqualTo(Delivery.PROCESSED);
    }

    /** An interrupt of the thread that closes the client is a shutdownNow. */
    @Test
    void an_interrupted_close_tells_of_a_payment_on_the_wire_that_it_was_not_processed() throws Exception {
        FaultServer a = server(connection -> {
            connection.read();
            connection.stall();
        });
        BalancedClient client = client(Service.named("payments").targets(a.url()));
        CompletableFuture<Throwable> failure = failureOf(Mode.ASYNC, client, charge().build());
        a.awaitRequest();
        Thread.currentThread().interrupt();
        client.close();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(((CallFailure) failure.get(5, TimeUnit.SECONDS)).delivery()).isNotEqualTo(Delivery.NOT_PROCESSED);
    }

    /** A keyed payment in doubt at data centre 1 goes to data centre 2, because their priorities were swapped meanwhile. */
    @Test
    void a_swap_of_priorities_during_the_back_off_repeats_a_keyed_payment_in_another_ledger() throws Exception {
        ManualTime time = new ManualTime();
        Discovery.Sink[] sink = new Discovery.Sink[1];
        StubTransport transport =
                new StubTransport(r -> StubTransport.Answer.of(r.uri().getHost().startsWith("dc1") ? 503 : 201));
        Target one = Target.of("http://dc1:80");
        Target two = Target.of("http://dc2:80");
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(Service.named("payments")
                        .balancer(InOrder::new)
                        .discovery((env, s) -> {
                            sink[0] = s;
                            s.targets(List.of(one, two.withPriority(1)));
                            return () -> {};
                        })
                        .retryPolicy(attempt -> attempt.number() < 3 ? 1_000_000_000 : -1)
                        .build())
                .build();
        time.schedule(() -> sink[0].targets(List.of(one.withPriority(1), two)), 500, TimeUnit.MILLISECONDS);
        client.send(keyedCharge(), BodyHandlers.ofString());
        assertThat(transport.requests.stream().map(r -> r.uri().getHost()))
                .as("a 503 is in doubt: its key protects in the ledger of dc1 alone")
                .doesNotContain("dc2");
    }

    /** The same while the first attempt is under way: the domain is read when it fails, not when it was sent. */
    @Test
    void a_demotion_during_the_attempt_repeats_a_keyed_payment_in_another_ledger() throws Exception {
        ManualTime time = new ManualTime();
        Discovery.Sink[] sink = new Discovery.Sink[1];
        Target one = Target.of("http://dc1:80");
        Target two = Target.of("http://dc2:80");
        StubTransport transport = new StubTransport(r -> {
            boolean first = r.uri().getHost().startsWith("dc1");
            if (first) {
                sink[0].targets(List.of(one.withPriority(1), two.withPriority(1)));
            }
            return StubTransport.Answer.of(first ? 503 : 201);
        });
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(Service.named("payments")
                        .balancer(InOrder::new)
                        .discovery((env, s) -> {
                            sink[0] = s;
                            s.targets(List.of(one, two.withPriority(1)));
                            return () -> {};
                        })
                        .build())
                .build();
        client.send(keyedCharge(), BodyHandlers.ofString());
        assertThat(transport.requests.stream().map(r -> r.uri().getHost())).doesNotContain("dc2");
    }

    /** Two attempts with one key alive at once in two ledgers: the priorities were swapped while the hedge waited for its moment. */
    @Test
    void a_swap_of_priorities_sends_the_hedge_of_a_keyed_payment_to_another_ledger() {
        ManualTime time = new ManualTime();
        Discovery.Sink[] sink = new Discovery.Sink[1];
        Target one = Target.of("http://dc1:80");
        Target two = Target.of("http://dc2:80");
        java.time.Duration[] latency = {java.time.Duration.ofMillis(10)};
        LateTransport transport = new LateTransport(time, r -> latency[0], r -> StubTransport.Answer.of(201));
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(7))
                .service(Service.named("payments")
                        .balancer(InOrder::new)
                        .hedging(io.fairlead.Hedging.standard().withKeyedCalls())
                        .discovery((env, s) -> {
                            sink[0] = s;
                            s.targets(List.of(one, two.withPriority(1)));
                            return () -> {};
                        })
                        .build())
                .build();
        for (int i = 0; i < 120; i++) {
            assertThat(client.sendAsync(keyedCharge(), BodyHandlers.ofString())).isNotNull();
            time.advance(java.time.Duration.ofMillis(20));
        }
        transport.begun.clear();
        latency[0] = java.time.Duration.ofSeconds(5);
        assertThat(client.sendAsync(keyedCharge(), BodyHandlers.ofString())).isNotDone();
        sink[0].targets(List.of(one.withPriority(1), two));
        time.advance(java.time.Duration.ofSeconds(1));
        assertThat(transport.begun).doesNotContain("dc2");
    }

    /** Methanol copies the request: the caller's key is gone and another is made, so the caller's own retry pays twice. */
    @Test
    void the_callers_key_of_call_options_is_lost_beneath_methanol() throws Exception {
        FaultServer a = server(FaultServer.ok("paid"));
        HttpClient methanol = Methanol.newBuilder(
                        client(Service.named("payments").targets(a.url()).generateIdempotencyKeys()))
                .build();
        methanol.send(CallOptions.none().withIdempotencyKey("order-17").on(charge().build()), BodyHandlers.ofString());
        assertThat(a.requests().get(0).headers()).containsEntry("idempotency-key", "order-17");
    }

    /** Two payments, two keys, one key on the wire: the partner takes the second for a repetition, and it is never paid. */
    @Test
    void keys_that_are_not_ascii_become_the_same_key_on_the_wire() throws Exception {
        FaultServer a = server(FaultServer.ok("paid"));
        BalancedClient client = client(Service.named("payments").targets(a.url()));
        for (String key : List.of("M\u00fcller-1", "M\u00f6ller-1")) {
            try {
                client.send(CallOptions.none().withIdempotencyKey(key).on(charge().build()), BodyHandlers.ofString());
            } catch (IllegalArgumentException refused) {
                return; // as it should be
            }
        }
        assertThat(a.requests().stream().map(r -> r.headers().get("idempotency-key")))
                .doesNotHaveDuplicates();
    }

    /** A bad key is the caller's mistake: to be refused where it is given; not a payment in doubt, and no second line in a log. */
    @Test
    void a_key_with_line_breaks_is_a_payment_in_doubt_and_writes_its_own_line_into_the_log() throws Exception {
        FaultServer a = server(FaultServer.ok("paid"));
        BalancedClient client = client(Service.named("payments").targets(a.url()));
        Throwable failure = catchThrowable(() -> client.send(
                CallOptions.none().withIdempotencyKey("k\r\nERROR forged").on(charge().build()),
                BodyHandlers.ofString()));
        if (!(failure instanceof IllegalArgumentException)) {
            assertThat(failure.getMessage()).doesNotContain("\n");
            assertThat(((CallFailure) failure).delivery()).isEqualTo(Delivery.NOT_PROCESSED);
        }
    }

    /** 307 says that the request was not done here; the next hop refuses the connection: nothing was paid, and it can go elsewhere. */
    @ParameterizedTest
    @EnumSource
    void a_payment_redirected_by_307_to_a_dead_server_is_told_as_processed(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.answering(307, "", "Location: /v2/charge"));
        String dead = FaultServer.refusing();
        BalancedClient client = client(Service.named("payments")
                .targets(a.url(), dead)
                .balancer(env -> new InTurn())
                .followRedirects(1));
        Throwable failure = catchThrowable(() -> mode.send(client, charge().build(), BodyHandlers.ofString()));
        if (failure != null) {
            assertThat(((CallException) failure).delivery()).isEqualTo(Delivery.NOT_PROCESSED);
        }
    }

    /** First the first, then the last. */
    private static final class InTurn implements io.fairlead.Strategy {
        private int next;

        @Override
        public io.fairlead.Load newLoad(Target target) {
            return io.fairlead.Load.NONE;
        }

        @Override
        public io.fairlead.Picker picker(io.fairlead.EndpointSet endpoints) {
            return attempt -> endpoints.get(next++ % endpoints.size());
        }
    }

    /** Headers of an attempt that was given up come late: they are taken for those of the attempt after it. */
    @Test
    void a_late_answer_of_the_first_attempt_is_taken_for_the_answer_of_the_second() throws Exception {
        ManualTime time = new ManualTime();
        List<HttpResponse.BodyHandler<Object>> handlers = new ArrayList<>();
        List<CompletableFuture<HttpResponse<Object>>> sent = new ArrayList<>();
        HeldTransport transport = new HeldTransport(handlers, sent);
        List<String> outcomes = new ArrayList<>();
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(Service.named("payments")
                        .targets("http://10.0.0.1", "http://10.0.0.2")
                        .balancer(InOrder::new)
                        .listener(new io.fairlead.Listener() {
                            @Override
                            public void attemptAnswered(io.fairlead.Attempt attempt) {
                                outcomes.add("#" + attempt.number() + " " + attempt.status());
                            }
                        })
                        .build())
                .build();
        client.sendAsync(keyedCharge(), BodyHandlers.ofString());
        sent.get(0).completeExceptionally(new java.net.http.HttpTimeoutException("request timed out"));
        assertThat(sent).hasSize(2);
        handlers.get(0).apply(HeldTransport.info(402)); // the race of the transport's timer and its reader
        assertThat(outcomes).as("the second attempt is still unanswered").containsExactly("#1 0");
    }
}
