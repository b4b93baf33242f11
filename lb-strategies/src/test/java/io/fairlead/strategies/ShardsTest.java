package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Balancer;
import io.fairlead.Endpoint;
import io.fairlead.Picker;
import io.fairlead.Target;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShardsTest {

    private final List<FakeEndpoint> fleet = new ArrayList<>();

    ShardsTest() {
        for (int i = 0; i < 6; i++) {
            fleet.add(FakeEndpoint.of(
                    Target.of("http://10.0.0." + i + ":1").withTags(Map.of("shard", "s" + i / 2, "rack", "r"))));
        }
        fleet.add(FakeEndpoint.of(Target.of("http://untagged:1")));
    }

    /** "s1:anything" belongs to shard s1. */
    private static Balancer byPrefix(Balancer within) {
        return Balancers.shards("shard", key -> key.startsWith("?") ? null : key.split(":", 2)[0], within);
    }

    @Test
    void a_key_goes_to_the_endpoints_of_its_shard_by_the_inner_strategy() {
        Picker picker = Keyed.picker(byPrefix(Balancers.roundRobin()), Keyed.shuffled(fleet, 1));
        for (int shard = 0; shard < 3; shard++) {
            Set<Endpoint> used = new HashSet<>();
            for (int i = 0; i < 10; i++) {
                used.add(picker.pick(Keyed.attempt("s" + shard + ":" + i)));
            }
            assertThat(used).containsExactlyInAnyOrder(fleet.get(2 * shard), fleet.get(2 * shard + 1));
        }
    }

    @Test
    void an_unknown_shard_or_no_key_is_no_endpoint() {
        Picker picker = Keyed.picker(byPrefix(Balancers.leastRequest()), fleet);
        assertThat(picker.pick(Keyed.attempt("s9:k"))).isNull();
        assertThat(picker.pick(Keyed.attempt("?"))).isNull();
        assertThat(picker.pick(FakeAttempt.fresh())).isNull();
        List<FakeEndpoint> othersOnly = fleet.subList(2, 7);
        assertThat(Keyed.picker(byPrefix(Balancers.leastRequest()), othersOnly).pick(Keyed.attempt("s0:k")))
                .isNull();
    }

    /** The client takes any other endpoint in place of one that was tried: to give one would end in another shard. */
    @Test
    void when_all_of_a_shard_were_tried_there_is_no_endpoint() {
        for (Balancer within : List.of(Balancers.roundRobin(), Balancers.leastRequest(), Balancers.ring())) {
            Picker picker = Keyed.picker(byPrefix(within), fleet);
            FakeAttempt attempt = Keyed.attempt("s1:k").alreadyTried(fleet.get(2));
            assertThat(picker.pick(attempt.number(2))).isSameAs(fleet.get(3));
            assertThat(picker.pick(attempt.number(3).alreadyTried(fleet.get(3))))
                    .isNull();
        }
    }

    @Test
    void a_shard_by_ring_keeps_its_keys_when_another_shard_changes() {
        Picker before = Keyed.picker(byPrefix(Balancers.ring()), fleet);
        Picker after = Keyed.picker(byPrefix(Balancers.ring()), fleet.subList(0, 5));
        for (int i = 0; i < 500; i++) {
            assertThat(after.pick(Keyed.attempt("s0:" + i))).isSameAs(before.pick(Keyed.attempt("s0:" + i)));
        }
    }
}
