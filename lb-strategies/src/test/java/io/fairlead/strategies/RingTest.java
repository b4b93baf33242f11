package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.EndpointSet;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RingTest {

    /** The ring as the paper has it: places in order, and who is there; of the hash the upper 44 bits. */
    private static TreeMap<Long, Integer> plain(List<FakeEndpoint> fleet, int points) {
        TreeMap<Long, Integer> ring = new TreeMap<>();
        for (int i = 0; i < fleet.size(); i++) {
            for (int k = 1; k <= points; k++) {
                ring.put(Hash.again(KeyTable.idOf(fleet.get(i)), k) >> 20, i);
            }
        }
        assertThat(ring).hasSize(fleet.size() * points); // none fall together
        return ring;
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,160", "2,1", "3,1", "3,160", "50,7", "1000,16"})
    void a_key_belongs_to_the_next_point_clockwise(int size, int points) {
        List<FakeEndpoint> fleet = Keyed.fleet(0, size);
        Weighted endpoints = Weighted.of(EndpointSet.of(fleet));
        Ring ring = new Ring(endpoints, endpoints, points);
        TreeMap<Long, Integer> plain = plain(fleet, points);
        Random random = new Random(Keyed.SEED);
        FakeAttempt attempt = FakeAttempt.fresh();
        for (int i = 0; i < 20_000; i++) {
            long hash = random.nextLong();
            assertThat(ring.owner(hash, attempt)).isEqualTo(next(plain, hash >> 20));
        }
        for (long place : plain.keySet()) { // on, just before and just behind each point
            for (long at = place - 1; at <= place + 1; at++) {
                assertThat(ring.owner(at << 20, attempt)).isEqualTo(next(plain, at << 20 >> 20));
            }
        }
        for (long hash : new long[] {Long.MIN_VALUE, -1, 0, Long.MAX_VALUE}) {
            assertThat(ring.owner(hash, attempt)).isEqualTo(next(plain, hash >> 20));
        }
    }

    private static int next(TreeMap<Long, Integer> plain, long place) {
        var next = plain.ceilingEntry(place);
        return next == null ? plain.firstEntry().getValue() : next.getValue();
    }
}
