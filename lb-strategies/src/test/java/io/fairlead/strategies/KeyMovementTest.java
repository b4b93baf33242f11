package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Picker;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which keys move when an endpoint leaves, is ejected, returns or joins. */
class KeyMovementTest {

    private static final int KEYS = 50_000;

    private static final double[] UNEQUAL = {1, 2, 3, 4, 5, 6, 7, 8, 9, 100};

    /** The snapshot after an ejection: without it, though it is listed. */
    private static EndpointSet ejected(List<FakeEndpoint> fleet, FakeEndpoint one) {
        return EndpointSet.of(Keyed.without(fleet, one)).outOf(EndpointSet.of(fleet));
    }

    @ParameterizedTest
    @CsvSource({"ring, 2", "ring, 10", "ring, 100", "rendezvous, 2", "rendezvous, 10", "rendezvous, 100"})
    void of_equal_endpoints_only_the_leavers_keys_move(String name, int n) {
        List<FakeEndpoint> fleet = Keyed.fleet(0, n);
        List<Endpoint> before = Keyed.owners(Keyed.picker(Keyed.ALL.get(name), fleet), KEYS);
        for (FakeEndpoint leaver : fleet.subList(0, Math.min(n, 10))) {
            Picker rest = Keyed.picker(Keyed.ALL.get(name), Keyed.shuffled(Keyed.without(fleet, leaver), n));
            List<Endpoint> after = Keyed.owners(rest, KEYS);
            assertThat(Keyed.movedNeedlessly(before, after, leaver)).isZero();
            assertThat(after).doesNotContain(leaver);
        }
    }

    @Test
    void of_unequal_endpoints_too_with_rendezvous() {
        List<FakeEndpoint> fleet = Keyed.fleet(0, UNEQUAL);
        List<Endpoint> before = Keyed.owners(Keyed.picker(Balancers.rendezvous(), fleet), KEYS);
        for (FakeEndpoint leaver : fleet) {
            List<Endpoint> after =
                    Keyed.owners(Keyed.picker(Balancers.rendezvous(), Keyed.without(fleet, leaver)), KEYS);
            assertThat(Keyed.movedNeedlessly(before, after, leaver)).isZero();
        }
    }

    /** The mean weight counts all that are listed; if it counted the healthy, the heavy one's ejection would move keys of all. */
    @ParameterizedTest
    @ValueSource(strings = {"ring", "rendezvous"})
    void an_ejection_moves_only_the_ejected_ones_keys_and_its_return_brings_them_back(String name) {
        List<FakeEndpoint> fleet = Keyed.fleet(0, UNEQUAL);
        List<Endpoint> before = Keyed.owners(Keyed.picker(Keyed.ALL.get(name), fleet), KEYS);
        for (FakeEndpoint sick : fleet) {
            List<Endpoint> meanwhile = Keyed.owners(Keyed.picker(Keyed.ALL.get(name), ejected(fleet, sick)), KEYS);
            assertThat(Keyed.movedNeedlessly(before, meanwhile, sick)).isZero();
        }
        EndpointSet back = EndpointSet.of(Keyed.shuffled(fleet, 3)).outOf(EndpointSet.of(fleet));
        assertThat(Keyed.owners(Keyed.picker(Keyed.ALL.get(name), back), KEYS)).isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ring", "rendezvous"})
    void who_joins_takes_keys_from_all_and_moves_no_other(String name) {
        List<FakeEndpoint> fleet = Keyed.fleet(0, 11);
        List<Endpoint> before = Keyed.owners(Keyed.picker(Keyed.ALL.get(name), fleet.subList(0, 10)), KEYS);
        List<Endpoint> after = Keyed.owners(Keyed.picker(Keyed.ALL.get(name), fleet), KEYS);
        for (int i = 0; i < KEYS; i++) {
            assertThat(after.get(i)).isIn(before.get(i), fleet.get(10));
        }
        assertThat((double) Keyed.counts(fleet, after)[10] / KEYS).isBetween(0.07, 0.12);
    }

    /**
     * The part of all places that change hands among the nine that stay when one of ten leaves. Permutations drawn at random give 5.3 %, 1.8 %
     * and 0.22 % in the mean over many fleets; single fleets differ (a published sample: 4.2 %, 1.8 %, 0.25 %).
     */
    @ParameterizedTest
    @CsvSource({"257, 40, 0.045, 0.060", "2039, 15, 0.013, 0.021", "65537, 2, 0.0015, 0.0032"})
    void maglev_moves_few_other_keys_the_fewer_the_larger_the_table(int size, int fleets, double least, double most) {
        double moved = 0;
        for (int i = 0; i < fleets; i++) {
            List<FakeEndpoint> fleet = Keyed.fleet(i, 10);
            List<Endpoint> before = places(fleet, size);
            for (FakeEndpoint leaver : fleet) {
                moved += Keyed.movedNeedlessly(before, places(Keyed.without(fleet, leaver), size), leaver);
            }
        }
        assertThat(moved / fleets / 10).isBetween(least, most);
    }

    private static List<Endpoint> places(List<FakeEndpoint> fleet, int size) {
        Maglev table = new Maglev(Weighted.of(EndpointSet.of(fleet)), size);
        List<Endpoint> places = new ArrayList<>(size);
        for (int i = 0; i < size; i++) {
            places.add(fleet.get(table.owner(i, FakeAttempt.fresh())));
        }
        return places;
    }

    /** Where discovery no longer lists one, the mean weight changes, and with it the number of everybody's points: a few keys more. */
    @Test
    void a_ring_of_unequal_weights_moves_few_other_keys_when_one_is_no_longer_listed() {
        List<FakeEndpoint> fleet = Keyed.fleet(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10);
        List<Endpoint> before = Keyed.owners(Keyed.picker(Balancers.ring(), fleet), KEYS);
        double moved = 0;
        for (FakeEndpoint leaver : fleet) {
            List<Endpoint> after = Keyed.owners(Keyed.picker(Balancers.ring(), Keyed.without(fleet, leaver)), KEYS);
            moved += Keyed.movedNeedlessly(before, after, leaver);
        }
        assertThat(moved / 10).isBetween(0.01, 0.05);
    }

    @Test
    void maglev_gives_an_endpoint_that_returns_its_keys_back() {
        List<FakeEndpoint> fleet = Keyed.fleet(0, UNEQUAL);
        List<Endpoint> before = Keyed.owners(Keyed.picker(Balancers.maglev(), fleet), KEYS);
        assertThat(Keyed.owners(Keyed.picker(Balancers.maglev(), Keyed.shuffled(fleet, 9)), KEYS))
                .isEqualTo(before);
    }

    /** What the others are measured against: shows that the measure finds a strategy that moves nearly all. */
    @Test
    void hash_modulo_n_moves_nearly_all_keys() {
        List<FakeEndpoint> fleet = Keyed.fleet(0, 10);
        FakeEndpoint leaver = fleet.get(4);
        List<Endpoint> before = Keyed.owners(modulo(fleet), KEYS);
        List<Endpoint> after = Keyed.owners(modulo(Keyed.without(fleet, leaver)), KEYS);
        assertThat(Keyed.movedNeedlessly(before, after, leaver)).isGreaterThan(0.7);
    }

    private static Picker modulo(List<FakeEndpoint> fleet) {
        return attempt -> fleet.get((int) Long.remainderUnsigned(Hash.of(attempt.affinityKey()), fleet.size()));
    }
}
