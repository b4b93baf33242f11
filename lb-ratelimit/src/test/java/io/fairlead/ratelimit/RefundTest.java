package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A refund that names its reservation gives back what breaks no bound, and all of it where nobody came in between. */
class RefundTest {

    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong clock = new AtomicLong(Long.MIN_VALUE);
    private final Environment env = Environment.builder().nanoClock(clock::get).build();

    private RateLimiter bucket(long permits, long periodNanos, long burst) {
        return RateLimiters.tokenBucket(permits, Duration.ofNanos(periodNanos))
                .burst(burst)
                .environment(env)
                .build();
    }

    @Test
    void a_place_that_others_wait_behind_is_not_given_twice() {
        RateLimiter bucket = bucket(1, SECOND, 1);
        long now = clock.get();
        assertThat(bucket.reserve(1, 0)).isZero();
        assertThat(bucket.reserve(1, 9 * SECOND)).isEqualTo(SECOND);
        assertThat(bucket.reserve(1, 9 * SECOND)).isEqualTo(2 * SECOND);
        clock.addAndGet(SECOND / 2);
        bucket.refund(1, now, SECOND);
        // The one at 2 s still goes: another at 2 s, too, would be two within no time.
        assertThat(bucket.reserve(1, 9 * SECOND)).isEqualTo(5 * SECOND / 2);
    }

    @Test
    void waits_that_are_cancelled_from_the_last_to_the_first_leave_nothing_behind() {
        RateLimiter bucket = bucket(1, SECOND, 1);
        long now = clock.get();
        for (int i = 0; i < 5; i++) {
            assertThat(bucket.reserve(1, 9 * SECOND)).isEqualTo(i * SECOND);
        }
        for (int i = 4; i > 0; i--) {
            bucket.refund(1, now, i * SECOND);
        }
        assertThat(bucket.reserve(1, 9 * SECOND)).isEqualTo(SECOND);
    }

    @Test
    void a_permit_that_would_have_run_over_meanwhile_is_worth_nothing() {
        RateLimiter bucket = bucket(1, SECOND, 1);
        long reserved = clock.get();
        assertThat(bucket.reserve(1, 0)).isZero();
        clock.addAndGet(SECOND);
        assertThat(bucket.reserve(1, 0)).isZero();
        clock.addAndGet(SECOND / 2);
        bucket.refund(1, reserved, 0);
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(SECOND / 2);
    }

    @Test
    void at_once_it_is_worth_all_of_it() {
        RateLimiter bucket = bucket(10, SECOND, 5);
        for (int i = 0; i < 100; i++) {
            assertThat(bucket.reserve(5, 0)).isZero();
            bucket.refund(5, clock.get(), 0);
        }
        assertThat(bucket.reserve(5, 0)).isZero();
        assertThat(bucket.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
    }

    @Test
    void what_was_refused_cannot_be_given_back() {
        RateLimiter bucket = bucket(1, SECOND, 1);
        assertThatThrownBy(() -> bucket.refund(1, clock.get(), RateLimiter.REFUSED))
                .hasMessage("wait of the refunded reservation is -1: allowed is at least 0");
        assertThatThrownBy(() -> bucket.refund(0, clock.get(), 0)).hasMessageContaining("permits is 0");
    }

    @Test
    void a_limiter_that_knows_only_the_short_form_gets_it() {
        AtomicLong refunded = new AtomicLong();
        RateLimiter users = new RateLimiter() {
            @Override
            public long reserve(int permits, long maxWaitNanos) {
                return 0;
            }

            @Override
            public void refund(int permits) {
                refunded.addAndGet(permits);
            }
        };
        users.refund(3, 0, 0);
        assertThat(refunded).hasValue(3);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void the_bound_of_the_token_bucket_holds_whoever_gives_back(long seed) {
        Random random = new Random(seed);
        long permits = 1 + random.nextInt(97);
        long period = 1_000 + random.nextLong(SECOND);
        int burst = 1 + random.nextInt(9);
        RateLimiter bucket = bucket(permits, period, burst);
        Grants.of(
                        bucket,
                        clock,
                        random,
                        new Grants.Pattern(5_000, period / permits, Math.min(burst, 3), 5 * period, true))
                .assertWithin((from, to) -> burst + (double) (to - from + 1) * permits / period, "seed " + seed);
    }
}
