package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fairlead.Balancer;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Picker;
import io.fairlead.Settings;
import io.fairlead.Strategy;
import io.fairlead.Target;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeyedBalancerTest {

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(Keyed.SEED);

    private static double[] equal(int n) {
        double[] weights = new double[n];
        Arrays.fill(weights, 1);
        return weights;
    }

    // ---- shares ----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource({"1, 1000", "2, 50000", "3, 50000", "10, 100000", "100, 100000", "1000, 50000", "10000, 20000"})
    void rendezvous_gives_each_endpoint_its_share(int n, int keys) {
        List<FakeEndpoint> fleet = Keyed.fleet(0, n);
        int[] counts = Keyed.counts(fleet, Keyed.owners(Keyed.picker(Balancers.rendezvous(), fleet), keys));
        assertThat(Keyed.chiSquare(counts, equal(n))).isLessThan(Keyed.chiSquareLimit(n - 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"99 1", "1 1000", "1 2 3 4", "5 0 5", "0.001 0.002", "7 0 0"})
    void rendezvous_and_maglev_give_shares_by_weight(String text) {
        double[] weights =
                Arrays.stream(text.split(" ")).mapToDouble(Double::parseDouble).toArray();
        List<FakeEndpoint> fleet = Keyed.fleet(0, weights);
        for (String name : List.of("rendezvous", "maglev")) {
            int[] counts = Keyed.counts(fleet, Keyed.owners(Keyed.picker(Keyed.ALL.get(name), fleet), 200_000));
            assertThat(Keyed.chiSquare(counts, weights)).as(name).isLessThan(Keyed.chiSquareLimit(weights.length - 1));
            for (int i = 0; i < weights.length; i++) {
                assertThat(counts[i] == 0).as(name).isEqualTo(weights[i] == 0);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 10, 100, 1000, 10_000})
    void a_maglev_table_is_filled_to_within_one_place(int n) {
        int[] places = places(Weighted.of(EndpointSet.of(Keyed.fleet(0, n))), 65_537);
        assertThat(Arrays.stream(places).max().orElseThrow()
                        - Arrays.stream(places).min().orElseThrow())
                .isLessThanOrEqualTo(1);
    }

    @Test
    void a_maglev_table_is_filled_by_weight_to_within_one_place_an_endpoint() {
        for (double[] weights : new double[][] {{99, 1}, {1, 1000}, {1, 2, 3, 4, 5}, {1, 1, 1, 1, 1e6}}) {
            int[] places = places(Weighted.of(EndpointSet.of(Keyed.fleet(0, weights))), 65_537);
            double sum = Arrays.stream(weights).sum();
            for (int i = 0; i < weights.length; i++) {
                assertThat((double) places[i])
                        .as(Arrays.toString(weights))
                        .isCloseTo(65_537 * weights[i] / sum, within((double) weights.length));
            }
        }
    }

    /** The places are asked for one by one: the first look-up is the hash modulo the size. */
    private static int[] places(Weighted endpoints, int size) {
        int[] places = new int[endpoints.size()];
        Maglev table = new Maglev(endpoints, size);
        for (int i = 0; i < size; i++) {
            places[table.owner(i, FakeAttempt.fresh())]++;
        }
        return places;
    }

    /** Published for ten equal hosts: max/mean 1.70 with 16 points, 1.15 with 160, 1.08 with 1000; one fleet is as good as chance has it. */
    @ParameterizedTest
    @CsvSource({"16, 1.25, 1.80", "160, 1.06, 1.20", "1000, 1.02, 1.09"})
    void a_ring_is_the_more_even_the_more_points_it_has(int points, double least, double most) {
        double sum = 0;
        for (int fleet = 0; fleet < 30; fleet++) {
            List<FakeEndpoint> ten = Keyed.fleet(fleet, 10);
            Picker picker = Keyed.picker(Balancers.ring().virtualNodes(points), ten);
            sum += Keyed.maxToMean(Keyed.counts(ten, Keyed.owners(picker, 60_000)));
        }
        assertThat(sum / 30).isBetween(least, most);
    }

    @Test
    void a_ring_gives_shares_by_weight_within_its_unevenness() {
        double[] weights = {1, 2, 3, 4, 0};
        double[] shares = new double[5];
        for (int fleet = 0; fleet < 30; fleet++) {
            List<FakeEndpoint> five = Keyed.fleet(fleet, weights);
            int[] counts = Keyed.counts(five, Keyed.owners(Keyed.picker(Balancers.ring(), five), 20_000));
            for (int i = 0; i < 5; i++) {
                shares[i] += counts[i] / 20_000.0 / 30;
            }
        }
        for (int i = 0; i < 5; i++) {
            assertThat(shares[i]).isCloseTo(weights[i] / 10, within(0.02));
        }
        assertThat(shares[4]).isZero();
    }

    @Test
    void ten_thousand_endpoints_keep_a_hundred_points_each() {
        List<FakeEndpoint> fleet = Keyed.fleet(0, 10_000);
        int[] counts = Keyed.counts(fleet, Keyed.owners(Keyed.picker(Balancers.ring(), fleet), 1_000_000));
        // Arcs of 100 points deviate by a tenth, the keys of a hundred by another: some 4 deviations of 0.14 in 10 000.
        assertThat(Keyed.maxToMean(counts)).isBetween(1.3, 1.8);
    }

    @Test
    void where_all_weigh_nothing_all_get_keys() {
        List<FakeEndpoint> fleet = Keyed.fleet(0, 0, 0, 0);
        Keyed.ALL.forEach((name, balancer) -> assertThat(
                        Arrays.stream(Keyed.counts(fleet, Keyed.owners(Keyed.picker(balancer, fleet), 3_000))))
                .as(name)
                .allMatch(count -> count > 500));
    }

    // ---- the same everywhere ----------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"ring", "maglev", "rendezvous"})
    void every_choice_of_a_key_is_the_same_in_whatever_order_discovery_lists(String name) {
        List<FakeEndpoint> fleet = Keyed.fleet(0, 1, 5, 1, 2, 1, 100, 1, 1);
        Picker one = Keyed.picker(Keyed.ALL.get(name), fleet);
        Picker other = Keyed.picker(Keyed.ALL.get(name), Keyed.shuffled(fleet, 5));
        for (int i = 0; i < 2_000; i++) {
            FakeAttempt attempt = Keyed.attempt(Keyed.key(i));
            List<Endpoint> choices = new ArrayList<>();
            for (int number = 1; number <= fleet.size(); number++) {
                Endpoint choice = one.pick(attempt.number(number));
                assertThat(other.pick(attempt)).isSameAs(choice);
                choices.add(choice);
                attempt.alreadyTried(choice);
            }
            assertThat(choices).doesNotHaveDuplicates();
            assertThat(one.pick(attempt)).isNotNull(); // all were tried
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "maglev", "rendezvous"})
    void the_second_choices_of_one_endpoints_keys_are_spread_over_the_others(String name) {
        List<FakeEndpoint> fleet = Keyed.fleet(0, 5);
        Picker picker = Keyed.picker(Keyed.ALL.get(name), fleet);
        List<Endpoint> seconds = new ArrayList<>();
        for (int i = 0; seconds.size() < 4_000; i++) {
            FakeAttempt attempt = Keyed.attempt(Keyed.key(i));
            if (picker.pick(attempt) == fleet.get(2)) {
                seconds.add(picker.pick(attempt.number(2).alreadyTried(fleet.get(2))));
            }
        }
        int[] counts = Keyed.counts(fleet, seconds);
        assertThat(counts[2]).isZero();
        for (int i : new int[] {0, 1, 3, 4}) {
            assertThat(counts[i]).isBetween(600, 1_500);
        }
    }

    /** As with sequential ports and names: what is alike in the URIs must not be alike in the shares. */
    @Test
    void endpoints_that_differ_in_one_digit_are_as_good_as_any() {
        List<FakeEndpoint> fleet = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            fleet.add(FakeEndpoint.of(Target.of("https://a:" + (8080 + i))));
        }
        assertThat(Keyed.maxToMean(Keyed.counts(fleet, Keyed.owners(Keyed.picker(Balancers.ring(), fleet), 60_000))))
                .isLessThan(1.35);
        assertThat(Keyed.chiSquare(
                        Keyed.counts(fleet, Keyed.owners(Keyed.picker(Balancers.rendezvous(), fleet), 60_000)),
                        equal(10)))
                .isLessThan(Keyed.chiSquareLimit(9));
    }

    // ---- no key -----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"ring", "maglev", "rendezvous"})
    void without_key_the_least_loaded_is_picked_and_it_is_counted(String name) {
        Strategy strategy = Keyed.ALL.get(name).start(env);
        List<FakeEndpoint> three = List.of(
                FakeEndpoint.of(Target.of("http://a:1"), strategy),
                FakeEndpoint.of(Target.of("http://b:1"), strategy),
                FakeEndpoint.of(Target.of("http://c:1"), strategy));
        three.get(0).gauge().started(FakeAttempt.fresh());
        three.get(2).gauge().started(FakeAttempt.fresh());
        Picker picker = strategy.picker(EndpointSet.of(three));
        for (int i = 0; i < 50; i++) {
            assertThat(picker.pick(FakeAttempt.fresh())).isSameAs(three.get(1));
            picker.pick(Keyed.attempt(Keyed.key(i)));
        }
        assertThat(strategy.counters()).containsEntry("picks without affinity key", 50L);
        assertThat(strategy.picker(EndpointSet.of()).pick(FakeAttempt.fresh())).isNull();
        assertThat(strategy.picker(EndpointSet.of()).pick(Keyed.attempt("k"))).isNull();
    }

    @Test
    void without_key_the_fallback_decides() {
        Picker picker = Keyed.picker(Balancers.rendezvous().fallback(Balancers.roundRobin()), Keyed.fleet(0, 4));
        List<Endpoint> picks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            picks.add(picker.pick(FakeAttempt.fresh()));
        }
        assertThat(picks).doesNotHaveDuplicates();
    }

    // ---- together with others ---------------------------------------------------------------------------------------

    /** The chance by which a new endpoint is accepted must not be the draw by which rendezvous chose it. */
    @ParameterizedTest
    @ValueSource(strings = {"ring", "maglev", "rendezvous"})
    void a_slow_start_takes_the_keys_of_the_new_endpoint_over_in_proportion(String name) {
        Balancer slow = Balancers.slowStart(Duration.ofSeconds(100), Keyed.ALL.get(name));
        List<FakeEndpoint> fleet = Keyed.fleet(0, 10);
        time.advance(Duration.ofSeconds(1_000));
        FakeEndpoint fresh = fleet.get(3);
        fresh.readySinceNanos(time.nanoTime());
        Picker picker = slow.start(env).picker(EndpointSet.of(fleet));
        int whole = Keyed.counts(fleet, Keyed.owners(Keyed.picker(Keyed.ALL.get(name), fleet), 20_000))[3];
        for (double part : new double[] {0.25, 0.5, 0.75}) {
            time.advance(Duration.ofSeconds(25));
            int now = Keyed.counts(fleet, Keyed.owners(picker, 20_000))[3];
            assertThat((double) now / whole).as("at " + part).isCloseTo(part, within(0.05));
        }
    }

    // ---- settings ---------------------------------------------------------------------------------------------------

    @Test
    void a_bad_setting_is_told_by_name_value_and_range() {
        assertThatThrownBy(() -> Balancers.maglev().tableSize(65_536))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("table-size of the Maglev table is 65536: allowed is a prime from 2 to 5000011");
        assertThatThrownBy(() -> Balancers.maglev().tableSize(5_000_077)).hasMessageContaining("5000077");
        assertThatThrownBy(() -> Balancers.ring().tableSize(2_039)).hasMessageContaining("for Maglev only");
        assertThatThrownBy(() -> Balancers.maglev().virtualNodes(10)).hasMessageContaining("for a ring only");
        assertThatThrownBy(() -> Balancers.ring().virtualNodes(0)).hasMessageContaining("0: allowed is 1 to 10000");
        assertThatThrownBy(() -> Balancers.ring().boundedLoad(1)).hasMessageContaining("1.0: allowed is 1.01 to 100");
        assertThatThrownBy(() -> Balancers.ring().boundedLoad(Double.NaN)).hasMessageContaining("NaN");
        assertThatThrownBy(() -> Balancers.ring().fallback(null)).hasMessageContaining("fallback of the ring");
        assertThat(Balancers.maglev().tableSize(5_000_011)).isNotNull();
    }

    @ParameterizedTest
    @CsvSource({
        "ring, virtual-nodes, 0, 1 to 10000",
        "ring, table-size, 257, setting table-size is not known",
        "maglev, table-size, 65536, a prime from 2 to 5000011",
        "maglev, table-size, many, a whole number",
        "maglev, virtual-nodes, 5, setting virtual-nodes is not known",
        "rendezvous, bounded-load, 0.5, 1.01 to 100",
        "rendezvous, bounded-load, 1, 1.01 to 100"
    })
    void a_bad_setting_of_the_factory_is_told_by_name(String name, String setting, String value, String allowed) {
        assertThatThrownBy(() -> new BalancerFactory().create(name, Settings.of(Map.of(setting, value)), env))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(setting)
                .hasMessageContaining(allowed);
    }

    @Test
    void the_factory_makes_what_the_settings_say() {
        BalancerFactory factory = new BalancerFactory();
        List<FakeEndpoint> fleet = Keyed.fleet(0, 10);
        assertThat(Keyed.owners(
                        Keyed.picker(factory.create("maglev", Settings.of(Map.of("table-size", "257")), env), fleet),
                        500))
                .isEqualTo(Keyed.owners(Keyed.picker(Balancers.maglev().tableSize(257), fleet), 500))
                .isNotEqualTo(Keyed.owners(Keyed.picker(Balancers.maglev(), fleet), 500));
        assertThat(Keyed.owners(
                        Keyed.picker(factory.create("ring", Settings.of(Map.of("virtual-nodes", "3")), env), fleet),
                        500))
                .isEqualTo(Keyed.owners(Keyed.picker(Balancers.ring().virtualNodes(3), fleet), 500))
                .isNotEqualTo(Keyed.owners(Keyed.picker(Balancers.ring(), fleet), 500));
    }
}
