package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fairlead.Balancer;
import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.Providers;
import io.fairlead.Settings;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every state that threads share loses nothing when they meet: what is exact alone is exact together. */
class GaugesRaceTest {

    private static final int THREADS = 8;
    private static final HttpHeaders NONE = HttpHeaders.of(Map.of(), (name, value) -> true);

    /** Runs the task so often on each thread, all starting together. */
    private static void race(int times, IntConsumer task) throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(THREADS);
        try {
            CyclicBarrier start = new CyclicBarrier(THREADS);
            List<Future<?>> all = new ArrayList<>();
            for (int t = 0; t < THREADS; t++) {
                int first = t * times;
                all.add(threads.submit(() -> {
                    start.await();
                    for (int i = 0; i < times; i++) {
                        task.accept(first + i);
                    }
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get();
            }
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    private static FakeAttempt ended(FakeEndpoint endpoint, long start, long end, int status, Outcome outcome) {
        return FakeAttempt.fresh()
                .at(endpoint)
                .startedAt(start)
                .answer(status, NONE)
                .verdict(outcome, Delivery.UNKNOWN)
                .eventAt(end);
    }

    @Test
    void declines_that_race_raise_no_alarm_where_they_are_usual_and_one_where_they_are_not() throws Exception {
        Declines.Shared shared = new Declines.Shared();
        Declines usual = new Declines(shared);
        Declines declining = new Declines(shared);
        AtomicInteger alarms = new AtomicInteger();
        race(2_000, i -> alarms.addAndGet(usual.standsOut(i % 4 == 0 ? 402 : 200, 10_000) ? 1 : 0));
        assertThat(alarms).hasValue(0);
        race(20, i -> alarms.addAndGet(declining.standsOut(402, 10_000) ? 1 : 0));
        assertThat(alarms.get()).isPositive();
    }

    @Test
    void no_penalty_is_lost() throws Exception {
        Fleet fleet = Fleet.equal(Balancers.leastRequest(), 1);
        FakeEndpoint endpoint = fleet.endpoints.get(0);
        long now = fleet.time.nanoTime();
        race(100, i -> {
            FakeAttempt attempt = ended(endpoint, now, now, 500, Outcome.FAILED);
            endpoint.gauge().started(attempt);
            endpoint.gauge().answered(attempt);
            endpoint.gauge().finished(attempt);
        });
        assertThat(endpoint.load()).isCloseTo(10.0 * THREADS * 100, within(10.0));
    }

    @Test
    void failures_of_one_moment_are_one_failure_to_the_avoidance() throws Exception {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 2);
        FakeEndpoint endpoint = fleet.endpoints.get(0);
        long begun = fleet.time.nanoTime();
        fleet.time.advance(Duration.ofMillis(10));
        long now = fleet.time.nanoTime();
        race(50, i -> {
            FakeAttempt attempt = ended(endpoint, begun, now, 500, Outcome.FAILED);
            endpoint.gauge().started(attempt);
            endpoint.gauge().answered(attempt);
            endpoint.gauge().finished(attempt);
        });
        fleet.pick(FakeAttempt.fresh());
        assertThat(endpoint.load()).isGreaterThanOrEqualTo(PeakEwma.AVOIDED);
        fleet.time.advance(Duration.ofMillis(6_100)); // 5 s and a fifth, once
        fleet.pick(FakeAttempt.fresh());
        assertThat(endpoint.load()).isLessThan(PeakEwma.AVOIDED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"least-request", "least-cost", "peak-ewma", "load-reported", "standard", "ring", "sticky"})
    void a_gauge_is_as_before_when_all_have_ended(String name) throws Exception {
        Balancer balancer = Providers.load()
                .create(Balancer.class, name, Settings.none(), new Fleet(Balancers.random(), 1, Fleet::target).env);
        Fleet fleet = Fleet.equal(balancer, 3);
        long now = fleet.time.nanoTime();
        long later = now + 50_000_000;
        race(2_000, i -> {
            FakeEndpoint endpoint = fleet.endpoints.get(i % 3);
            FakeAttempt attempt = FakeAttempt.fresh().at(endpoint).startedAt(now);
            endpoint.gauge().started(attempt);
            attempt.answer(200, NONE)
                    .verdict(Outcome.SUCCESS, Delivery.PROCESSED)
                    .eventAt(later);
            endpoint.gauge().answered(attempt);
            endpoint.gauge().finished(attempt);
        });
        fleet.time.advance(Duration.ofMillis(50));
        fleet.pick(FakeAttempt.fresh().affinityKey("k"));
        double after = fleet.endpoints.get(0).load();
        fleet.time.advance(Duration.ofMinutes(1)); // what still waited would look a minute old
        fleet.pick(FakeAttempt.fresh().affinityKey("k"));
        assertThat(fleet.endpoints).allSatisfy(e -> assertThat(e.load()).isBetween(0.0, Math.max(after, 0.051)));
    }

    @Test
    void reported_loads_settle_on_what_all_report() throws Exception {
        Fleet fleet = Fleet.equal(Balancers.loadReported(attempt -> 0.25), 2);
        FakeEndpoint endpoint = fleet.endpoints.get(0);
        long now = fleet.time.nanoTime();
        race(500, i -> endpoint.gauge().answered(ended(endpoint, now, now, 200, Outcome.SUCCESS)));
        assertThat(endpoint.load()).isCloseTo(0.25, within(1e-6));
    }
}
