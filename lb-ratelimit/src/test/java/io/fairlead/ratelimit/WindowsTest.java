// over 300: the three windows share their cases
package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The three that count permits in windows, each against the plainest form of its own rule. */
class WindowsTest {

    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 3 * SECOND / 2);
    private final Environment env = Environment.builder().nanoClock(clock::get).build();

    private static long granted(RateLimiter limiter, int tries) {
        long granted = 0;
        for (int i = 0; i < tries; i++) {
            granted += limiter.reserve(1, 0) == 0 ? 1 : 0;
        }
        return granted;
    }

    // ---- exact counts around an edge --------------------------------------------------------------------------------

    @Test
    void around_an_edge_the_fixed_window_grants_twice_the_limit() {
        RateLimiter limiter = RateLimiters.fixedWindow(100, Duration.ofSeconds(1), env);
        clock.addAndGet(SECOND - 1);
        assertThat(granted(limiter, 150)).isEqualTo(100);
        clock.addAndGet(1);
        assertThat(granted(limiter, 150)).isEqualTo(100);
        clock.addAndGet(SECOND - 1);
        assertThat(granted(limiter, 150)).isZero();
        clock.addAndGet(1);
        assertThat(granted(limiter, 150)).isEqualTo(100);
    }

    @Test
    void around_an_edge_the_sliding_window_grants_what_the_estimate_lets_free() {
        RateLimiter limiter = RateLimiters.slidingWindow(100, Duration.ofSeconds(1), env);
        clock.addAndGet(SECOND - 1);
        assertThat(granted(limiter, 150)).isEqualTo(100);
        clock.addAndGet(1);
        assertThat(granted(limiter, 150)).isZero();
        clock.addAndGet(SECOND / 4);
        assertThat(granted(limiter, 150)).isEqualTo(25);
        clock.addAndGet(SECOND / 2);
        assertThat(granted(limiter, 150)).isEqualTo(50);
        clock.addAndGet(SECOND / 4); // the next window, and 75 in the one before
        assertThat(granted(limiter, 150)).isEqualTo(25);
        clock.addAndGet(5 * SECOND);
        assertThat(granted(limiter, 150)).isEqualTo(100);
    }

    @Test
    void around_an_edge_the_log_grants_nothing() {
        RateLimiter limiter = RateLimiters.slidingLog(100, Duration.ofSeconds(1), env);
        clock.addAndGet(SECOND - 1);
        assertThat(granted(limiter, 60)).isEqualTo(60);
        clock.addAndGet(SECOND / 2);
        assertThat(granted(limiter, 150)).isEqualTo(40);
        clock.addAndGet(SECOND / 2 - 1);
        assertThat(granted(limiter, 150)).isZero();
        clock.addAndGet(1);
        assertThat(granted(limiter, 150)).isEqualTo(60);
        clock.addAndGet(SECOND / 2);
        assertThat(granted(limiter, 150)).isEqualTo(40);
    }

    // ---- waiting ----------------------------------------------------------------------------------------------------

    @Test
    void who_waits_for_the_fixed_window_waits_for_its_start_and_a_heavy_one_skips_what_is_left() {
        RateLimiter limiter = RateLimiters.fixedWindow(3, Duration.ofSeconds(1), env);
        assertThat(limiter.reserve(2, 0)).isZero();
        assertThat(limiter.reserve(2, SECOND - 1)).isEqualTo(RateLimiter.REFUSED);
        assertThat(limiter.reserve(2, SECOND)).isEqualTo(SECOND);
        clock.addAndGet(1);
        assertThat(limiter.reserve(1, 0)).as("behind who waits").isEqualTo(RateLimiter.REFUSED);
        assertThat(limiter.reserve(1, SECOND)).isEqualTo(SECOND - 1);
        assertThat(limiter.reserve(3, 9 * SECOND)).isEqualTo(2 * SECOND - 1);
        assertThat(limiter.reserve(4, Long.MAX_VALUE)).isEqualTo(RateLimiter.REFUSED);
    }

    @Test
    void who_waits_for_the_sliding_window_waits_for_the_estimate() {
        RateLimiter limiter = RateLimiters.slidingWindow(4, Duration.ofSeconds(1), env);
        assertThat(limiter.reserve(4, 0)).isZero();
        assertThat(limiter.reserve(1, 9 * SECOND)).isEqualTo(SECOND + SECOND / 4);
        assertThat(limiter.reserve(2, 9 * SECOND)).isEqualTo(SECOND + 3 * SECOND / 4);
        assertThat(limiter.reserve(2, 9 * SECOND))
                .as("three in the window before")
                .isEqualTo(2 * SECOND + SECOND / 3 + 1);
        assertThat(limiter.reserve(4, 9 * SECOND)).as("an empty window before").isEqualTo(4 * SECOND);
        assertThat(limiter.reserve(5, Long.MAX_VALUE)).isEqualTo(RateLimiter.REFUSED);
    }

    @Test
    void who_waits_for_the_log_waits_for_the_oldest() {
        RateLimiter limiter = RateLimiters.slidingLog(3, Duration.ofSeconds(1), env);
        assertThat(limiter.reserve(1, 0)).isZero();
        clock.addAndGet(10);
        assertThat(limiter.reserve(2, 0)).isZero();
        clock.addAndGet(10);
        assertThat(limiter.reserve(1, SECOND - 21)).isEqualTo(RateLimiter.REFUSED);
        assertThat(limiter.reserve(1, SECOND)).isEqualTo(SECOND - 20);
        assertThat(limiter.reserve(2, SECOND)).isEqualTo(SECOND - 10);
        assertThat(limiter.reserve(1, 9 * SECOND)).isEqualTo(2 * SECOND - 20);
        assertThat(limiter.reserve(4, Long.MAX_VALUE)).isEqualTo(RateLimiter.REFUSED);
    }

    @Test
    void no_wait_is_too_long_to_be_counted() {
        for (RateLimiter limiter : List.of(
                RateLimiters.fixedWindow(1, Duration.ofDays(365), env),
                RateLimiters.slidingWindow(1, Duration.ofDays(365), env),
                RateLimiters.slidingLog(1, Duration.ofDays(365), env))) {
            long last = 0;
            for (int i = 0; i < 400; i++) {
                long wait = limiter.reserve(1, Long.MAX_VALUE);
                if (wait == RateLimiter.REFUSED) {
                    break;
                }
                assertThat(wait).as(limiter.toString()).isGreaterThanOrEqualTo(last);
                last = wait;
            }
            assertThat(limiter.reserve(1, Long.MAX_VALUE))
                    .as(limiter.toString())
                    .isEqualTo(RateLimiter.REFUSED);
            assertThat(last).isGreaterThan(7 * 365 * 24 * 3_600 * SECOND);
        }
    }

    // ---- refunds ----------------------------------------------------------------------------------------------------

    @Test
    void a_refund_is_there_for_the_next_in_the_same_window() {
        for (RateLimiter limiter : List.of(
                RateLimiters.fixedWindow(3, Duration.ofSeconds(1), env),
                RateLimiters.slidingWindow(3, Duration.ofSeconds(1), env),
                RateLimiters.slidingLog(3, Duration.ofSeconds(1), env))) {
            long first = clock.get();
            assertThat(limiter.reserve(2, 0)).isZero();
            assertThat(limiter.reserve(1, 0)).isZero();
            limiter.refund(2, first, 0);
            assertThat(limiter.reserve(1, 0)).isZero();
            limiter.refund(1);
            assertThat(limiter.reserve(2, 0)).isZero();
            assertThat(limiter.reserve(1, 0)).as(limiter.toString()).isEqualTo(RateLimiter.REFUSED);
            for (int i = 0; i < 5; i++) {
                limiter.refund(3);
            }
            assertThat(granted(limiter, 10)).as(limiter.toString()).isEqualTo(3);
        }
    }

    @Test
    void a_refund_of_a_window_that_is_over_frees_nothing_in_this_one() {
        RateLimiter limiter = RateLimiters.fixedWindow(3, Duration.ofSeconds(1), env);
        long first = clock.get();
        assertThat(limiter.reserve(3, 0)).isZero();
        clock.addAndGet(SECOND);
        assertThat(limiter.reserve(3, 0)).isZero();
        limiter.refund(3, first, 0);
        assertThat(limiter.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
    }

    @Test
    void a_cancelled_wait_gives_its_place_back_though_the_caller_read_the_clock_earlier() {
        RateLimiter window = RateLimiters.fixedWindow(1, Duration.ofSeconds(1), env);
        RateLimiter log = RateLimiters.slidingLog(1, Duration.ofSeconds(1), env);
        for (RateLimiter limiter : List.of(window, log)) {
            assertThat(limiter.reserve(1, 0)).isZero();
            long before = clock.get();
            clock.addAndGet(70); // between the caller's reading and the limiter's
            assertThat(limiter.reserve(1, SECOND)).isEqualTo(SECOND - 70);
            limiter.refund(1, before, SECOND - 70);
            assertThat(limiter.reserve(1, SECOND)).as(limiter.toString()).isEqualTo(SECOND - 70);
            clock.addAndGet(-70);
        }
    }

    @Test
    void a_log_whose_wait_was_cancelled_still_knows_what_went_before() {
        RateLimiter limiter = RateLimiters.slidingLog(2, Duration.ofSeconds(1), env);
        assertThat(limiter.reserve(2, 0)).isZero();
        long now = clock.addAndGet(SECOND / 2);
        assertThat(limiter.reserve(2, SECOND)).isEqualTo(SECOND / 2);
        limiter.refund(2, now, SECOND / 2);
        assertThat(limiter.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
        assertThat(limiter.reserve(1, SECOND)).isEqualTo(SECOND / 2);
    }

    // ---- bounds under random patterns -------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void no_fixed_window_grants_more_than_the_limit(long seed) {
        Random random = new Random(seed);
        long limit = 1 + random.nextInt(50);
        long period = 1_000 + random.nextLong(SECOND);
        long start = clock.get();
        RateLimiter limiter = RateLimiters.fixedWindow(limit, Duration.ofNanos(period), env);
        long[] sums = new long[100_000];
        for (Grants.Grant grant : grants(limiter, random, limit, period)) {
            int window = (int) ((grant.at() - start) / period);
            sums[window] += grant.permits();
            assertThat(sums[window]).as("seed %d, window %d", seed, window).isLessThanOrEqualTo(limit);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void no_interval_of_the_sliding_window_grants_more_than_the_limit_and_the_rate(long seed) {
        Random random = new Random(seed);
        long limit = 1 + random.nextInt(50);
        long period = 1_000 + random.nextLong(SECOND);
        RateLimiter limiter = RateLimiters.slidingWindow(limit, Duration.ofNanos(period), env);
        Grants.of(limiter, clock, random, new Grants.Pattern(4_000, period / limit, 1, 3 * period, true))
                .assertWithin((from, to) -> limit * (1 + (double) (to - from) / period), "seed " + seed);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void no_interval_of_one_period_of_the_log_grants_more_than_the_limit(long seed) {
        Random random = new Random(seed);
        long limit = 1 + random.nextInt(50);
        long period = 1_000 + random.nextLong(SECOND);
        RateLimiter limiter = RateLimiters.slidingLog(limit, Duration.ofNanos(period), env);
        Grants.of(
                        limiter,
                        clock,
                        random,
                        new Grants.Pattern(4_000, period / limit, (int) Math.min(limit, 3), 3 * period, true))
                .assertWithin((from, to) -> limit * (1 + (to - from) / period), "seed " + seed);
    }

    private List<Grants.Grant> grants(RateLimiter limiter, Random random, long limit, long period) {
        return Grants.of(
                        limiter,
                        clock,
                        random,
                        new Grants.Pattern(20_000, period / limit, (int) Math.min(limit, 3), 3 * period, true))
                .used();
    }

    // ---- text book --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void without_waits_the_sliding_window_is_the_estimate_of_the_text_book(long seed) {
        Random random = new Random(seed);
        long limit = 1 + random.nextInt(200);
        long period = 1 + random.nextLong(60 * SECOND) + limit * limit;
        RateLimiter limiter = RateLimiters.slidingWindow(limit, Duration.ofNanos(period), env);
        long start = clock.get();
        long window = 0;
        long[] counts = new long[2]; // the window before, this one
        for (int i = 0; i < 20_000; i++) {
            clock.addAndGet(
                    random.nextInt(500) == 0 ? random.nextLong(5 * period) : random.nextLong(2 * period / limit));
            long elapsed = clock.get() - start;
            for (; window < elapsed / period; window++) {
                counts[0] = counts[1];
                counts[1] = 0;
            }
            BigInteger estimate = BigInteger.valueOf(counts[0])
                    .multiply(BigInteger.valueOf(period - elapsed % period))
                    .add(BigInteger.valueOf(counts[1] + 1).multiply(BigInteger.valueOf(period)));
            boolean free = estimate.compareTo(BigInteger.valueOf(limit).multiply(BigInteger.valueOf(period))) <= 0;
            assertThat(limiter.reserve(1, 0)).as("seed %d, step %d", seed, i).isEqualTo(free ? 0 : RateLimiter.REFUSED);
            counts[1] += free ? 1 : 0;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void the_log_is_that_of_the_text_book_with_waits_and_weights(long seed) {
        Random random = new Random(seed);
        int limit = 1 + random.nextInt(40);
        long period = 1 + random.nextLong(60 * SECOND);
        RateLimiter limiter = RateLimiters.slidingLog(limit, Duration.ofNanos(period), env);
        List<Long> log = new ArrayList<>();
        long start = clock.get();
        for (int i = 0; i < 20_000; i++) {
            clock.addAndGet(
                    random.nextInt(500) == 0 ? random.nextLong(5 * period) : random.nextLong(2 * period / limit + 1));
            long now = clock.get() - start;
            int n = 1 + random.nextInt(Math.min(limit, 3));
            long due = log.isEmpty() ? now : Math.max(now, log.get(log.size() - 1));
            int before = log.size() + n - limit; // so many must be out of the window
            due = before > 0 ? Math.max(due, log.get(before - 1) + period) : due;
            long maxWait = random.nextBoolean() ? 0 : random.nextLong(2 * period);
            long expected = due - now > maxWait ? RateLimiter.REFUSED : due - now;
            assertThat(limiter.reserve(n, maxWait))
                    .as("seed %d, step %d", seed, i)
                    .isEqualTo(expected);
            for (int k = 0; k < n && expected >= 0; k++) {
                log.add(due);
            }
        }
    }

    // ---- bad input --------------------------------------------------------------------------------------------------

    @Test
    void bad_input_is_named() {
        Duration second = Duration.ofSeconds(1);
        assertThatThrownBy(() -> RateLimiters.fixedWindow(0, second, env))
                .hasMessage("permits of the fixed window (one a nanosecond at most) is 0: allowed is 1 to 1000000000");
        assertThatThrownBy(() -> RateLimiters.fixedWindow(SECOND + 1, second, env))
                .hasMessageContaining("1 to 1000000000");
        assertThatThrownBy(() -> RateLimiters.slidingWindow(65_536, second, env))
                .hasMessage("permits of the sliding window in that period is 65536: allowed is 1 to 65535");
        assertThatThrownBy(() -> RateLimiters.slidingWindow(-1, second, env)).hasMessageContaining("is -1");
        assertThatThrownBy(() -> RateLimiters.slidingLog((1 << 20) + 1, second, env))
                .hasMessage("permits of the sliding log (eight bytes each) is 1048577: allowed is 1 to 1048576");
        assertThatThrownBy(() -> RateLimiters.slidingLog(1, Duration.ofDays(365 * 40), env))
                .hasMessageContaining("period of the sliding log is 1261440000000000000: allowed is 1 to");
        assertThatThrownBy(() -> RateLimiters.fixedWindow(1, Duration.ZERO, env))
                .hasMessageContaining("period of the fixed window");
        assertThatThrownBy(() -> RateLimiters.fixedWindow(1, second, null)).hasMessageContaining("environment is null");
        for (RateLimiter limiter : List.of(
                RateLimiters.fixedWindow(1, second, env),
                RateLimiters.slidingWindow(1, second, env),
                RateLimiters.slidingLog(1, second, env))) {
            assertThatThrownBy(() -> limiter.reserve(0, 0)).hasMessageContaining("permits is 0");
            assertThatThrownBy(() -> limiter.reserve(-5, 0)).hasMessageContaining("permits is -5");
            assertThatThrownBy(() -> limiter.refund(-5)).hasMessageContaining("permits is -5");
            assertThatThrownBy(() -> limiter.refund(1, 0, -1)).hasMessageContaining("refunded reservation is -1");
        }
    }
}
