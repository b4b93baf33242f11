package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AllOfTest {

    private static final long SECOND = 1_000_000_000L;

    private final AtomicLong clock = new AtomicLong(Long.MAX_VALUE - SECOND);
    private final Environment env = Environment.builder().nanoClock(clock::get).build();

    private RateLimiter bucket(long permits, Duration period, long burst) {
        return RateLimiters.tokenBucket(permits, period)
                .burst(burst)
                .environment(env)
                .build();
    }

    private RateLimiter log(long permits, Duration period) {
        return RateLimiters.slidingLog(permits, period, env);
    }

    @Test
    void what_one_refuses_is_taken_from_none() {
        RateLimiter second = bucket(500, Duration.ofSeconds(1), 50);
        RateLimiter minute = log(60, Duration.ofMinutes(1));
        RateLimiter both = RateLimiters.all(second, minute);
        for (int i = 0; i < 50; i++) {
            assertThat(both.reserve(1, 0)).isZero();
        }
        for (int i = 0; i < 1_000; i++) {
            assertThat(both.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
        }
        assertThat(granted(minute, 100)).as("left of the minute").isEqualTo(10);
        for (int i = 0; i < 1_000; i++) {
            clock.addAndGet(SECOND / 100);
            assertThat(both.reserve(1, SECOND)).isEqualTo(RateLimiter.REFUSED);
        }
        assertThat(granted(second, 100)).as("left of the burst").isEqualTo(50);
    }

    private static long granted(RateLimiter limiter, int tries) {
        long granted = 0;
        for (int i = 0; i < tries; i++) {
            granted += limiter.reserve(1, 0) == 0 ? 1 : 0;
        }
        return granted;
    }

    @Test
    void those_who_wait_for_the_minute_do_not_come_to_the_second_all_at_once() {
        RateLimiter both = RateLimiters.all(
                bucket(2, Duration.ofSeconds(1), 2), RateLimiters.fixedWindow(5, Duration.ofMinutes(1), env));
        List<Long> waits = new ArrayList<>();
        for (int i = 0; i < 11; i++) {
            waits.add(both.reserve(1, 200 * SECOND) * 2 / SECOND); // in half seconds
        }
        assertThat(waits).containsExactly(0L, 0L, 1L, 2L, 3L, 120L, 120L, 121L, 122L, 123L, 240L);
    }

    @Test
    void a_refund_goes_to_each() {
        RateLimiter both = RateLimiters.all(bucket(1, Duration.ofSeconds(1), 3), log(3, Duration.ofMinutes(1)));
        for (int i = 0; i < 20; i++) {
            assertThat(both.reserve(3, 0)).isZero();
            assertThat(both.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
            both.refund(3, clock.get(), 0);
        }
        assertThat(both.reserve(3, 0)).isZero();
        both.refund(3);
        assertThat(both.reserve(3, 0)).isZero();
        assertThat(both.reserve(4, Long.MAX_VALUE)).isEqualTo(RateLimiter.REFUSED);
    }

    @Test
    void a_wait_that_was_cancelled_leaves_nothing_behind() {
        RateLimiter second = bucket(1, Duration.ofSeconds(1), 1);
        RateLimiter both = RateLimiters.all(second, log(2, Duration.ofMinutes(1)));
        assertThat(both.reserve(1, 0)).isZero();
        assertThat(both.reserve(1, SECOND)).isEqualTo(SECOND);
        long wait = both.reserve(1, 99 * SECOND);
        assertThat(wait).isEqualTo(60 * SECOND);
        both.refund(1, clock.get(), wait);
        clock.addAndGet(2 * SECOND);
        assertThat(second.reserve(1, 0)).isLessThanOrEqualTo(0);
        assertThat(both.reserve(1, 99 * SECOND)).isLessThanOrEqualTo(59 * SECOND);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void the_bound_of_each_holds_whoever_waits_and_gives_back(long seed) {
        Random random = new Random(seed);
        long permits = 1 + random.nextInt(20);
        int burst = 2 + random.nextInt(4);
        long period = 1_000 + random.nextLong(SECOND);
        long limit = 3 + random.nextInt(60);
        long longer = period * (1 + random.nextInt(10));
        RateLimiter all = RateLimiters.all(
                bucket(permits, Duration.ofNanos(period), burst),
                RateLimiters.all(
                        log(limit, Duration.ofNanos(longer)),
                        RateLimiters.slidingWindow(limit + 2, Duration.ofNanos(longer), env)),
                RateLimiters.fixedWindow(limit + 1, Duration.ofNanos(longer), env));
        Grants grants = Grants.of(
                all, clock, random, new Grants.Pattern(3_000, period / permits, Math.min(burst, 3), 5 * longer, true));
        grants.assertWithin((from, to) -> burst + (double) (to - from + 1) * permits / period, "bucket, seed " + seed);
        grants.assertWithin((from, to) -> limit * (1 + (to - from) / longer), "log, seed " + seed);
        grants.assertWithin(
                (from, to) -> (limit + 1) * (1 + to / longer - from / longer), "fixed window, seed " + seed);
        assertThat(grants.used().size()).isGreaterThan(50);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void two_buckets_without_waits_are_the_two_text_books_at_once(long seed) {
        Random random = new Random(seed);
        int fast = 1 + random.nextInt(10);
        int slow = 1 + random.nextInt(30);
        RateLimiter all = RateLimiters.all(
                bucket(fast, Duration.ofNanos(1_000), fast), bucket(slow, Duration.ofNanos(10_000), slow));
        double[] level = {fast, slow};
        for (int i = 0; i < 5_000; i++) {
            int step = random.nextInt(300) * 1_000 / fast / 3 / 1_000 * 1_000;
            clock.addAndGet(step);
            level[0] = Math.min(fast, level[0] + step * fast / 1_000.0);
            level[1] = Math.min(slow, level[1] + step * slow / 10_000.0);
            boolean both = level[0] >= 1 - 1e-6 && level[1] >= 1 - 1e-6;
            assertThat(all.reserve(1, 0)).as("seed %d, step %d", seed, i).isEqualTo(both ? 0 : RateLimiter.REFUSED);
            level[0] -= both ? 1 : 0;
            level[1] -= both ? 1 : 0;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 32})
    void threads_of_two_decisions_that_share_a_limit_get_exactly_what_it_has(int threads) throws Exception {
        RateLimiter shared = bucket(1, Duration.ofSeconds(1), 5_000);
        RateLimiter one = RateLimiters.all(shared, log(4_000, Duration.ofDays(1)));
        RateLimiter two = RateLimiters.all(shared, log(4_000, Duration.ofDays(1)));
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Long>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                RateLimiter mine = i % 2 == 0 ? one : two;
                tasks.add(() -> granted(mine, 20_000 / threads));
            }
            long granted = 0;
            for (Future<Long> future : pool.invokeAll(tasks)) {
                granted += future.get();
            }
            assertThat(granted).isEqualTo(5_000);
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void bad_input_is_named() {
        RateLimiter bucket = bucket(1, Duration.ofSeconds(1), 1);
        Environment other = Environment.builder().nanoClock(() -> 0).build();
        assertThatThrownBy(RateLimiters::all).hasMessage("number of limits of one decision is 0: allowed is 1 to 64");
        assertThatThrownBy(() -> RateLimiters.all(bucket, (permits, wait) -> 0))
                .hasMessageContaining("limit 2 is ")
                .hasMessageContaining("allowed is one that RateLimiters made");
        assertThatThrownBy(() -> RateLimiters.all(bucket, null)).hasMessageContaining("limit 2 is null");
        assertThatThrownBy(() -> RateLimiters.all(bucket, log(1, Duration.ofSeconds(1)), bucket))
                .hasMessageContaining("limit 3 is TokenBucket[")
                .hasMessageContaining("another than limit 1");
        assertThatThrownBy(() -> RateLimiters.all(bucket, RateLimiters.slidingLog(1, Duration.ofSeconds(1), other)))
                .hasMessageContaining("environment of limit 2");
        assertThat(RateLimiters.all(bucket)).isSameAs(bucket);
        assertThatThrownBy(() ->
                        RateLimiters.all(bucket, log(1, Duration.ofSeconds(1))).reserve(0, 0))
                .hasMessageContaining("permits is 0");
    }
}
