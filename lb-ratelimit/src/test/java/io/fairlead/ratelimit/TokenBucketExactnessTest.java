package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import java.lang.management.ManagementFactory;
import java.math.BigInteger;
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

class TokenBucketExactnessTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long HOUR = 3_600 * SECOND;

    private final AtomicLong clock = new AtomicLong();
    private final Environment env = Environment.builder().nanoClock(clock::get).build();

    private RateLimiter bucket(long permits, long periodNanos, long burst) {
        return RateLimiters.tokenBucket(permits, Duration.ofNanos(periodNanos))
                .burst(burst)
                .environment(env)
                .build();
    }

    /** The text-book bucket in numbers without limit: the level, in permits times the period. */
    private final class Model {

        private final BigInteger rate;
        private final BigInteger permit;
        private final BigInteger full;
        private BigInteger level;
        private long stamp = clock.get();

        Model(long permits, long periodNanos, long burst) {
            rate = BigInteger.valueOf(permits);
            permit = BigInteger.valueOf(periodNanos);
            full = permit.multiply(BigInteger.valueOf(burst));
            level = full;
        }

        private void fill() {
            level = full.min(level.add(rate.multiply(BigInteger.valueOf(clock.get() - stamp))));
            stamp = clock.get();
        }

        long reserve(int n, long maxWait) {
            fill();
            BigInteger after = level.subtract(permit.multiply(BigInteger.valueOf(n)));
            BigInteger wait = after.signum() >= 0
                    ? BigInteger.ZERO
                    : after.negate().add(rate).subtract(BigInteger.ONE).divide(rate);
            if (wait.compareTo(BigInteger.valueOf(maxWait)) > 0) {
                return RateLimiter.REFUSED;
            }
            level = after;
            return wait.longValueExact();
        }

        void refund(int n) {
            fill();
            level = full.min(level.add(permit.multiply(BigInteger.valueOf(n))));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void every_answer_is_that_of_the_text_book_at_any_rate_and_after_any_pause(long seed) {
        Random random = new Random(seed);
        long permits = seed % 3 == 0 ? (1L << 30) - random.nextInt(1000) : 1 + random.nextInt(1_000_003);
        long period = seed % 2 == 0 ? SECOND : 1 + random.nextLong(60 * SECOND);
        int burst = 1 + random.nextInt(100);
        clock.set(seed % 4 == 0 ? Long.MAX_VALUE - random.nextInt(1000) : random.nextLong());
        RateLimiter bucket = bucket(permits, period, burst);
        Model model = new Model(permits, period, burst);
        for (int i = 0; i < 20_000; i++) {
            clock.addAndGet(pause(random, period / permits));
            int n = 1 + random.nextInt(Math.min(burst, 5));
            if (random.nextInt(10) == 0) {
                bucket.refund(n);
                model.refund(n);
            } else {
                long maxWait = random.nextBoolean() ? 0 : random.nextLong(10 * period);
                assertThat(bucket.reserve(n, maxWait))
                        .as("seed %d, step %d", seed, i)
                        .isEqualTo(model.reserve(n, maxWait));
            }
        }
    }

    private static long pause(Random random, long permitNanos) {
        return switch (random.nextInt(200)) {
            case 0 -> random.nextLong(24 * HOUR);
            case 1 -> random.nextLong(10 * SECOND);
            case 2 -> random.nextLong(3 * 365 * 24 * HOUR);
            default -> random.nextLong(2 * permitNanos + 3);
        };
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void with_refunds_an_interval_grants_in_addition_at_most_what_was_refunded_meanwhile(long seed) {
        Random random = new Random(seed);
        long period = 7_919;
        int permits = 13;
        int burst = 1 + random.nextInt(5);
        RateLimiter bucket = bucket(permits, period, burst);
        List<long[]> grants = new ArrayList<>(); // when, and how many were refunded before it was reserved
        long refunded = 0;
        for (int i = 0; i < 1_200; i++) {
            clock.addAndGet(random.nextInt(900));
            long wait = bucket.reserve(1, random.nextInt(5_000));
            if (wait != RateLimiter.REFUSED) {
                grants.add(new long[] {clock.get() + wait, refunded});
            }
            if (!grants.isEmpty() && random.nextInt(4) == 0) {
                bucket.refund(1);
                refunded++;
            }
        }
        for (int i = 0; i < grants.size(); i++) {
            long first = grants.get(i)[0];
            long last = first;
            for (int j = i; j < grants.size(); j++) {
                last = Math.max(last, grants.get(j)[0]);
                double allowed =
                        burst + (double) (last - first + 1) * permits / period + grants.get(j)[1] - grants.get(i)[1];
                assertThat((double) (j - i + 1))
                        .as("seed %d, %d..%d", seed, i, j)
                        .isLessThanOrEqualTo(allowed + 1e-6);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 16})
    void threads_that_race_after_a_long_pause_share_one_full_bucket(int threads) throws Exception {
        RateLimiter bucket = bucket(999_999_937, SECOND, 64); // in lowest terms: a date laps the counter within seconds
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            for (int round = 0; round < 200; round++) {
                clock.addAndGet(round % 2 == 0 ? 4_611_686_019L : 5 * HOUR);
                assertThat(granted(pool, threads, bucket)).as("round %d", round).isEqualTo(64);
            }
        } finally {
            pool.shutdownNow();
        }
    }

    @Test
    void sixteen_threads_on_a_running_clock_get_exactly_burst_and_rate() throws Exception {
        RateLimiter bucket = bucket(7, 3 * SECOND, 10);
        ExecutorService pool = Executors.newFixedThreadPool(16);
        try {
            long total = granted(pool, 16, bucket);
            for (int step = 0; step < 300; step++) {
                clock.addAndGet(SECOND / 10);
                total += granted(pool, 16, bucket);
            }
            assertThat(total).isEqualTo(10 + 30 / 3 * 7);
        } finally {
            pool.shutdownNow();
        }
    }

    private static long granted(ExecutorService pool, int threads, RateLimiter bucket) throws Exception {
        List<Callable<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
            tasks.add(() -> {
                long granted = 0;
                while (bucket.reserve(1, 0) == 0) {
                    granted++;
                }
                return granted;
            });
        }
        long granted = 0;
        for (Future<Long> future : pool.invokeAll(tasks)) {
            granted += future.get();
        }
        return granted;
    }

    @Test
    void neither_reserving_nor_refunding_allocates() {
        RateLimiter bucket =
                RateLimiters.tokenBucket(7, Duration.ofSeconds(3)).burst(5).build();
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long sum = use(bucket); // until it is compiled
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            sum += use(bucket);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(sum).isNotZero();
        assertThat(least).isLessThan(1_000); // for 300 000 operations; the measurement itself may take some
    }

    private static long use(RateLimiter bucket) {
        long sum = 0;
        for (int i = 0; i < 100_000; i++) {
            sum += bucket.reserve(1, 0) + bucket.reserve(2, SECOND);
            bucket.refund(1);
        }
        return sum;
    }

    @Test
    void a_rate_beyond_exact_counting_is_refused_by_name() {
        assertThatThrownBy(() -> bucket((1L << 30) + 3, SECOND, 1)) // a prime
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("permits of the token bucket is 1073741827: allowed is at most 2^30");
        assertThatThrownBy(() -> bucket(1, SECOND, 1).reserve(0, 0)).hasMessageContaining("permits is 0");
        assertThatThrownBy(() -> bucket(1, SECOND, 1).refund(-1)).hasMessageContaining("permits is -1");
    }
}
