package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.EndpointSet;
import io.fairlead.testing.FakeAttempt;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RendezvousTest {

    /** Endpoints, best first, as the plain definition has them. */
    private static List<Integer> byScore(Rendezvous rendezvous, int size, long hash) {
        return IntStream.range(0, size)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> -rendezvous.score(i, hash)))
                .toList();
    }

    private static void assertOrder(double... weights) {
        var fleet = Keyed.fleet(0, weights);
        Rendezvous rendezvous = new Rendezvous(Weighted.of(EndpointSet.of(fleet)));
        Random random = new Random(Keyed.SEED);
        for (int k = 0; k < 2_000; k++) {
            long hash = random.nextLong();
            FakeAttempt attempt = FakeAttempt.fresh();
            for (int next : byScore(rendezvous, weights.length, hash)) {
                assertThat(rendezvous.owner(hash, attempt)).isEqualTo(next);
                attempt.alreadyTried(fleet.get(next));
            }
            assertThat(rendezvous.owner(hash, attempt)).isEqualTo(-1);
        }
    }

    @Test
    void of_equal_endpoints_the_highest_draw_has_the_key() {
        double[] ones = new double[17];
        Arrays.fill(ones, 1);
        assertOrder(ones);
    }

    @Test
    void of_weighted_endpoints_the_highest_score_has_the_key_also_where_the_logarithm_is_spared() {
        assertOrder(1, 2, 1, 1000, 0.001, 7, 7, 50, 140, 3);
    }
}
