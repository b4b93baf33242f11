package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Balancer;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A pick by key allocates nothing, and is right while others rebuild the picker. */
class KeyedPickTest {

    private static final int RUNS = 20_000;

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
    @ValueSource(strings = {"ring", "maglev", "rendezvous"})
    void a_pick_allocates_nothing(String name) {
        for (KeyedBalancer balancer :
                List.of(Keyed.ALL.get(name), Keyed.ALL.get(name).boundedLoad(1.25))) {
            for (int n : new int[] {3, 200}) {
                List<FakeEndpoint> fleet = Keyed.fleet(0, n);
                fleet.forEach(endpoint -> endpoint.inFlight(7));
                Picker picker = balancer.start(Environment.system()).picker(EndpointSet.of(fleet));
                for (String key : new String[] {"merchant-4711", "Ω-κλειδί", null}) {
                    FakeAttempt attempt = Keyed.attempt(key);
                    Endpoint first = picker.pick(attempt);
                    assertThat(bytes(() -> picker.pick(attempt)))
                            .as("%s, key %s", name, key)
                            .isLessThan(RUNS); // less than a byte a run: not one object
                    ((FakeEndpoint) first).inFlight(1_000); // the overflow
                    FakeAttempt retry = Keyed.attempt(key).number(2).alreadyTried(fleet.get(1));
                    assertThat(bytes(() -> picker.pick(retry))).isLessThan(RUNS);
                }
            }
        }
    }

    @Test
    void threads_that_pick_during_rebuilds_see_the_one_snapshot_or_the_other() throws Exception {
        List<FakeEndpoint> all = Keyed.fleet(0, 12);
        List<FakeEndpoint> some = all.subList(0, 9);
        List<List<FakeEndpoint>> snapshots = List.of(all, some);
        for (Balancer balancer : Keyed.ALL.values()) {
            List<Endpoint> ofAll = Keyed.owners(Keyed.picker(balancer, all), 1_000);
            List<Endpoint> ofSome = Keyed.owners(Keyed.picker(balancer, some), 1_000);
            Strategy strategy = balancer.start(Environment.system());
            AtomicReference<Picker> published = new AtomicReference<>(strategy.picker(EndpointSet.of(all)));
            AtomicBoolean over = new AtomicBoolean();
            ExecutorService threads = Executors.newFixedThreadPool(4);
            try {
                List<Future<Integer>> results = new ArrayList<>();
                for (int t = 0; t < 4; t++) {
                    results.add(threads.submit(() -> wrongPicks(published, ofAll, ofSome, over)));
                }
                for (int i = 0; i < 100; i++) {
                    List<FakeEndpoint> next = Keyed.shuffled(snapshots.get(i % 2), i);
                    published.set(strategy.picker(EndpointSet.of(next)));
                }
                over.set(true);
                for (Future<Integer> result : results) {
                    assertThat(result.get(1, TimeUnit.MINUTES)).isZero();
                }
            } finally {
                over.set(true);
                threads.shutdownNow();
            }
        }
    }

    private static int wrongPicks(
            AtomicReference<Picker> published, List<Endpoint> ofAll, List<Endpoint> ofSome, AtomicBoolean over) {
        FakeAttempt attempt = FakeAttempt.fresh();
        int wrong = 0;
        do {
            for (int i = 0; i < ofAll.size(); i++) {
                Endpoint choice = published.get().pick(attempt.affinityKey(Keyed.key(i)));
                wrong += choice == ofAll.get(i) || choice == ofSome.get(i) ? 0 : 1;
            }
        } while (!over.get());
        return wrong;
    }
}
