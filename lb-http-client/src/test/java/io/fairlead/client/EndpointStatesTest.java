package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Listener;
import io.fairlead.NoEndpointException;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.health.Ejections;
import io.fairlead.strategies.Balancers;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The states of endpoints, on a clock that stands still. */
class EndpointStatesTest {

    private final ManualTime time = new ManualTime();
    private final Map<String, Integer> status = new HashMap<>();
    private final Map<String, Duration> latency = new HashMap<>();
    private final List<String> told = new ArrayList<>();
    private String retryAfter = "";
    private LateTransport transport;
    private BalancedClient client;

    private final class Told implements Listener {
        @Override
        public void endpointEjected(String service, Target target, long nanos, String reason) {
            told.add("out " + target.uri().getHost() + " for " + nanos / 1_000_000_000 + " s: " + reason);
        }

        @Override
        public void endpointOnTrial(String service, Target target) {
            told.add("trial " + target.uri().getHost());
        }

        @Override
        public void endpointReturned(String service, Target target) {
            told.add("back " + target.uri().getHost());
        }

        @Override
        public void endpointDrained(String service, Target target, String reason) {
            told.add("drained " + target.uri().getHost() + ": " + reason);
        }
    }

    private void start(Service.Builder service) {
        transport = new LateTransport(
                time,
                r -> latency.getOrDefault(r.uri().getHost(), Duration.ofMillis(1)),
                r -> answer(status.getOrDefault(r.uri().getHost(), 200)));
        client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(11))
                .service(service.listener(new Told()).build())
                .build();
    }

    private StubTransport.Answer answer(int code) {
        return retryAfter.isEmpty() || code != 429
                ? StubTransport.Answer.of(code)
                : StubTransport.Answer.of(code, "Retry-After", retryAfter);
    }

    private static Service.Builder payments(int servers) {
        List<String> urls = new ArrayList<>();
        for (int i = 1; i <= servers; i++) {
            urls.add("http://10.0.0." + i + ":80");
        }
        return Service.named("payments").targets(urls.toArray(new String[0])).retryPolicy(Retries.none());
    }

    private CompletableFuture<HttpResponse<String>> call(String key) {
        HttpRequest.Builder post =
                HttpRequest.newBuilder(URI.create("http://payments/charge")).POST(BodyPublishers.ofString("x"));
        if (key != null) {
            post.header("Idempotency-Key", key);
        }
        return client.sendAsync(post.build(), BodyHandlers.ofString());
    }

    private void calls(int count, String key) {
        for (int i = 0; i < count; i++) {
            call(key);
            time.advance(Duration.ofMillis(20));
        }
    }

    private EndpointView view(String host) {
        return client.service("payments").endpoints().stream()
                .filter(e -> e.target().uri().getHost().equals(host))
                .findFirst()
                .orElseThrow();
    }

    private EndpointState state(String host) {
        return view(host).state();
    }

    /** Two servers in order, the first of which is ejected; its time is over now. */
    private void firstOnTrial() {
        start(payments(2).balancer(InOrder::new).ejection(Ejections.consecutiveFailures(3)));
        status.put("10.0.0.1", 500);
        calls(3, null);
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.EJECTED);
        calls(1, null);
        time.advance(Duration.ofSeconds(33));
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.TRIAL);
        transport.begun.clear();
        told.clear();
    }

    @Test
    void a_keyed_call_tries_it_and_no_unkeyed_payment_while_a_safer_one_may_come() {
        firstOnTrial();
        status.put("10.0.0.1", 200);
        calls(5, null);
        assertThat(transport.begun).containsOnly("10.0.0.2");
        calls(1, "key");
        assertThat(transport.begun).endsWith("10.0.0.1");
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.READY);
        assertThat(told).containsExactly("back 10.0.0.1");
    }

    @Test
    void an_unkeyed_payment_tries_it_when_nothing_safer_came_for_ten_seconds() {
        firstOnTrial();
        time.advance(Duration.ofSeconds(10));
        status.put("10.0.0.1", 200);
        calls(1, null);
        assertThat(transport.begun).containsExactly("10.0.0.1");
        assertThat(told).containsExactly("back 10.0.0.1");
    }

    @Test
    void one_attempt_at_a_time_tries_it_and_a_failure_puts_it_out_for_longer() {
        firstOnTrial();
        latency.put("10.0.0.1", Duration.ofSeconds(1));
        call("a");
        call("b");
        call("c");
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.2");
        time.advance(Duration.ofSeconds(2));
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.EJECTED);
        assertThat(told)
                .hasSize(1)
                .first()
                .asString()
                .matches("out 10.0.0.1 for (5|6)\\d s: failed on trial: answered 500");
    }

    @Test
    void a_trial_that_is_cancelled_gives_its_lease_back() {
        firstOnTrial();
        latency.put("10.0.0.1", Duration.ofSeconds(1));
        for (int i = 0; i < 5; i++) {
            CompletableFuture<?> call = call("k" + i);
            assertThat(transport.begun).hasSize(i + 1).containsOnly("10.0.0.1");
            call.cancel(true);
        }
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.TRIAL);
    }

    @Test
    void a_trial_that_never_ends_loses_its_lease() {
        firstOnTrial();
        latency.put("10.0.0.1", Duration.ofHours(1));
        call("hangs");
        time.advance(Duration.ofSeconds(29));
        call("waits");
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.2");
        time.advance(Duration.ofSeconds(2));
        latency.remove("10.0.0.1");
        status.put("10.0.0.1", 200);
        calls(1, "next");
        assertThat(transport.begun).endsWith("10.0.0.1");
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.READY);
    }

    @Test
    void the_end_of_a_trial_whose_lease_is_over_does_not_end_the_lease_of_the_next() {
        firstOnTrial();
        latency.put("10.0.0.1", Duration.ofHours(1));
        CompletableFuture<?> first = call("first");
        time.advance(Duration.ofSeconds(31));
        call("second");
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.1");
        first.cancel(true);
        call("third");
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.1", "10.0.0.2");
    }

    @Test
    void a_retry_after_of_a_day_on_trial_keeps_nobody_out_for_longer_than_the_longest_ejection() {
        retryAfter = "86400";
        firstOnTrial();
        status.put("10.0.0.1", 429);
        calls(1, "k");
        status.put("10.0.0.1", 200);
        time.advance(Duration.ofSeconds(290));
        calls(1, "k");
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.TRIAL);
        time.advance(Duration.ofSeconds(11));
        calls(1, "k");
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.READY);
    }

    @Test
    void an_overloaded_answer_on_trial_lets_the_next_wait_a_second() {
        firstOnTrial();
        status.put("10.0.0.1", 429);
        calls(3, "k"); // the first is turned away and goes on to the other
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.2");
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.TRIAL);
        time.advance(Duration.ofSeconds(1));
        status.put("10.0.0.1", 200);
        calls(1, "k");
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.READY);
    }

    @Test
    void a_trial_that_is_not_sent_gives_its_lease_back() {
        boolean[] fails = {false};
        start(payments(2)
                .balancer(InOrder::new)
                .ejection(Ejections.consecutiveFailures(3))
                .signer(request -> {
                    if (fails[0]) {
                        throw new IllegalStateException("no key today");
                    }
                    return request;
                }));
        status.put("10.0.0.1", 500);
        calls(4, null);
        time.advance(Duration.ofSeconds(33));
        transport.begun.clear();
        fails[0] = true;
        assertThat(call("k")).isCompletedExceptionally();
        fails[0] = false;
        status.put("10.0.0.1", 200);
        calls(1, "k");
        assertThat(transport.begun).containsExactly("10.0.0.1");
    }

    @Test
    void a_trial_goes_where_the_strategy_sends_the_key_and_to_no_other() {
        start(payments(4)
                .balancer(Balancers.rendezvous())
                .affinityKey(r -> r.headers().firstValue("Idempotency-Key").orElse(null))
                .ejection(Ejections.consecutiveFailures(3)));
        Map<String, String> home = new HashMap<>();
        for (int i = 0; i < 60; i++) {
            call("k" + i);
            home.put("k" + i, transport.begun.get(transport.begun.size() - 1));
            time.advance(Duration.ofMillis(2)); // so few at once that no endpoint is at its limit
        }
        time.advance(Duration.ofSeconds(1));
        status.put("10.0.0.1", 500);
        home.forEach((key, host) -> {
            if (host.equals("10.0.0.1")) {
                calls(1, key);
            }
        });
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.EJECTED);
        time.advance(Duration.ofSeconds(34));
        transport.begun.clear();
        latency.put("10.0.0.1", Duration.ofSeconds(1)); // so that the trial lasts
        home.forEach((key, host) -> {
            int before = transport.begun.size();
            call(key);
            if (!host.equals("10.0.0.1")) {
                assertThat(transport.begun.get(before)).isEqualTo(host);
            }
            time.advance(Duration.ofMillis(2));
        });
        assertThat(transport.begun).filteredOn("10.0.0.1"::equals).hasSize(1);
    }

    @Test
    void operators_drain_eject_and_restore_by_hand() {
        start(payments(2).balancer(InOrder::new));
        ServiceView service = client.service("PAYMENTS");
        latency.put("10.0.0.1", Duration.ofSeconds(1));
        var underWay = call(null);
        service.drain("http://10.0.0.1");
        time.advance(Duration.ofMillis(20));
        calls(3, null);
        assertThat(transport.begun).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.2", "10.0.0.2");
        assertThat(view("10.0.0.1").inFlight()).isOne();
        time.advance(Duration.ofSeconds(1));
        assertThat(underWay).isCompletedWithValueMatching(r -> r.statusCode() == 200);
        assertThat(state("10.0.0.1")).isEqualTo(EndpointState.DRAINING);
        service.restore("http://10.0.0.1:80/");
        time.advance(Duration.ofMillis(20));
        service.eject("http://10.0.0.2", Duration.ofMinutes(5));
        service.eject("http://10.0.0.1", Duration.ofMinutes(1));
        time.advance(Duration.ofMillis(20));
        assertThat(told)
                .containsExactly(
                        "drained 10.0.0.1: by an operator",
                        "back 10.0.0.1",
                        "out 10.0.0.2 for 300 s: by an operator",
                        "out 10.0.0.1 for 60 s: by an operator");
        assertThatThrownBy(() -> call(null).get())
                .cause()
                .isInstanceOf(NoEndpointException.class)
                .hasMessageContaining("http://10.0.0.1:80 is ejected for")
                .hasMessageContaining("http://10.0.0.2:80 is ejected for")
                .hasMessageContaining("by an operator");
        time.advance(Duration.ofMinutes(1)); // nobody else is left: the one whose time is over gets all, without trial
        calls(1, null);
        assertThat(transport.begun).endsWith("10.0.0.1");
        assertThat(service.toString()).contains("payments", "http://10.0.0.2:80", "EJECTED", "by an operator");
        assertThatThrownBy(() -> service.drain("http://10.0.0.9"))
                .hasMessageContaining("endpoint of payments is http://10.0.0.9:80")
                .hasMessageContaining("http://10.0.0.1:80");
        assertThatThrownBy(() -> service.eject("http://10.0.0.1", Duration.ZERO))
                .hasMessageContaining("time of the ejection");
        assertThatThrownBy(() -> client.service("refunds")).hasMessageContaining("one of [payments]");
    }

    /** Whatever happens in whatever order: more than half always stay, and when all are well again all come back. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void no_sequence_of_events_leaves_an_endpoint_out_for_ever(long seed) {
        Random random = new Random(seed);
        int size = 2 + random.nextInt(6);
        start(payments(size));
        List<CompletableFuture<?>> open = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            String host = "10.0.0." + (1 + random.nextInt(size));
            switch (random.nextInt(8)) {
                case 0 -> status.put(host, new int[] {200, 200, 500, 503, 429, 402}[random.nextInt(6)]);
                case 1 ->
                    latency.put(host, Duration.ofMillis(random.nextInt(3) == 0 ? 60_000 : 1 + random.nextInt(50)));
                case 2 -> {
                    if (!open.isEmpty()) {
                        open.remove(random.nextInt(open.size())).cancel(true);
                    }
                }
                case 3 -> time.advance(Duration.ofMillis(random.nextInt(5_000)));
                default -> open.add(call(random.nextInt(3) == 0 ? null : "k" + i));
            }
            time.advance(Duration.ofMillis(random.nextInt(30)));
            long ready = client.service("payments").endpoints().stream()
                    .filter(e -> e.state() == EndpointState.READY)
                    .count();
            assertThat(ready).isGreaterThanOrEqualTo(Math.max(1, (size + 1) / 2));
        }
        status.clear();
        latency.clear();
        for (int i = 0; i < 3000; i++) {
            call(i % 2 == 0 ? "w" + i : null);
            time.advance(Duration.ofMillis(400));
        }
        assertThat(client.service("payments").endpoints()).allSatisfy(e -> {
            assertThat(e.state()).isEqualTo(EndpointState.READY);
            assertThat(e.inFlight()).isZero();
        });
        Set<String> used = new HashSet<>(transport.begun.subList(transport.begun.size() - 500, transport.begun.size()));
        assertThat(used).hasSize(size);
    }
}
