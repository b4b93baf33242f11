package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Balancer;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.Settings;
import io.fairlead.testing.FakeEndpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What weights mean, whatever their size. */
class WeightedTest {

    @ParameterizedTest
    @ValueSource(
            strings = {"random", "round-robin", "smooth-round-robin", "ring", "rendezvous", "maglev", "load-reported"})
    void weights_of_any_size_keep_their_proportion(String name) {
        Balancer balancer = Providers.load().create(Balancer.class, name, Settings.none(), Environment.system());
        for (double unit : new double[] {0.2e308, 1e-307}) {
            Fleet fleet = Fleet.of(balancer, 8 * unit, unit, unit);
            int heavy = 0;
            for (int i = 0; i < 9_000; i++) {
                heavy += fleet.pickKey("key" + i) == fleet.endpoints.get(0) ? 1 : 0;
            }
            assertThat(heavy / 9_000.0).isBetween(0.7, 0.9);
        }
    }

    @Test
    void what_is_listed_is_drained_too_and_where_all_have_weight_0_nothing_is() {
        FakeEndpoint one = FakeEndpoint.of(Fleet.target(1));
        FakeEndpoint out = FakeEndpoint.of(Fleet.target(2));
        FakeEndpoint drained = FakeEndpoint.of(Fleet.target(3).withWeight(0));
        EndpointSet usable = Weighted.usable(EndpointSet.of(one, drained).outOf(EndpointSet.of(one, out, drained)));
        assertThat(usable).hasToString(EndpointSet.of(one).toString());
        assertThat(usable.listed()).hasToString(EndpointSet.of(one, out).toString());
        EndpointSet last = EndpointSet.of(drained).outOf(EndpointSet.of(out, drained));
        assertThat(Weighted.usable(last)).isSameAs(last);
        assertThat(Weighted.of(last).weight(0)).isEqualTo(1);
    }
}
