package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.testing.FakeAttempt;
import java.net.URI;
import java.net.http.HttpRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Strategies by key: who owns a key, and how little that changes. */
class KeyedTest {

    private static final int KEYS = 60_000;

    private static KeyedBalancer named(String name) {
        return switch (name) {
            case "ring" -> Balancers.ring();
            case "maglev" -> Balancers.maglev();
            default -> Balancers.rendezvous();
        };
    }

    private static Map<String, Endpoint> owners(Fleet fleet) {
        Map<String, Endpoint> owners = new HashMap<>();
        for (int i = 0; i < KEYS; i++) {
            owners.put("merchant-" + i, fleet.pickKey("merchant-" + i));
        }
        return owners;
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "maglev", "rendezvous"})
    void keys_are_shared_by_weight_and_none_goes_to_weight_zero(String name) {
        Fleet fleet = Fleet.of(named(name), 99, 1, 0, 50);
        int[] counts = new int[4];
        owners(fleet).values().forEach(owner -> counts[fleet.endpoints.indexOf(owner)]++);
        assertThat(counts[2]).isZero();
        assertThat(counts[0] / (double) KEYS).isBetween(0.56, 0.76); // 0.66
        assertThat(counts[1] / (double) KEYS).isBetween(0.003, 0.012); // 0.0067
        assertThat(counts[3] / (double) KEYS).isBetween(0.23, 0.43); // 0.33
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "rendezvous"})
    void the_second_choice_is_the_owner_if_the_first_were_not_there(String name) {
        Fleet fleet = Fleet.equal(named(name), 8);
        Endpoint first = fleet.pickKey("hot");
        Endpoint second =
                fleet.pick(FakeAttempt.fresh().affinityKey("hot").number(2).alreadyTried(first));
        fleet.endpoints.remove(first);
        fleet.update();
        assertThat(fleet.pickKey("hot")).isSameAs(second);
    }

    @Test
    void a_snapshot_of_ten_thousand_is_built_and_serves_every_endpoint_of_a_ring() {
        Fleet fleet = Fleet.equal(Balancers.ring(), 10_000);
        assertThat(owners(fleet).values()).hasSizeGreaterThan(0).doesNotContainNull();
        assertThat(fleet.strategy.picker(EndpointSet.of()).pick(FakeAttempt.fresh()))
                .isNull();
    }

    /** All callers without one would meet at one server. */
    @Test
    void an_empty_header_is_no_key() {
        Fleet fleet = Fleet.equal(Balancers.ring(), 5);
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/"))
                .header("X-Merchant", "")
                .build();
        String key = AffinityKeys.header("X-Merchant").apply(request);
        Set<Endpoint> seen = new HashSet<>();
        for (int i = 0; i < 50; i++) {
            seen.add(fleet.pick(FakeAttempt.fresh().affinityKey(key)));
        }
        assertThat(seen.size()).isGreaterThan(1);
    }
}
