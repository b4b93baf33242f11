package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WarmUpTest {

    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - SECOND);
    private final Environment env = Environment.builder().nanoClock(clock::get).build();

    private RateLimiter bucket(long permits, long burst, Duration ramp, double part) {
        return RateLimiters.tokenBucket(permits, Duration.ofSeconds(1))
                .burst(burst)
                .warmUp(ramp, part)
                .environment(env)
                .build();
    }

    /** What is granted in a second of asking every tenth of a millisecond. */
    private long perSecond(RateLimiter limiter) {
        long granted = 0;
        for (int i = 0; i < 10_000; i++) {
            clock.addAndGet(SECOND / 10_000);
            granted += limiter.reserve(1, 0) == 0 ? 1 : 0;
        }
        return granted;
    }

    private List<Long> seconds(RateLimiter limiter, int count) {
        List<Long> granted = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            granted.add(perSecond(limiter));
        }
        return granted;
    }

    @Test
    void the_rate_rises_in_a_straight_line_and_stays() {
        RateLimiter limiter = bucket(1_000, 10, Duration.ofSeconds(4), 0.2);
        // The mean part in each second: 0.3, 0.5, 0.7, 0.9, 1, 1; the burst was 2 when cold.
        assertThat(seconds(limiter, 6)).containsExactly(301L, 500L, 700L, 900L, 1_000L, 1_000L);
    }

    @Test
    void a_pause_as_long_as_the_ramp_makes_it_cold_again_and_a_shorter_one_does_not() {
        RateLimiter limiter = bucket(1_000, 100, Duration.ofSeconds(4), 0.2);
        seconds(limiter, 5);
        clock.addAndGet(4 * SECOND - SECOND / 10);
        assertThat(perSecond(limiter)).isEqualTo(1_099);
        clock.addAndGet(4 * SECOND);
        assertThat(perSecond(limiter))
                .isEqualTo(319); // 20 and 0.3 of the rate, but for the first tenth of a millisecond
    }

    @Test
    void a_heavy_reservation_is_not_starved_by_the_cold() {
        RateLimiter limiter = bucket(10, 10, Duration.ofSeconds(2), 0.1);
        long tries = 0;
        while (limiter.reserve(10, 0) != 0 && tries++ < 1_000) {
            clock.addAndGet(SECOND / 100);
        }
        // 9 permits at 1 to 10 a second: 2 s bring 11.
        assertThat(tries).isBetween(170L, 200L);
    }

    @Test
    void waits_are_those_of_the_rising_rate_and_end_when_the_permits_are_there() {
        RateLimiter waiting = bucket(10, 1, Duration.ofSeconds(2), 0.5);
        RateLimiter polling = bucket(10, 1, Duration.ofSeconds(2), 0.5);
        long now = clock.get();
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 25; i++) {
            waits.add(waiting.reserve(1, 99 * SECOND));
        }
        assertThat(waits.get(0)).isZero();
        assertThat(polling.reserve(1, 0)).isZero();
        for (long wait : waits.subList(1, 25)) {
            clock.set(now + wait - 1);
            assertThat(polling.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
            clock.set(now + wait);
            assertThat(polling.reserve(1, 0)).isZero();
        }
        assertThat(waits.get(24) - waits.get(23)).isEqualTo(SECOND / 10);
        assertThat(waits.get(1)).isBetween(SECOND / 6, SECOND / 5);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void the_bound_of_the_token_bucket_holds_whoever_gives_back(long seed) {
        Random random = new Random(seed);
        long permits = 1 + random.nextInt(97);
        int burst = 1 + random.nextInt(9);
        RateLimiter limiter =
                bucket(permits, burst, Duration.ofMillis(1 + random.nextInt(3_000)), 0.01 + random.nextDouble(0.9));
        Grants.of(
                        limiter,
                        clock,
                        random,
                        new Grants.Pattern(4_000, SECOND / permits, Math.min(burst, 3), 5 * SECOND, true))
                .assertWithin((from, to) -> burst + (double) (to - from + 1) * permits / SECOND, "seed " + seed);
    }

    @Test
    void it_agrees_with_other_limits() {
        RateLimiter both = RateLimiters.all(
                bucket(10, 4, Duration.ofSeconds(2), 0.5), RateLimiters.fixedWindow(3, Duration.ofSeconds(1), env));
        assertThat(both.reserve(1, 0)).isZero();
        assertThat(both.reserve(1, 0)).isZero();
        assertThat(both.reserve(1, SECOND)).isBetween(SECOND / 6, SECOND / 5);
        assertThat(both.reserve(1, SECOND)).isEqualTo(SECOND);
        both.refund(1, clock.get(), SECOND);
        assertThat(both.reserve(1, SECOND)).isEqualTo(SECOND);
    }

    @Test
    void a_refund_is_there_for_the_next() {
        RateLimiter limiter = bucket(1, 4, Duration.ofSeconds(100), 0.5);
        for (int i = 0; i < 10; i++) {
            assertThat(limiter.reserve(2, 0)).isZero();
            assertThat(limiter.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
            limiter.refund(2, clock.get(), 0);
        }
        assertThat(limiter.reserve(2, 0)).isZero();
        limiter.refund(1);
        assertThat(limiter.reserve(1, 0)).isZero();
        assertThat(limiter.reserve(5, Long.MAX_VALUE)).isEqualTo(RateLimiter.REFUSED);
    }

    @Test
    void bad_input_is_named() {
        TokenBucketBuilder bucket = RateLimiters.tokenBucket(1, Duration.ofSeconds(1));
        assertThatThrownBy(() -> bucket.warmUp(Duration.ZERO))
                .hasMessageContaining("warm-up of the token bucket is PT0S");
        assertThatThrownBy(() -> bucket.warmUp(Duration.ofDays(53)))
                .hasMessageContaining("warm-up of the token bucket is 4579");
        assertThatThrownBy(() -> bucket.warmUp(Duration.ofSeconds(1), Double.NaN))
                .hasMessage("cold part of the token bucket is NaN: allowed is 0.01 to 1.0");
        assertThatThrownBy(() -> bucket.warmUp(Duration.ofSeconds(1), 0)).hasMessageContaining("is 0.0");
        assertThatThrownBy(() -> bucket.warmUp(Duration.ofSeconds(1), 1.5)).hasMessageContaining("is 1.5");
        assertThatThrownBy(() -> bucket.warmUp(Duration.ofSeconds(1), -1)).hasMessageContaining("is -1.0");
    }
}
