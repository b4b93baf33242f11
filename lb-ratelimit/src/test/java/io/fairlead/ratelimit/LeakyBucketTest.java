package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeakyBucketTest {

    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - SECOND);
    private final Environment env = Environment.builder().nanoClock(clock::get).build();

    private RateLimiter leaky(long permits, Duration period) {
        return RateLimiters.leakyBucket(permits, period, env);
    }

    @Test
    void those_who_come_together_leave_evenly_spaced() {
        RateLimiter bucket = leaky(500, Duration.ofSeconds(1));
        for (long i = 0; i < 1_000; i++) {
            assertThat(bucket.reserve(1, 10 * SECOND)).isEqualTo(i * 2_000_000);
        }
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(RateLimiter.REFUSED);
    }

    @Test
    void a_pause_earns_nothing_but_the_next_place() {
        RateLimiter bucket = leaky(10, Duration.ofSeconds(1));
        assertThat(bucket.reserve(1, 0)).isZero();
        clock.addAndGet(3_600 * SECOND);
        assertThat(bucket.reserve(1, 0)).isZero();
        assertThat(bucket.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
        clock.addAndGet(SECOND / 10 - 1);
        assertThat(bucket.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
        clock.addAndGet(1);
        assertThat(bucket.reserve(1, 0)).isZero();
    }

    @Test
    void a_heavy_one_goes_at_once_and_keeps_the_next_waiting() {
        RateLimiter bucket = leaky(10, Duration.ofSeconds(1));
        assertThat(bucket.reserve(5, 0)).isZero();
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(SECOND / 2);
        assertThat(bucket.reserve(2, SECOND)).isEqualTo(SECOND * 6 / 10);
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(SECOND * 8 / 10);
    }

    @Test
    void a_third_of_a_second_does_not_drift() {
        RateLimiter bucket = leaky(3, Duration.ofSeconds(1));
        assertThat(List.of(
                        bucket.reserve(1, SECOND),
                        bucket.reserve(1, SECOND),
                        bucket.reserve(1, SECOND),
                        bucket.reserve(1, SECOND)))
                .containsExactly(0L, 333_333_334L, 666_666_667L, SECOND);
    }

    @Test
    void only_the_last_place_is_given_back_since_others_wait_behind_the_rest() {
        RateLimiter bucket = leaky(1, Duration.ofSeconds(1));
        long now = clock.get();
        assertThat(bucket.reserve(1, 0)).isZero();
        long first = bucket.reserve(1, 5 * SECOND);
        long second = bucket.reserve(3, 5 * SECOND);
        bucket.refund(1, now, first);
        assertThat(bucket.reserve(1, 5 * SECOND)).as("behind the second").isEqualTo(5 * SECOND);
        bucket.refund(1, now, 5 * SECOND);
        bucket.refund(3, now, second);
        assertThat(bucket.reserve(1, 5 * SECOND)).as("in place of the second").isEqualTo(second);
    }

    @Test
    void a_heavy_one_that_did_not_go_leaves_its_places_but_for_the_time_it_took() {
        RateLimiter bucket = leaky(1, Duration.ofSeconds(1));
        long reserved = clock.get();
        assertThat(bucket.reserve(5, 0)).isZero();
        clock.addAndGet(SECOND / 4);
        bucket.refund(5, reserved, 0);
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(0);
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(SECOND);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void no_two_are_closer_than_the_first_one_costs_whoever_gives_back(long seed) {
        Random random = new Random(seed);
        long permits = 1 + random.nextInt(97);
        long period = 1_000 + random.nextLong(SECOND);
        RateLimiter bucket = leaky(permits, Duration.ofNanos(period));
        Grants grants = Grants.of(
                bucket,
                clock,
                random,
                new Grants.Pattern(20_000, period / permits, 1 + (int) (seed % 4), 5 * period, true));
        List<Grants.Grant> used = grants.used();
        assertThat(used.size()).isGreaterThan(1_000);
        for (int i = 1; i < used.size(); i++) {
            double space = (double) used.get(i - 1).permits() * period / permits;
            assertThat((double) (used.get(i).at() - used.get(i - 1).at())
                            + 1) // dates are rounded up to the clock's grain
                    .as("seed %d, %d", seed, i)
                    .isGreaterThanOrEqualTo(space);
        }
    }

    @Test
    void bad_input_is_named() {
        assertThatThrownBy(() -> leaky(0, Duration.ofSeconds(1)))
                .hasMessage("permits of the leaky bucket is 0: allowed is at least 1");
        assertThatThrownBy(() -> leaky(-1, Duration.ofSeconds(1))).hasMessageContaining("is -1");
        assertThatThrownBy(() -> leaky(1, Duration.ZERO)).hasMessageContaining("period of the leaky bucket");
        assertThatThrownBy(() -> leaky(1, Duration.ofSeconds(Long.MAX_VALUE)))
                .hasMessageContaining("period of the leaky bucket");
        assertThatThrownBy(() -> leaky((1L << 30) + 3, Duration.ofSeconds(1)))
                .hasMessageContaining("permits of the leaky bucket is 1073741827: allowed is at most 2^30");
        assertThatThrownBy(() -> leaky(1, Duration.ofSeconds(1)).reserve(0, 0)).hasMessageContaining("permits is 0");
        assertThatThrownBy(() -> leaky(1, Duration.ofSeconds(1)).refund(1, 0, RateLimiter.REFUSED))
                .hasMessage("wait of the refunded reservation is -1: allowed is at least 0");
        assertThat(leaky(7, Duration.ofSeconds(2))).hasToString("LeakyBucket[7 permits per 2000000000 ns]");
    }
}
