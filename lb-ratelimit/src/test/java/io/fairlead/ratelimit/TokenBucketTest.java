package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.RateLimiter;
import io.fairlead.Settings;
import io.fairlead.testing.ManualTime;
import io.fairlead.testing.ServicesFile;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBucketTest {

    private static final long SECOND = 1_000_000_000L;

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(1);

    private RateLimiter bucket(long permits, Duration per, long burst) {
        return RateLimiters.tokenBucket(permits, per)
                .burst(burst)
                .environment(env)
                .build();
    }

    @Test
    void a_burst_goes_at_once_and_the_rest_at_the_rate_in_the_order_of_asking() {
        RateLimiter bucket = bucket(500, Duration.ofSeconds(1), 50);
        for (int i = 0; i < 50; i++) {
            assertThat(bucket.reserve(1, 0)).isZero();
        }
        assertThat(bucket.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(2_000_000);
        assertThat(bucket.reserve(3, SECOND)).isEqualTo(8_000_000);
        time.advance(Duration.ofMillis(8));
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(2_000_000);
    }

    @Test
    void what_is_refused_takes_nothing() {
        RateLimiter bucket = bucket(10, Duration.ofSeconds(1), 1);
        assertThat(bucket.reserve(1, 0)).isZero();
        for (int i = 0; i < 100; i++) {
            assertThat(bucket.reserve(1, SECOND / 20)).isEqualTo(RateLimiter.REFUSED);
        }
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(SECOND / 10);
        assertThat(bucket.reserve(2, Long.MAX_VALUE)).isEqualTo(RateLimiter.REFUSED); // more than the burst, ever
    }

    @Test
    void a_refund_is_there_for_the_next_and_never_fills_beyond_the_burst() {
        RateLimiter bucket = bucket(1, Duration.ofSeconds(1), 2);
        bucket.refund(2);
        assertThat(bucket.reserve(2, 0)).isZero();
        assertThat(bucket.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
        bucket.refund(1);
        assertThat(bucket.reserve(1, 0)).isZero();
        bucket.refund(1);
        bucket.refund(1);
        bucket.refund(1);
        assertThat(bucket.reserve(2, 0)).isZero();
        assertThat(bucket.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void no_interval_grants_more_than_burst_and_rate_allow(long seed) {
        Random random = new Random(seed);
        long permits = 1 + random.nextInt(997);
        long periodNanos = 1 + random.nextLong(3 * SECOND);
        int burst = 1 + random.nextInt(20);
        RateLimiter bucket = bucket(permits, Duration.ofNanos(periodNanos), burst);
        List<Long> grants = new ArrayList<>();
        for (int i = 0; i < 1_500; i++) {
            time.advance(
                    random.nextInt(4) == 0 ? random.nextLong(2 * periodNanos / permits + 2) : random.nextLong(1000));
            int n = 1 + random.nextInt(3);
            long wait = bucket.reserve(n, random.nextLong(periodNanos));
            if (wait != RateLimiter.REFUSED) {
                for (int k = 0; k < n; k++) {
                    grants.add(time.nanoTime() + wait);
                }
            }
        }
        grants.sort(null);
        for (int i = 0; i < grants.size(); i++) {
            for (int j = i; j < grants.size(); j++) {
                // One nanosecond is the clock's grain: a grant is due at the next whole one.
                double allowed = burst + (double) (grants.get(j) - grants.get(i) + 1) * permits / periodNanos;
                assertThat((double) (j - i + 1))
                        .as("seed %d, %d..%d", seed, i, j)
                        .isLessThanOrEqualTo(allowed + 1e-6);
            }
        }
    }

    @Test
    void a_rate_that_divides_nothing_does_not_drift_in_ten_hours() {
        RateLimiter bucket = bucket(7, Duration.ofSeconds(3), 1);
        long granted = 0;
        for (long end = time.nanoTime() + 36_000 * SECOND; time.nanoTime() < end; ) {
            long wait = bucket.reserve(1, Long.MAX_VALUE);
            granted++;
            time.advance(wait);
        }
        assertThat(granted).isBetween(84_000L, 84_002L);
    }

    @ParameterizedTest
    @ValueSource(longs = {Long.MAX_VALUE - SECOND, Long.MIN_VALUE, -SECOND, 0})
    void the_clock_may_stand_anywhere_and_overflow(long start) {
        AtomicLong clock = new AtomicLong(start);
        RateLimiter bucket = RateLimiters.tokenBucket(10, Duration.ofSeconds(1))
                .burst(10)
                .environment(Environment.builder().nanoClock(clock::get).build())
                .build();
        assertThat(bucket.reserve(10, 0)).isZero();
        for (int i = 0; i < 50; i++) {
            assertThat(bucket.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
            clock.addAndGet(SECOND / 10);
            assertThat(bucket.reserve(1, 0)).isZero();
        }
    }

    @Test
    void many_threads_get_exactly_what_there_is() throws Exception {
        RateLimiter bucket = bucket(1_000, Duration.ofSeconds(1), 10_000);
        var threads = Executors.newFixedThreadPool(8);
        List<Callable<Long>> tasks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            tasks.add(() -> {
                long granted = 0;
                for (int k = 0; k < 5_000; k++) {
                    granted += bucket.reserve(1, 0) == 0 ? 1 : 0;
                }
                return granted;
            });
        }
        long granted = 0;
        for (Future<Long> future : threads.invokeAll(tasks)) {
            granted += future.get();
        }
        threads.shutdown();
        assertThat(granted).isEqualTo(10_000);
    }

    @Test
    void bad_settings_are_named() {
        assertThatThrownBy(() -> RateLimiters.tokenBucket(0, Duration.ofSeconds(1)))
                .hasMessageContaining("permits of the token bucket is 0");
        assertThatThrownBy(() -> RateLimiters.tokenBucket(1, Duration.ZERO)).hasMessageContaining("period");
        assertThatThrownBy(
                        () -> RateLimiters.tokenBucket(1, Duration.ofSeconds(1)).burst(0))
                .hasMessageContaining("burst");
        assertThatThrownBy(() -> RateLimiters.tokenBucket(1, Duration.ofDays(1))
                        .burst(Long.MAX_VALUE)
                        .build())
                .hasMessageContaining("burst");
        assertThatThrownBy(() -> Providers.load().create(RateLimiter.class, "token-bucket", Settings.none(), env))
                .hasMessageContaining("setting permits is not set");
        assertThat(Providers.load()
                        .create(
                                RateLimiter.class,
                                "token-bucket",
                                Settings.of(Map.of("permits", "5", "per", "1m")),
                                env)
                        .reserve(1, 0))
                .isZero();
    }

    @Test
    void module_and_class_path_provide_the_same() throws IOException {
        assertThat(ServicesFile.listed(RateLimiters.class)).isEqualTo(ServicesFile.provided(RateLimiters.class));
    }
}
