package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Attempt;
import io.fairlead.CallException;
import io.fairlead.CallTimeoutException;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.Environment;
import io.fairlead.Hedging;
import io.fairlead.Listener;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.ratelimit.RateLimiters;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Hedged calls, on a clock that stands still. */
@Timeout(30)
class HedgeTest {

    private static final Duration USUAL = Duration.ofMillis(10);
    private static final Duration SLOW = Duration.ofSeconds(5);

    private final ManualTime time = new ManualTime();
    private final Map<String, Duration> latency = new HashMap<>();
    private final Map<String, StubTransport.Answer> answers = new HashMap<>();
    private final List<String> told = new ArrayList<>();
    private final List<Endpoint> endpoints = new ArrayList<>();
    private LateTransport transport;

    private final class Told implements Listener {

        @Override
        public void attemptStarted(Attempt attempt) {
            endpoints.add(attempt.endpoint());
            told.add("start " + attempt.number() + (attempt.hedge() ? " hedge" : ""));
        }

        @Override
        public void attemptFinished(Attempt attempt) {
            told.add("end " + attempt.number() + " " + attempt.outcome() + (attempt.superseded() ? " superseded" : ""));
        }

        @Override
        public void callFinished(long id, String service, int status, int attempts, long nanos, Throwable why) {
            told.add("done " + status + " of " + attempts);
        }
    }

    private static Service.Builder payments(int servers) {
        List<String> urls = new ArrayList<>();
        for (int i = 1; i <= servers; i++) {
            urls.add("http://10.0.0." + i + ":80");
        }
        return Service.named("payments").targets(urls.toArray(new String[0]));
    }

    /** A client whose 120 calls of 10 ms are behind it. */
    private BalancedClient warm(Service.Builder service) {
        BalancedClient client = cold(service);
        for (int i = 0; i < 120; i++) {
            sendAsync(client, get());
            time.advance(Duration.ofMillis(20));
        }
        transport.begun.clear();
        told.clear();
        endpoints.clear();
        return client;
    }

    private BalancedClient cold(Service.Builder service) {
        transport = new LateTransport(
                time,
                r -> latency.getOrDefault(r.uri().getHost(), USUAL),
                r -> answers.getOrDefault(r.uri().getHost(), StubTransport.Answer.of(200)));
        return BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(7))
                .service(service.balancer(InOrder::new).listener(new Told()).build())
                .build();
    }

    private static HttpRequest get() {
        return HttpRequest.newBuilder(URI.create("http://payments/rates")).build();
    }

    private static HttpRequest charge(String key) {
        HttpRequest.Builder post =
                HttpRequest.newBuilder(URI.create("http://payments/charge")).POST(BodyPublishers.ofString("100 EUR"));
        return (key == null ? post : post.header("Idempotency-Key", key)).build();
    }

    private static CompletableFuture<HttpResponse<String>> sendAsync(BalancedClient client, HttpRequest request) {
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    private void slow(String host) {
        latency.put(host, SLOW);
    }

    private void nothingInFlight() {
        assertThat(endpoints).allMatch(e -> e.inFlight() == 0);
    }

    @Test
    void a_slow_call_is_sent_a_second_time_and_the_faster_answer_counts() {
        BalancedClient client = warm(payments(2).hedging(Hedging.standard()));
        slow("10.0.0.1");
        var call = sendAsync(client, get());
        time.advance(Duration.ofMillis(9));
        assertThat(transport.begun).containsExactly("10.0.0.1");
        time.advance(Duration.ofMillis(2)); // 10 ms, and at most 1/16 more
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.2");
        assertThat(call).isNotDone();
        time.advance(Duration.ofMillis(10));
        assertThat(call).isCompleted();
        assertThat(BalancedClient.endpointOf(call.join()).target().uri().getHost())
                .isEqualTo("10.0.0.2");
        assertThat(transport.cancelled).containsExactly("10.0.0.1");
        assertThat(told)
                .containsExactly(
                        "start 1", "start 2 hedge", "end 1 IGNORED superseded", "end 2 SUCCESS", "done 200 of 2");
        nothingInFlight();
    }

    @Test
    void the_first_attempt_may_still_win() {
        BalancedClient client = warm(payments(2).hedging(Hedging.standard()));
        latency.put("10.0.0.1", Duration.ofMillis(15));
        slow("10.0.0.2");
        var call = sendAsync(client, get());
        time.advance(Duration.ofMillis(20));
        assertThat(call).isCompleted();
        assertThat(transport.cancelled).containsExactly("10.0.0.2");
        assertThat(told).contains("end 2 IGNORED superseded").endsWith("end 1 SUCCESS", "done 200 of 2");
        nothingInFlight();
    }

    @Test
    void nothing_is_hedged_before_enough_is_known_nor_when_there_is_no_other_endpoint() {
        BalancedClient cold = cold(payments(2).hedging(Hedging.standard()));
        slow("10.0.0.1");
        sendAsync(cold, get());
        time.advance(Duration.ofSeconds(4));
        assertThat(transport.begun).hasSize(1);
        latency.clear();
        BalancedClient alone = warm(payments(1).hedging(Hedging.standard()));
        slow("10.0.0.1");
        sendAsync(alone, get());
        time.advance(Duration.ofSeconds(4));
        assertThat(transport.begun).hasSize(1);
    }

    @Test
    void a_payment_is_hedged_only_with_a_key_and_only_if_the_service_says_so() {
        BalancedClient standard = warm(payments(2).hedging(Hedging.standard()));
        slow("10.0.0.1");
        sendAsync(standard, charge(null));
        sendAsync(standard, charge("k1"));
        time.advance(Duration.ofSeconds(1));
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.1");
        latency.clear();
        BalancedClient keyed = warm(payments(2).hedging(Hedging.standard().withKeyedCalls()));
        slow("10.0.0.1");
        sendAsync(keyed, charge(null));
        time.advance(Duration.ofSeconds(1));
        assertThat(transport.begun).containsExactly("10.0.0.1");
        var call = sendAsync(keyed, charge("k1"));
        time.advance(Duration.ofSeconds(1));
        assertThat(call).isCompleted();
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.1", "10.0.0.2");
        assertThat(transport.requests)
                .last()
                .satisfies(r ->
                        assertThat(r.headers().firstValue("Idempotency-Key")).hasValue("k1"));
    }

    @Test
    void a_keyed_payment_never_leaves_the_ledger_of_its_first_endpoint() {
        BalancedClient client = warm(Service.named("payments")
                .targets(List.of(
                        Target.of("http://10.0.0.1:80").withDomain("ledger A"),
                        Target.of("http://10.0.0.2:80").withDomain("ledger B"),
                        Target.of("http://10.0.0.3:80").withDomain("ledger A")))
                .hedging(Hedging.standard().withKeyedCalls()));
        slow("10.0.0.1");
        slow("10.0.0.3");
        answers.put("10.0.0.1", StubTransport.Answer.failing(new ConnectException("refused")));
        var call = sendAsync(client, charge("k1"));
        time.advance(Duration.ofSeconds(20)); // even what is proven unsent stays, as its hedge may have been booked
        assertThat(transport.begun).doesNotContain("10.0.0.2").startsWith("10.0.0.1", "10.0.0.3");
        assertThat(call).isCompleted();
    }

    @Test
    void a_keyed_payment_without_a_second_endpoint_on_its_ledger_is_not_hedged() {
        BalancedClient alone = warm(Service.named("payments")
                .targets(List.of(
                        Target.of("http://10.0.0.1:80").withDomain("ledger A"),
                        Target.of("http://10.0.0.2:80").withDomain("ledger B")))
                .hedging(Hedging.standard().withKeyedCalls()));
        latency.put("10.0.0.1", SLOW);
        sendAsync(alone, charge("k2"));
        time.advance(Duration.ofSeconds(4));
        assertThat(transport.begun).containsExactly("10.0.0.1");
    }

    @Test
    void hedges_are_at_most_two_in_a_hundred_and_come_out_of_the_retry_budget() {
        BalancedClient client = warm(payments(2).hedging(Hedging.standard().withPercentile(50)));
        for (int i = 0; i < 3000; i++) {
            latency.put("10.0.0.1", i % 10 == 9 ? Duration.ofMillis(500) : USUAL);
            sendAsync(client, get());
            time.advance(Duration.ofMillis(20));
        }
        assertThat(transport.begun.size() - 3000).isBetween(40, 62); // what the 120 before have earned, too
        BalancedClient broke = warm(payments(2)
                .retryBudget(Retries.budget(0, 0, time.environment(1)))
                .hedging(Hedging.standard()));
        slow("10.0.0.1");
        sendAsync(broke, get());
        time.advance(Duration.ofSeconds(4));
        assertThat(transport.begun).hasSize(1);
    }

    @Test
    void a_hedge_never_waits_for_permits() {
        BalancedClient client = warm(payments(2)
                .rateLimiter(RateLimiters.tokenBucket(1, Duration.ofSeconds(30))
                        .burst(121)
                        .environment(time.environment(1))
                        .build())
                .hedging(Hedging.standard()));
        slow("10.0.0.1");
        sendAsync(client, get());
        time.advance(Duration.ofSeconds(4));
        assertThat(transport.begun).hasSize(1);
    }

    @Test
    void an_answer_that_is_no_success_does_not_win_and_is_not_repeated() {
        BalancedClient client = warm(payments(3).hedging(Hedging.standard()));
        slow("10.0.0.1");
        answers.put("10.0.0.2", StubTransport.Answer.of(503));
        var call = sendAsync(client, get());
        time.advance(Duration.ofSeconds(6));
        assertThat(call.join().statusCode()).isEqualTo(200);
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.2");
        assertThat(told).containsSubsequence("end 2 OVERLOADED", "end 1 SUCCESS", "done 200 of 2");
        nothingInFlight();
    }

    @Test
    void when_the_first_fails_the_hedge_is_waited_for() {
        BalancedClient client = warm(payments(2).retryPolicy(Retries.none()).hedging(Hedging.standard()));
        latency.put("10.0.0.1", Duration.ofMillis(15));
        latency.put("10.0.0.2", Duration.ofMillis(100));
        answers.put("10.0.0.1", StubTransport.Answer.failing(new IOException("reset")));
        var call = sendAsync(client, get());
        time.advance(Duration.ofMillis(50));
        assertThat(told).contains("end 1 FAILED");
        assertThat(call).isNotDone();
        time.advance(Duration.ofMillis(100));
        assertThat(call.join().statusCode()).isEqualTo(200);
        assertThat(told).endsWith("end 2 SUCCESS", "done 200 of 2");
        nothingInFlight();
    }

    @Test
    void a_retry_beside_a_hedge_goes_to_a_third_endpoint() {
        BalancedClient client = warm(payments(3).hedging(Hedging.standard()));
        latency.put("10.0.0.1", Duration.ofMillis(15));
        slow("10.0.0.2");
        answers.put("10.0.0.1", StubTransport.Answer.failing(new IOException("reset")));
        var call = sendAsync(client, get());
        time.advance(Duration.ofMillis(100));
        assertThat(call.join().statusCode()).isEqualTo(200);
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.3");
        assertThat(transport.cancelled).containsExactly("10.0.0.2");
        assertThat(told).endsWith("end 3 SUCCESS", "done 200 of 3");
        nothingInFlight();
    }

    @Test
    void when_both_fail_the_report_has_both_and_the_riskier_delivery() {
        BalancedClient client = warm(payments(2)
                .retryPolicy(Retries.none())
                .hedging(Hedging.standard().withKeyedCalls()));
        latency.put("10.0.0.1", Duration.ofMillis(15));
        latency.put("10.0.0.2", Duration.ofMillis(100));
        answers.put("10.0.0.1", StubTransport.Answer.failing(new IOException("Connection reset")));
        answers.put("10.0.0.2", StubTransport.Answer.of(500));
        var call = sendAsync(client, charge("k"));
        time.advance(Duration.ofSeconds(1));
        assertThatThrownBy(call::join).cause().isInstanceOfSatisfying(CallException.class, e -> {
            assertThat(e.getCause()).hasMessage("Connection reset");
            assertThat(e.attempts()).extracting(a -> a.status()).containsExactly(0, 500);
            assertThat(e.delivery()).isEqualTo(Delivery.PROCESSED);
        });
        assertThat(told).endsWith("end 2 FAILED", "done 0 of 2");
        nothingInFlight();
    }

    @Test
    void both_end_with_the_cancel_of_the_caller_with_the_deadline_and_with_the_client() {
        slowThenEnd(CompletableFuture::cancel, get(), CallException.class);
        HttpRequest hurried = HttpRequest.newBuilder(get().uri())
                .timeout(Duration.ofSeconds(2))
                .build();
        slowThenEnd((call, x) -> advance(Duration.ofSeconds(3)), hurried, CallTimeoutException.class);
    }

    private boolean advance(Duration by) {
        time.advance(by);
        return true;
    }

    private void slowThenEnd(
            java.util.function.BiFunction<CompletableFuture<?>, Boolean, Boolean> end,
            HttpRequest request,
            Class<? extends Throwable> failure) {
        latency.clear();
        BalancedClient client = warm(payments(2).hedging(Hedging.standard()));
        slow("10.0.0.1");
        slow("10.0.0.2");
        var call = sendAsync(client, request);
        time.advance(Duration.ofMillis(50));
        assertThat(transport.begun).hasSize(2);
        assertThat(end.apply(call, true)).isTrue();
        assertThat(call).isDone();
        assertThat(transport.cancelled).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2");
        assertThat(told).filteredOn(line -> line.startsWith("done")).containsExactly("done 0 of 2");
        if (!call.isCancelled()) {
            assertThatThrownBy(call::join).cause().isInstanceOf(failure);
        }
        nothingInFlight();
        client.shutdown();
        assertThat(client.isTerminated()).isTrue();
    }

    @Test
    void a_client_that_closes_ends_both() {
        BalancedClient client = warm(payments(2).hedging(Hedging.standard()));
        slow("10.0.0.1");
        slow("10.0.0.2");
        var call = sendAsync(client, get());
        time.advance(Duration.ofMillis(50));
        client.shutdownNow();
        assertThatThrownBy(call::get).isInstanceOf(ExecutionException.class).hasMessageContaining("closed");
        assertThat(client.isTerminated()).isTrue();
        nothingInFlight();
    }

    @Test
    void the_body_handler_is_asked_once_though_both_answer_in_one_moment() {
        BalancedClient client = warm(payments(2).hedging(Hedging.standard()));
        AtomicInteger handled = new AtomicInteger();
        latency.put("10.0.0.1", Duration.ofMillis(20));
        latency.put("10.0.0.2", Duration.ofMillis(20).minus(Duration.ofNanos(9_961_472 + 524_287)));
        var call = client.sendAsync(get(), info -> {
            handled.incrementAndGet();
            return BodyHandlers.ofString().apply(info);
        });
        time.advance(Duration.ofSeconds(1));
        assertThat(call.join().body()).isEqualTo("body");
        assertThat(handled).hasValue(1);
        nothingInFlight();
    }

    @Test
    void a_superseded_call_counts_as_slow_so_that_hedging_does_not_lower_its_own_bar() {
        BalancedClient client = warm(payments(2).hedging(Hedging.standard().withMaxExtra(0.5)));
        for (int i = 0; i < 2000; i++) {
            latency.put("10.0.0.1", i % 10 == 9 ? Duration.ofMillis(500) : USUAL); // 10 %: the 98th percentile is slow
            sendAsync(client, get());
            time.advance(Duration.ofMillis(600));
        }
        // once the slow tenth is known, the delay is what they take, and nothing is hedged
        assertThat(transport.begun.size() - 2000).isLessThan(15);
    }

    @Test
    void send_waits_for_the_faster_and_an_interrupt_ends_both() throws Exception {
        BalancedClient client = warm(payments(2).hedging(Hedging.standard()));
        slow("10.0.0.1");
        CompletableFuture<Integer> answered = new CompletableFuture<>();
        Thread caller = new Thread(() -> {
            try {
                answered.complete(client.send(get(), BodyHandlers.ofString()).statusCode());
            } catch (IOException | InterruptedException e) {
                answered.completeExceptionally(e);
            }
        });
        caller.start();
        awaitBegun(1);
        time.advance(Duration.ofMillis(50));
        assertThat(answered.get()).isEqualTo(200);
        caller.join();

        slow("10.0.0.2");
        transport.cancelled.clear();
        CompletableFuture<Throwable> thrown = new CompletableFuture<>();
        Thread interrupted = new Thread(() -> {
            try {
                client.send(get(), BodyHandlers.ofString());
            } catch (IOException | InterruptedException e) {
                thrown.complete(e);
            }
        });
        interrupted.start();
        awaitBegun(3);
        time.advance(Duration.ofMillis(50));
        interrupted.interrupt();
        assertThat(thrown.get()).isInstanceOf(InterruptedException.class);
        assertThat(transport.cancelled).containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2");
        interrupted.join();
        nothingInFlight();
    }

    private void awaitBegun(int count) {
        while (transport.begun.size() < count) {
            Thread.onSpinWait();
        }
        while (time.pendingTimers() < 2) { // its answer, and its hedge
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @EnumSource(Mode.class)
    void over_real_sockets_a_server_that_hangs_is_passed_by(Mode mode) throws Exception {
        AtomicBoolean hang = new AtomicBoolean();
        AtomicLong ahead = new AtomicLong();
        HttpRequest request = HttpRequest.newBuilder(get().uri())
                .timeout(Duration.ofSeconds(20))
                .build();
        FaultServer.Script first = connection -> {
            while (true) {
                connection.read();
                if (hang.get()) {
                    connection.stall();
                }
                connection.answer(200, "first");
            }
        };
        try (FaultServer one = FaultServer.start(first);
                FaultServer two = FaultServer.start(FaultServer.ok("second"));
                BalancedClient client = BalancedClient.builder()
                        .environment(Environment.builder()
                                .nanoClock(() -> System.nanoTime() + ahead.get())
                                .build())
                        .service(Service.named("payments")
                                .targets(one.url(), two.url())
                                .balancer(InOrder::new)
                                .hedging(Hedging.standard())
                                .build())
                        .build()) {
            for (int i = 0; i < 110; i++) {
                assertThat(mode.send(client, request, BodyHandlers.ofString()).statusCode())
                        .isEqualTo(200);
            }
            int before = two.requests().size();
            hang.set(true);
            ahead.set(1_000_000_000L); // the percentile is looked at once a second
            HttpResponse<String> answer = mode.send(client, request, BodyHandlers.ofString());
            assertThat(answer.body()).isEqualTo("second");
            assertThat(two.requests()).hasSizeGreaterThan(before);
            one.awaitClientGone();
            assertThat(BalancedClient.endpointOf(answer).inFlight()).isZero();
        }
    }

    @Test
    void bad_settings_are_named() {
        assertThatThrownBy(() -> Hedging.standard().withPercentile(100))
                .hasMessageContainingAll("percentile of hedging", "100", "99.99");
        assertThatThrownBy(() -> Hedging.standard().withPercentile(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> Hedging.standard().withMaxExtra(0)).hasMessageContaining("max extra of hedging");
        assertThatThrownBy(() -> Hedging.standard().withMinDelay(Duration.ZERO))
                .hasMessageContaining("min delay of hedging");
    }
}
