package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;

/** Priorities and zones: how much goes where, and when it comes back. */
class LevelsTest {

    private final ManualTime time = new ManualTime();

    private static Target target(String host) {
        return Target.of("http://" + host + ":80");
    }

    private static double share(Picker picker, Endpoint of, int picks) {
        int seen = 0;
        for (int i = 0; i < picks; i++) {
            seen += picker.pick(FakeAttempt.fresh()) == of ? 1 : 0;
        }
        return (double) seen / picks;
    }

    private static Fleet zones() {
        return new Fleet(
                Balancers.preferZone("here", Balancers.roundRobin()),
                8,
                i -> Fleet.target(i).withZone(i < 4 ? "here" : "there"));
    }

    private static int[] withHealthy(Fleet fleet, int here, int picks) {
        EndpointSet all = EndpointSet.of(fleet.endpoints);
        List<FakeEndpoint> healthy = new ArrayList<>(fleet.endpoints.subList(0, here));
        healthy.addAll(fleet.endpoints.subList(4, 8));
        fleet.picker = fleet.strategy.picker(EndpointSet.of(healthy).outOf(all));
        int[] shares = fleet.shares(picks);
        return new int[] {shares[0] + shares[1] + shares[2] + shares[3], shares[4] + shares[5] + shares[6] + shares[7]};
    }

    /** Envoy's own example of overprovisioning: at 50 % healthy, a level carries 70 %. */
    @Test
    void a_zone_keeps_its_traffic_as_far_as_it_can_carry_it_and_gets_it_back_after_a_while() {
        Fleet fleet = zones();
        assertThat(withHealthy(fleet, 4, 1000)).containsExactly(1000, 0);
        assertThat(withHealthy(fleet, 3, 1000)).containsExactly(1000, 0); // 1.4 · 75 % is more than all
        int[] half = withHealthy(fleet, 2, 10_000);
        assertThat(half[0]).isBetween(6800, 7200);
        assertThat(withHealthy(fleet, 0, 1000)).containsExactly(0, 1000);
        assertThat(withHealthy(fleet, 2, 1000)[0]).isZero(); // it spills at once, and comes back after ten seconds
        fleet.time.advance(Duration.ofSeconds(11));
        int[] back = fleet.shares(10_000);
        assertThat(back[0] + back[1]).isBetween(6800, 7200);
    }

    @Test
    void a_key_stays_at_its_level() {
        Fleet fleet = zones();
        withHealthy(fleet, 2, 1);
        for (int i = 0; i < 100; i++) {
            String key = "k" + i;
            boolean here = isHere(fleet.pickKey(key));
            for (int again = 0; again < 5; again++) {
                assertThat(isHere(fleet.pickKey(key))).isEqualTo(here);
            }
        }
    }

    private static boolean isHere(Endpoint endpoint) {
        return endpoint.target().zone().equals("here");
    }

    @Test
    void lower_priorities_get_nothing_while_the_first_is_well_and_retries_go_there() {
        Fleet fleet = new Fleet(
                Balancers.priorities(Balancers.leastRequest()),
                4,
                i -> Fleet.target(i).withPriority(i < 2 ? 0 : 1));
        int[] shares = fleet.shares(100);
        assertThat(shares[0] + shares[1]).isEqualTo(100);
        Endpoint last = fleet.pick(FakeAttempt.fresh()
                .number(3)
                .alreadyTried(fleet.endpoints.get(0))
                .alreadyTried(fleet.endpoints.get(1)));
        assertThat(fleet.endpoints.indexOf(last)).isGreaterThanOrEqualTo(2);
    }

    @Test
    void what_happens_in_one_zone_moves_no_traffic_of_another() {
        Strategy strategy = Balancers.preferZone("a", Balancers.priorities(Balancers.roundRobin()))
                .start(time.environment(1));
        FakeEndpoint primaryA = FakeEndpoint.of(target("a0").withZone("a"), strategy);
        FakeEndpoint backupA = FakeEndpoint.of(target("a1").withZone("a").withPriority(1), strategy);
        FakeEndpoint primaryB = FakeEndpoint.of(target("b0").withZone("b"), strategy);
        FakeEndpoint sickB = FakeEndpoint.of(target("b1").withZone("b"), strategy);
        FakeEndpoint backupB = FakeEndpoint.of(target("b2").withZone("b").withPriority(1), strategy);
        EndpointSet listed = EndpointSet.of(primaryA, backupA, primaryB, sickB, backupB);
        EndpointSet healthy =
                EndpointSet.of(primaryA, backupA, primaryB, backupB).outOf(listed);
        strategy.picker(healthy);
        Picker picker = strategy.picker(healthy); // another report, of the same
        assertThat(share(picker, backupA, 1000))
                .as("zone a is well: its backup gets nothing")
                .isZero();
    }

    @Test
    void to_priorities_an_endpoint_in_slow_start_is_no_sick_one() {
        time.advance(Duration.ofHours(1));
        Strategy strategy = Balancers.slowStart(Duration.ofSeconds(10), Balancers.priorities(Balancers.roundRobin()))
                .start(time.environment(1));
        FakeEndpoint primary = FakeEndpoint.of(target("p"), strategy);
        FakeEndpoint returned = FakeEndpoint.of(target("r"), strategy);
        FakeEndpoint backup = FakeEndpoint.of(target("b").withPriority(1), strategy);
        EndpointSet all = EndpointSet.of(primary, returned, backup);
        returned.readySinceNanos(time.nanoTime()); // new, and listed for the first time: nothing was ever sick
        primary.readySinceNanos(time.nanoTime() - Duration.ofMinutes(1).toNanos());
        backup.readySinceNanos(time.nanoTime() - Duration.ofMinutes(1).toNanos());
        strategy.picker(all);
        Picker picker = strategy.picker(all);
        assertThat(share(picker, backup, 1000)).isZero();
    }

    @Test
    void each_endpoint_counts_ten_seconds_after_its_own_return() {
        Strategy strategy = Balancers.priorities(Balancers.roundRobin()).start(time.environment(1));
        List<FakeEndpoint> primary = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            primary.add(FakeEndpoint.of(target("p" + i), strategy));
        }
        FakeEndpoint backup = FakeEndpoint.of(target("b").withPriority(1), strategy);
        List<Endpoint> all = new ArrayList<>(primary);
        all.add(backup);
        EndpointSet listed = EndpointSet.of(all);
        IntFunction<Picker> healthy = n -> {
            List<Endpoint> set = new ArrayList<>(primary.subList(0, n));
            set.add(backup);
            return strategy.picker(EndpointSet.of(set).outOf(listed));
        };
        assertThat(healthy.apply(1)).isNotNull(); // 14 % at level 0
        time.advance(Duration.ofSeconds(1));
        assertThat(healthy.apply(2)).isNotNull(); // a little better
        time.advance(Duration.ofMillis(9_900));
        Picker picker = healthy.apply(10); // all well, for a tenth of a second so far
        time.advance(Duration.ofMillis(200));
        assertThat(share(picker, backup, 1000))
                .as("ten seconds have not gone by")
                .isGreaterThan(0.1);
    }

    @Test
    void where_all_have_just_returned_the_first_level_gets_all_that_others_cannot_carry() {
        Fleet fleet = zones();
        EndpointSet all = EndpointSet.of(fleet.endpoints);
        fleet.strategy.picker(EndpointSet.of().outOf(all));
        fleet.strategy.picker(EndpointSet.of(fleet.endpoints.get(7)).outOf(all));
        assertThat(withHealthy(fleet, 4, 1000)).containsExactly(1000, 0);
    }

    @Test
    void an_endpoint_that_flaps_does_not_make_the_traffic_flap() {
        Fleet fleet = zones();
        withHealthy(fleet, 1, 1);
        for (int i = 0; i < 10; i++) {
            fleet.time.advance(Duration.ofSeconds(6));
            assertThat(withHealthy(fleet, 2, 10_000)[0]).isBetween(3200, 3800); // as with one: 1.4 · 25 %
            fleet.time.advance(Duration.ofSeconds(6));
            assertThat(withHealthy(fleet, 1, 10_000)[0]).isBetween(3200, 3800);
        }
    }

    /** Else the share of the whole list that the client has would look like its health. */
    @Test
    void priorities_within_a_subset_see_the_subset() {
        Fleet fleet = new Fleet(
                Balancers.subset(10, "pod-1", Balancers.priorities(Balancers.roundRobin())),
                100,
                i -> Fleet.target(i).withPriority(i % 2));
        int[] shares = fleet.shares(1_000);
        for (int i = 1; i < 100; i += 2) {
            assertThat(shares[i]).isZero();
        }
    }
}
