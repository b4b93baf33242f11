package io.fairlead.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Balancer;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import io.fairlead.Picker;
import io.fairlead.Providers;
import io.fairlead.RateLimiter;
import io.fairlead.Settings;
import io.fairlead.Strategy;
import io.fairlead.Target;
import io.fairlead.ratelimit.RateLimiters;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What runs on every attempt allocates nothing. Here, because it needs a module that the libraries do not. */
class HotPathAllocationTest {

    private static final int RUNS = 50_000;

    /** Bytes that the action allocates in many runs, after as many to warm up; the least of five measurements. */
    private static long bytes(Runnable action) {
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 6; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int j = 0; j < RUNS; j++) {
                action.run();
            }
            long used = threads.getCurrentThreadAllocatedBytes() - before;
            least = i == 0 ? least : Math.min(least, used);
        }
        return least;
    }

    @ParameterizedTest
    @CsvSource({
        "round-robin, FAILED",
        "smooth-round-robin, FAILED",
        "random, FAILED",
        "least-request, FAILED",
        "least-cost, FAILED",
        "peak-ewma, SUCCESS", // on a failure it notes until when it avoids the endpoint
        "standard, SUCCESS",
        "priorities, SUCCESS",
        "load-reported, SUCCESS",
        "ring, FAILED",
        "maglev, FAILED",
        "rendezvous, FAILED",
        "sticky, SUCCESS"
    })
    void neither_pick_nor_record_allocates(String name, Outcome outcome) {
        Environment env = Environment.system();
        Strategy strategy = Providers.load()
                .create(Balancer.class, name, Settings.none(), env)
                .start(env);
        for (int n : new int[] {3, 30}) {
            List<Endpoint> endpoints = new ArrayList<>();
            for (int i = 0; i < n; i++) {
                Target target = Target.of("http://10.0.0.1:" + (1000 + i)).withWeight(1 + i % 3);
                endpoints.add(FakeEndpoint.of(target, strategy));
            }
            Picker picker = strategy.picker(EndpointSet.of(endpoints));
            FakeAttempt attempt = FakeAttempt.fresh()
                    .affinityKey("merchant")
                    .startedAt(env.nanoTime())
                    .eventAt(env.nanoTime())
                    .verdict(outcome, Delivery.UNKNOWN);
            assertThat(bytes(() -> {
                        FakeEndpoint endpoint = (FakeEndpoint) picker.pick(attempt);
                        endpoint.gauge().started(attempt);
                        endpoint.gauge().answered(attempt);
                        endpoint.gauge().finished(attempt);
                    }))
                    .isLessThan(RUNS); // less than a byte a run: not one object
        }
    }

    @Test
    void a_reservation_allocates_nothing() {
        RateLimiter bucket = RateLimiters.tokenBucket(1_000, Duration.ofSeconds(1))
                .burst(1_000_000_000)
                .build();
        assertThat(bytes(() -> bucket.reserve(1, 0))).isLessThan(RUNS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"aimd", "queue-aware", "gradient2", "vegas"})
    void what_a_concurrency_limit_learns_allocates_nothing(String name) {
        Environment env = Environment.system();
        ConcurrencyLimit.Cap cap = Providers.load()
                .create(ConcurrencyLimit.class, name, Settings.none(), env)
                .start(env);
        FakeAttempt attempt = FakeAttempt.fresh()
                .startedAt(env.nanoTime())
                .eventAt(env.nanoTime())
                .verdict(Outcome.SUCCESS, Delivery.PROCESSED);
        assertThat(bytes(() -> cap.answered(attempt, cap.limit()))).isLessThan(RUNS);
    }
}
