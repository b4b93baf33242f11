package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Settings;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What leaves within the bound arrives within it, however the ways differ by no more than the jitter. */
class JitterTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long JITTER = 40_000_000L;

    private final AtomicLong clock = new AtomicLong(17);
    private final Environment env = Environment.builder().nanoClock(clock::get).build();

    private RateLimiter limiter(String name, Map<String, String> settings) {
        return new RateLimiterFactory().create(name, Settings.of(settings), env);
    }

    /** When callers who always want more arrive, sorted; the ways take a second and up to the jitter. */
    private List<Long> arrivals(RateLimiter limiter, long seed) {
        Random random = new Random(seed);
        List<Long> arrivals = new ArrayList<>();
        for (int i = 0; i < 8_000; i++) {
            clock.addAndGet(random.nextInt(200) == 0 ? random.nextLong(2 * SECOND) : random.nextLong(SECOND / 500));
            if (limiter.reserve(1, 0) == 0) {
                arrivals.add(clock.get() + SECOND + (random.nextBoolean() ? JITTER : random.nextLong(JITTER + 1)));
            }
        }
        arrivals.sort(null);
        assertThat(arrivals).hasSizeGreaterThan(500);
        return arrivals;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void the_token_bucket_arrives_within_burst_and_rate(long seed) {
        List<Long> arrivals =
                arrivals(limiter("token-bucket", Map.of("permits", "100", "burst", "10", "jitter", "40ms")), seed);
        for (int i = 0; i < arrivals.size(); i++) {
            for (int j = i; j < Math.min(arrivals.size(), i + 300); j++) {
                long time = arrivals.get(j) - arrivals.get(i) + 1;
                assertThat(j - i + 1.0).isLessThanOrEqualTo(10 + time * 100.0 / SECOND);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void the_log_arrives_within_the_limit_of_any_period(long seed) {
        List<Long> arrivals = arrivals(limiter("sliding-log", Map.of("permits", "100", "jitter", "40ms")), seed);
        for (int i = 100; i < arrivals.size(); i++) {
            assertThat(arrivals.get(i) - arrivals.get(i - 100)).isGreaterThanOrEqualTo(SECOND);
        }
    }

    @Test
    void without_the_margin_the_partner_would_see_more() {
        List<Long> arrivals = arrivals(limiter("sliding-log", Map.of("permits", "100")), 1);
        long most = 0;
        for (int i = 100; i < arrivals.size(); i++) {
            most += arrivals.get(i) - arrivals.get(i - 100) < SECOND ? 1 : 0;
        }
        assertThat(most).isPositive();
    }

    @Test
    void a_jitter_that_leaves_no_burst_is_refused_by_name() {
        TokenBucketBuilder bucket =
                RateLimiters.tokenBucket(100, Duration.ofSeconds(1)).burst(5);
        assertThat(bucket.jitter(Duration.ofMillis(40)).build().toString()).contains("burst 1");
        assertThatThrownBy(() -> bucket.jitter(Duration.ofMillis(41)).build())
                .hasMessage(
                        "jitter of the token bucket is PT0.041S: allowed is one in which the rate brings less than the burst of 5");
        assertThatThrownBy(() -> bucket.jitter(Duration.ofNanos(-1)))
                .hasMessageContaining("jitter of the token bucket is PT-0.0");
        assertThatThrownBy(() -> bucket.jitter(Duration.ofSeconds(Long.MAX_VALUE)))
                .hasMessageContaining("jitter of the token bucket");
    }
}
