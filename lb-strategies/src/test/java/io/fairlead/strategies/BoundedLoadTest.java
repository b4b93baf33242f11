package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Endpoint;
import io.fairlead.Picker;
import io.fairlead.Target;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BoundedLoadTest {

    private static void start(Endpoint endpoint) {
        ((FakeEndpoint) endpoint).inFlight(endpoint.inFlight() + 1);
    }

    private static int total(List<FakeEndpoint> fleet) {
        return fleet.stream().mapToInt(Endpoint::inFlight).sum();
    }

    /** What the definition allows, with room for the last digit. */
    private static int slots(Endpoint endpoint, List<FakeEndpoint> fleet, double factor) {
        double weights = fleet.stream().mapToDouble(e -> e.target().weight()).sum();
        double share = endpoint.target().weight() / weights;
        return (int) Math.ceil(factor * (total(fleet) + 1) * share + 1e-9);
    }

    @ParameterizedTest
    @CsvSource({
        "ring, 1.01", "ring, 1.25", "ring, 2",
        "maglev, 1.01", "maglev, 1.25", "maglev, 2",
        "rendezvous, 1.01", "rendezvous, 1.25", "rendezvous, 2"
    })
    void no_endpoint_is_ever_given_more_than_its_bound(String name, double factor) {
        for (double[] weights : new double[][] {{1}, {1, 1}, {1, 1, 1, 1, 1, 1, 1}, {1, 2, 3, 10}, {1, 1000}}) {
            List<FakeEndpoint> fleet = Keyed.fleet(0, weights);
            Picker picker = Keyed.picker(Keyed.ALL.get(name).boundedLoad(factor), fleet);
            Random random = new Random(Keyed.SEED);
            List<FakeEndpoint> open = new ArrayList<>();
            for (int i = 0; i < 5_000; i++) {
                if (!open.isEmpty() && random.nextInt(10) < (i / 1_000 % 2 == 0 ? 4 : 6)) {
                    FakeEndpoint finished = open.remove(random.nextInt(open.size()));
                    finished.inFlight(finished.inFlight() - 1);
                    continue;
                }
                int hot = (int) (20 * Math.pow(random.nextDouble(), 4)); // a few keys make most of the traffic
                FakeEndpoint choice = (FakeEndpoint) picker.pick(Keyed.attempt(Keyed.key(hot)));
                assertThat(choice.inFlight() + 1).isLessThanOrEqualTo(slots(choice, fleet, factor));
                start(choice);
                open.add(choice);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "maglev", "rendezvous"})
    void a_key_stays_at_its_owner_while_that_has_room(String name) {
        List<FakeEndpoint> fleet = Keyed.fleet(0, 8);
        fleet.forEach(endpoint -> endpoint.inFlight(10));
        List<Endpoint> bounded = Keyed.owners(Keyed.picker(Keyed.ALL.get(name).boundedLoad(1.25), fleet), 2_000);
        assertThat(bounded).isEqualTo(Keyed.owners(Keyed.picker(Keyed.ALL.get(name), fleet), 2_000));
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "maglev", "rendezvous"})
    void a_key_overflows_in_the_same_order_in_every_process(String name) {
        for (int key = 0; key < 50; key++) {
            List<FakeEndpoint> fleet = Keyed.fleet(0, 9);
            Picker picker = Keyed.picker(Keyed.ALL.get(name).boundedLoad(1.25), fleet);
            Picker other = Keyed.picker(Keyed.ALL.get(name).boundedLoad(1.25), Keyed.shuffled(fleet, key));
            for (int i = 0; i < 60; i++) { // one hot key, none is finished
                Endpoint choice = picker.pick(Keyed.attempt(Keyed.key(key)));
                assertThat(other.pick(Keyed.attempt(Keyed.key(key)))).isSameAs(choice);
                start(choice);
            }
        }
    }

    @Test
    void the_overflow_of_one_endpoint_goes_to_all_others_and_not_to_its_neighbour() {
        for (KeyedBalancer balancer : Keyed.ALL.values()) {
            List<FakeEndpoint> fleet = Keyed.fleet(0, 6);
            fleet.forEach(endpoint -> endpoint.inFlight(10));
            FakeEndpoint full = fleet.get(1);
            full.inFlight(40);
            List<Endpoint> plain = Keyed.owners(Keyed.picker(balancer, fleet), 12_000);
            List<Endpoint> bounded = Keyed.owners(Keyed.picker(balancer.boundedLoad(1.25), fleet), 12_000);
            List<Endpoint> overflow = new ArrayList<>();
            for (int i = 0; i < 12_000; i++) {
                if (plain.get(i) == full) {
                    overflow.add(bounded.get(i));
                } else {
                    assertThat(bounded.get(i)).isSameAs(plain.get(i));
                }
            }
            int[] counts = Keyed.counts(fleet, overflow);
            assertThat(counts[1]).isZero();
            for (int i : new int[] {0, 2, 3, 4, 5}) {
                assertThat((double) counts[i] / overflow.size())
                        .as(balancer.toString())
                        .isBetween(0.14, 0.26);
            }
        }
    }

    @Test
    void only_a_retry_without_another_choice_goes_beyond_the_bound() {
        List<FakeEndpoint> fleet = Keyed.fleet(0, 3);
        fleet.get(0).inFlight(0);
        fleet.get(1).inFlight(50);
        fleet.get(2).inFlight(40);
        Picker picker = Keyed.picker(Balancers.ring().boundedLoad(1.01), fleet);
        FakeAttempt attempt = Keyed.attempt("k");
        assertThat(picker.pick(attempt)).isSameAs(fleet.get(0));
        assertThat(picker.pick(attempt.number(2).alreadyTried(fleet.get(0)))).isSameAs(fleet.get(2));
        assertThat(picker.pick(attempt.number(3).alreadyTried(fleet.get(2)))).isSameAs(fleet.get(1));
        assertThat(picker.pick(attempt.number(4).alreadyTried(fleet.get(1)))).isNotNull();
    }

    /** If one counter were kept for the strategy as a whole, ten busy shards would make the bound of each ten times as wide. */
    @Test
    void the_bound_within_a_shard_is_that_of_the_shard() {
        List<FakeEndpoint> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(FakeEndpoint.of(
                    Target.of("http://s:" + (1 + i)).withTags(Map.of("shard", i < 2 ? "small" : "large"))));
        }
        all.get(2).inFlight(500);
        all.get(3).inFlight(500);
        Picker picker = Keyed.picker(
                Balancers.shards("shard", key -> "small", Balancers.rendezvous().boundedLoad(1.25)), all);
        for (int i = 0; i < 40; i++) {
            start(picker.pick(Keyed.attempt("hot")));
        }
        assertThat(Math.max(all.get(0).inFlight(), all.get(1).inFlight())).isLessThanOrEqualTo(25);
    }
}
