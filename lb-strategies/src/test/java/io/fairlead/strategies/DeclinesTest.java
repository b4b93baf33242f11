package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Outcome;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which declines are the callers' doing, and which the server's. */
class DeclinesTest {

    private static final long MILLI = 1_000_000;

    /**
     * Every server declines the same part by chance. A test that is asked at each decline must not have a fixed chance of a false alarm: one
     * in 2000 would come true all the time.
     */
    @ParameterizedTest
    @CsvSource({"0.05, 100", "0.25, 300", "0.1, 2000"})
    void declines_that_are_equal_everywhere_get_no_server_avoided(double declined, int perSecond) {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 3);
        Random random = new Random(1);
        Queue<FakeAttempt> open = new ArrayDeque<>();
        int avoided = 0;
        int steps = 60 * perSecond;
        for (int i = 0; i < steps; i++) {
            open.add(fleet.start((FakeEndpoint) fleet.pick(FakeAttempt.fresh())));
            fleet.time.advance(1_000 * MILLI / perSecond);
            if (open.size() > perSecond / 20) { // answers take 50 ms
                fleet.end(open.remove(), random.nextDouble() < declined ? 402 : 200, Outcome.SUCCESS);
            }
            avoided += fleet.endpoints.stream().anyMatch(e -> e.load() >= PeakEwma.AVOIDED) ? 1 : 0;
        }
        assertThat((double) avoided / steps)
                .as("part of a minute in which a server is avoided for declining what all decline")
                .isLessThan(0.01);
    }

    @Test
    void when_all_begin_to_decline_at_once_it_is_the_callers_doing() {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 3);
        Random random = new Random(2);
        for (int i = 0; i < 6_000; i++) {
            double share = i < 3_000 ? 0.01 : 0.6;
            FakeAttempt attempt = fleet.start((FakeEndpoint) fleet.pick(FakeAttempt.fresh()));
            fleet.time.advance(10 * MILLI);
            fleet.end(attempt, random.nextDouble() < share ? 402 : 200, Outcome.SUCCESS);
            assertThat(fleet.endpoints).noneMatch(endpoint -> endpoint.load() >= PeakEwma.AVOIDED);
        }
    }

    @Test
    void a_few_declines_in_a_row_are_enough_where_the_siblings_accept() {
        Declines.Shared shared = new Declines.Shared();
        Declines well = new Declines(shared);
        Declines sick = new Declines(shared);
        for (int i = 0; i < 100; i++) {
            assertThat(well.standsOut(200, 10)).isFalse();
        }
        int declines = 1;
        while (!sick.standsOut(400, 10)) {
            declines++;
        }
        assertThat(declines).isBetween(2, 4);
        assertThat(sick.standsOut(400, 10)).isTrue(); // each further one
        assertThat(sick.standsOut(200, 10)).isFalse();
        assertThat(sick.standsOut(400, 10)).isFalse(); // one that was accepted began anew
    }

    @Test
    void an_endpoint_that_declines_half_of_what_its_siblings_accept_stands_out() {
        Declines.Shared shared = new Declines.Shared();
        Declines well = new Declines(shared);
        Declines sick = new Declines(shared);
        Random random = new Random(3);
        boolean found = false;
        for (int i = 0; i < 200 && !found; i++) {
            assertThat(well.standsOut(random.nextInt(20) == 0 ? 402 : 200, 10)).isFalse();
            found = sick.standsOut(random.nextBoolean() ? 402 : 200, 10);
        }
        assertThat(found).isTrue();
    }
}
