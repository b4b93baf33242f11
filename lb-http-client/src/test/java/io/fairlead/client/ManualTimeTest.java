package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.CallException;
import io.fairlead.CallOptions;
import io.fairlead.CallTimeoutException;
import io.fairlead.CircuitOpenException;
import io.fairlead.Delivery;
import io.fairlead.Discovery;
import io.fairlead.Listener;
import io.fairlead.NoEndpointException;
import io.fairlead.OutcomeClassifier;
import io.fairlead.RateLimiter;
import io.fairlead.Service;
import io.fairlead.Settings;
import io.fairlead.Target;
import io.fairlead.ThrottledException;
import io.fairlead.health.Admissions;
import io.fairlead.health.Ejections;
import io.fairlead.ratelimit.RateLimiters;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** The decisions of a call, on a clock that stands still. */
class ManualTimeTest {

    private static final long MILLI = 1_000_000;

    private final ManualTime time = new ManualTime();
    private StubTransport transport;

    private BalancedClient client(Function<HttpRequest, StubTransport.Answer> server, Service.Builder service) {
        transport = new StubTransport(server);
        return BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(service.build())
                .build();
    }

    private static Service.Builder payments(int endpoints) {
        String[] urls = new String[endpoints];
        for (int i = 0; i < endpoints; i++) {
            urls[i] = "http://10.0.0." + (i + 1) + ":80";
        }
        return Service.named("payments").targets(urls).balancer(InOrder::new);
    }

    private static HttpRequest.Builder get() {
        return HttpRequest.newBuilder(URI.create("http://payments/"));
    }

    private static HttpRequest charge() {
        return get().POST(BodyPublishers.ofString("x")).build();
    }

    private static HttpResponse<String> send(BalancedClient client, HttpRequest request)
            throws IOException, InterruptedException {
        return client.send(request, BodyHandlers.ofString());
    }

    private List<String> hosts() {
        return transport.requests.stream().map(r -> r.uri().getHost()).toList();
    }

    @Test
    void the_first_retry_elsewhere_has_no_back_off_and_the_next_a_jittered_one() throws Exception {
        BalancedClient client = client(r -> StubTransport.Answer.of(503), payments(2));
        assertThat(send(client, get().build()).statusCode()).isEqualTo(503);
        assertThat(hosts()).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.1");
        assertThat(time.naps()).hasSize(1).allMatch(nap -> nap > 0 && nap <= 50 * MILLI);
    }

    @Test
    void retry_after_is_obeyed_in_seconds_and_as_a_date_and_never_beyond_the_deadline() throws Exception {
        BalancedClient seconds = client(r -> StubTransport.Answer.of(503, "Retry-After", "3"), payments(1));
        send(seconds, get().build());
        assertThat(time.naps()).containsExactly(3000 * MILLI, 3000 * MILLI);
        BalancedClient date = client(
                r -> transport.requests.size() == 1
                        ? StubTransport.Answer.of(503, "Retry-After", "Fri, 02 Jan 2026 03:04:15 GMT")
                        : StubTransport.Answer.of(200),
                payments(1));
        send(date, get().build());
        assertThat(time.naps().get(2)).isEqualTo(4000 * MILLI);
        BalancedClient late = client(r -> StubTransport.Answer.of(503, "Retry-After", "60"), payments(1));
        assertThat(send(late, get().timeout(Duration.ofSeconds(30)).build()).statusCode())
                .isEqualTo(503);
        assertThat(transport.requests).hasSize(1);
    }

    @Test
    void the_budget_bounds_the_attempts_of_the_service_as_a_whole() throws Exception {
        BalancedClient client = client(r -> StubTransport.Answer.of(503), payments(2));
        for (int i = 0; i < 200; i++) {
            send(client, get().build());
        }
        // 10 in reserve, 20 % of 200 calls, and what a few moments of back-off bring
        assertThat(transport.requests.size() - 200).isBetween(40, 52);
    }

    @Test
    void what_is_proven_unsent_goes_to_four_further_endpoints_and_costs_no_budget() throws Exception {
        BalancedClient down = client(
                r -> StubTransport.Answer.failing(new ConnectException()),
                payments(7).retryPolicy(Retries.none()).retryBudget(Retries.budget(0, 0, time.environment(1))));
        CallException failure = catchThrowableOfType(CallException.class, () -> send(down, charge()));
        assertThat(failure.delivery()).isEqualTo(Delivery.NOT_PROCESSED);
        assertThat(failure.attempts()).hasSize(5);
        assertThat(hosts()).doesNotHaveDuplicates();
    }

    @Test
    void each_attempt_costs_permits_and_an_answer_is_not_thrown_away_for_a_retry_that_gets_none() throws Exception {
        RateLimiter two = RateLimiters.tokenBucket(1, Duration.ofHours(1))
                .burst(2)
                .environment(time.environment(1))
                .build();
        BalancedClient client =
                client(r -> StubTransport.Answer.of(503), payments(3).rateLimiter(two));
        assertThat(send(client, get().build()).statusCode()).isEqualTo(503);
        assertThat(transport.requests).hasSize(2);
        assertThatThrownBy(() -> send(client, get().build())).isInstanceOf(ThrottledException.class);
    }

    @Test
    void waits_for_its_permit_and_gives_it_back_where_it_is_not_used() throws Exception {
        RateLimiter one = RateLimiters.tokenBucket(1, Duration.ofSeconds(1))
                .burst(1)
                .environment(time.environment(1))
                .build();
        BalancedClient client = client(
                r -> StubTransport.Answer.of(200), payments(1).rateLimiter(one).signer(request -> {
                    if (request.uri().getPath().equals("/bad")) {
                        throw new IllegalStateException("no key");
                    }
                    return request;
                }));
        send(client, get().build());
        send(client, get().build());
        assertThat(time.naps()).containsExactly(1000 * MILLI);
        time.advance(Duration.ofSeconds(1));
        HttpRequest bad =
                HttpRequest.newBuilder(URI.create("http://payments/bad")).build();
        assertThatThrownBy(() -> send(client, bad)).isInstanceOf(CallException.class);
        send(client, get().build());
        assertThat(time.naps()).hasSize(1);
    }

    @Test
    void a_machine_that_slept_does_not_pay_late() {
        BalancedClient client =
                client(r -> StubTransport.Answer.of(200), payments(1).signer(request -> {
                    time.jumpDate(Duration.ofMinutes(10)); // the clock stood still, the date went on
                    return request;
                }));
        HttpRequest request = get().POST(BodyPublishers.ofString("x"))
                .timeout(Duration.ofSeconds(5))
                .build();
        CallTimeoutException failure = catchThrowableOfType(CallTimeoutException.class, () -> send(client, request));
        assertThat(failure.delivery()).isEqualTo(Delivery.NOT_PROCESSED);
        assertThat(transport.requests).isEmpty();
    }

    @Test
    void an_admission_gets_its_permit_back_with_the_outcome_or_unused() throws Exception {
        List<String> events = new ArrayList<>();
        Admission admission = (attempt, most) -> CompletableFuture.completedFuture(new Admission.Permit() {
            @Override
            public void release(Attempt attempt) {
                assertThat(Thread.holdsLock(attempt)).isFalse(); // who waits in line for it goes on here
                events.add("released " + attempt.outcome());
            }

            @Override
            public void cancel() {
                events.add("cancelled");
            }
        });
        List<Boolean> sign = new ArrayList<>(List.of(true, false));
        BalancedClient client = client(
                r -> StubTransport.Answer.of(200),
                payments(1).admission(admission).signer(request -> {
                    if (!sign.remove(0)) {
                        throw new IllegalStateException("no key");
                    }
                    return request;
                }));
        send(client, charge());
        assertThatThrownBy(() -> send(client, charge())).isInstanceOf(CallException.class);
        assertThat(events).containsExactly("released SUCCESS", "cancelled");
    }

    @Test
    void an_admission_by_name_and_a_circuit_breaker_hold_calls_back() throws Exception {
        BalancedClient named = client(
                r -> StubTransport.Answer.of(200),
                payments(1)
                        .maxWait(Duration.ofNanos(1))
                        .admission(
                                "keyed",
                                Settings.of(Map.of("permits", "1", "per", "PT1H", "burst", "1", "key", "affinity"))));
        assertThat(send(named, keyed("a")).statusCode()).isEqualTo(200);
        assertThat(send(named, keyed("b")).statusCode()).isEqualTo(200);
        assertThatThrownBy(() -> send(named, keyed("a"))).isInstanceOf(ThrottledException.class);
        BalancedClient sick = client(
                r -> StubTransport.Answer.of(500),
                payments(1)
                        .admission(Admissions.circuitBreaker()
                                .environment(time.environment(1))
                                .build()));
        for (int i = 0; i < 20; i++) {
            assertThat(send(sick, charge()).statusCode()).isEqualTo(500);
        }
        assertThatThrownBy(() -> send(sick, charge()))
                .isInstanceOfSatisfying(CircuitOpenException.class, e -> {
                    assertThat(e.delivery()).isEqualTo(Delivery.NOT_PROCESSED);
                    assertThat(e.until()).isAfter(time.date());
                })
                .hasMessageContaining("calls failed");
        assertThat(transport.requests).hasSize(20);
    }

    private static HttpRequest keyed(String key) {
        return CallOptions.none().withAffinityKey(key).on(charge());
    }

    @Test
    void a_refused_admission_is_a_throttled_call() {
        BalancedClient client = client(
                r -> StubTransport.Answer.of(200),
                payments(1)
                        .admission(
                                (attempt, most) -> CompletableFuture.failedFuture(new IOException("quota used up"))));
        assertThatThrownBy(() -> send(client, charge()))
                .isInstanceOf(ThrottledException.class)
                .hasMessageContaining("quota used up");
        assertThat(transport.requests).isEmpty();
    }

    @Test
    void an_endpoint_that_fails_five_times_in_a_row_is_left_alone_and_comes_back() throws Exception {
        List<String> events = new ArrayList<>();
        AtomicBoolean well = new AtomicBoolean();
        Listener listener = new Listener() {
            @Override
            public void endpointEjected(String service, Target target, long nanos, String reason) {
                events.add("out " + target.uri().getHost() + " " + reason);
            }

            @Override
            public void endpointReturned(String service, Target target) {
                events.add("back " + target.uri().getHost());
            }
        };
        BalancedClient client = client(
                r -> StubTransport.Answer.of(r.uri().getHost().equals("10.0.0.1") && !well.get() ? 500 : 200),
                payments(2)
                        .listener(listener)
                        .ejection(Ejections.consecutiveFailures(5).baseTime(Duration.ofSeconds(10))));
        for (int i = 0; i < 8; i++) {
            send(client, charge());
            time.advance(Duration.ofMillis(20));
        }
        assertThat(hosts().subList(5, 8)).containsOnly("10.0.0.2");
        time.advance(Duration.ofSeconds(12));
        assertThat(events).containsExactly("out 10.0.0.1 5 failures in a row");
        well.set(true);
        send(client, get().build());
        time.advance(Duration.ofMillis(20));
        assertThat(hosts().get(8)).isEqualTo("10.0.0.1");
        assertThat(events).endsWith("back 10.0.0.1");
        send(client, charge());
        assertThat(hosts().get(9)).isEqualTo("10.0.0.1");
    }

    @Test
    void half_of_the_endpoints_always_stay() throws Exception {
        BalancedClient client = client(r -> StubTransport.Answer.of(500), payments(5));
        for (int i = 0; i < 40; i++) {
            send(client, charge());
            time.advance(Duration.ofMillis(20));
        }
        assertThat(hosts()).contains("10.0.0.1", "10.0.0.2", "10.0.0.3").doesNotContain("10.0.0.4");
    }

    @Test
    void a_removed_endpoint_gets_no_further_request_and_keeps_its_ejection_if_it_returns() throws Exception {
        Discovery.Sink[] sink = new Discovery.Sink[1];
        BalancedClient client = client(
                r -> StubTransport.Answer.of(r.uri().getHost().equals("a") ? 500 : 200),
                Service.named("payments")
                        .balancer(InOrder::new)
                        .ejection(Ejections.consecutiveFailures(1))
                        .discovery((env, s) -> {
                            sink[0] = s;
                            return () -> {};
                        }));
        List<Target> both = List.of(Target.of("http://a"), Target.of("http://b"));
        sink[0].targets(both);
        send(client, charge());
        time.advance(Duration.ofMillis(20)); // health flips are coalesced
        send(client, charge());
        sink[0].targets(List.of(Target.of("http://b")));
        send(client, charge());
        sink[0].targets(both);
        send(client, charge());
        sink[0].targets(List.of()); // not believed
        send(client, charge());
        assertThat(hosts()).containsExactly("a", "b", "b", "b", "b");
        time.advance(Duration.ofSeconds(60));
        send(client, charge()); // nothing safer came to try it with for ten seconds and more
        assertThat(hosts().get(5)).isEqualTo("a");
    }

    @Test
    void without_targets_a_call_waits_no_longer_than_it_may() {
        BalancedClient client = client(
                r -> StubTransport.Answer.of(200),
                Service.named("payments").maxWait(Duration.ofMillis(20)).discovery((env, s) -> () -> {}));
        assertThatThrownBy(() -> send(client, charge()))
                .isInstanceOf(NoEndpointException.class)
                .hasMessageContaining("no targets yet");
    }

    @Test
    void an_address_of_ip_version_6_and_what_a_request_asks_for_are_kept() throws Exception {
        BalancedClient client = client(
                r -> StubTransport.Answer.of(200), Service.named("payments").targets("http://[::1]:8080/v1"));
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://PAYMENTS/a?b"))
                .expectContinue(true)
                .version(HttpClient.Version.HTTP_2)
                .timeout(Duration.ofSeconds(7))
                .PUT(BodyPublishers.ofString("x"))
                .build();
        send(client, request);
        HttpRequest sent = transport.requests.get(0);
        assertThat(sent.uri()).isEqualTo(URI.create("http://[::1]:8080/v1/a?b"));
        assertThat(sent.expectContinue()).isTrue();
        assertThat(sent.version()).contains(HttpClient.Version.HTTP_2);
        assertThat(sent.timeout()).contains(Duration.ofSeconds(7));
        assertThat(sent.method()).isEqualTo("PUT");
    }

    @Test
    void a_409_to_a_keyed_request_can_mean_in_progress() throws Exception {
        BalancedClient client = client(
                r -> StubTransport.Answer.of(transport.requests.size() < 3 ? 409 : 200),
                payments(1).generateIdempotencyKeys().classifier(OutcomeClassifier.conflictMeansInProgress()));
        assertThat(send(client, charge()).statusCode()).isEqualTo(200);
        assertThat(transport.requests.stream()
                        .map(r -> r.headers().firstValue("Idempotency-Key").orElse(""))
                        .distinct())
                .hasSize(1);
    }

    @Test
    void a_listener_that_throws_disturbs_nothing_and_hears_each_event_once() throws Exception {
        List<String> heard = new ArrayList<>();
        Listener listener = new Listener() {
            @Override
            public void attemptStarted(Attempt attempt) {
                heard.add("started " + attempt.number());
                throw new IllegalStateException("mine");
            }

            @Override
            public void attemptAnswered(Attempt attempt) {
                heard.add("answered " + attempt.status());
                throw new IllegalStateException("mine");
            }

            @Override
            public void attemptFinished(Attempt attempt) {
                heard.add("finished " + attempt.outcome());
                throw new IllegalStateException("mine");
            }

            @Override
            public void callFinished(long id, String s, int status, int attempts, long nanos, Throwable failure) {
                heard.add("call " + status + " after " + attempts);
                throw new IllegalStateException("mine");
            }
        };
        BalancedClient client = client(
                r -> StubTransport.Answer.of(transport.requests.size() == 1 ? 503 : 200),
                payments(2).listener(listener));
        send(client, get().build());
        assertThat(heard)
                .containsExactly(
                        "started 1",
                        "answered 503",
                        "finished OVERLOADED",
                        "started 2",
                        "answered 200",
                        "finished SUCCESS",
                        "call 200 after 2");
    }

    @Test
    void the_asynchronous_form_decides_the_same() throws Exception {
        BalancedClient client = client(r -> StubTransport.Answer.of(503), payments(2));
        CompletableFuture<HttpResponse<String>> call = client.sendAsync(get().build(), BodyHandlers.ofString());
        assertThat(call).isNotDone();
        assertThat(hosts()).containsExactly("10.0.0.1", "10.0.0.2");
        time.advance(Duration.ofMillis(50));
        assertThat(call.get().statusCode()).isEqualTo(503);
        assertThat(transport.requests).hasSize(3);
        client.close();
    }
}
