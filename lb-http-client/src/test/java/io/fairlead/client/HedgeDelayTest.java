package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Hedging;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The percentile after which is hedged. */
class HedgeDelayTest {

    private final ManualTime time = new ManualTime();

    private HedgeDelay delay(double percentile) {
        var env = time.environment(1);
        return new HedgeDelay(Hedging.standard().withPercentile(percentile), Retries.budget(1, 1, env), env);
    }

    @ParameterizedTest
    @ValueSource(doubles = {50, 90, 98, 99.9})
    void is_the_exact_percentile_or_at_most_a_sixteenth_more(double percentile) {
        HedgeDelay delay = delay(percentile);
        Random random = new Random(3);
        long[] samples = new long[10_000];
        for (int i = 0; i < samples.length; i++) {
            samples[i] = (long) (1_000_000 * Math.exp(3 * random.nextGaussian())) + 1_000_000;
            delay.sample(samples[i]);
        }
        Arrays.sort(samples);
        long exact = samples[(int) Math.ceil(samples.length * percentile / 100) - 1];
        assertThat(delay.nanos()).isBetween(exact, exact + exact / 16);
    }

    @Test
    void is_unknown_below_a_hundred_samples_and_never_below_the_least() {
        HedgeDelay delay = delay(98);
        for (int i = 0; i < 99; i++) {
            delay.sample(5);
        }
        assertThat(delay.nanos()).isEqualTo(HedgeDelay.NEVER);
        delay.sample(5);
        assertThat(delay.nanos()).isEqualTo(HedgeDelay.NEVER); // looked at once a second
        time.advance(Duration.ofSeconds(1));
        assertThat(delay.nanos()).isEqualTo(1_000_000);
    }

    @Test
    void forgets_what_is_twenty_seconds_old() {
        HedgeDelay delay = delay(98);
        for (int i = 0; i < 1000; i++) {
            delay.sample(8_000_000_000L);
        }
        time.advance(Duration.ofSeconds(11));
        for (int i = 0; i < 200; i++) {
            delay.sample(2_000_000);
        }
        assertThat(delay.nanos()).isGreaterThan(7_000_000_000L);
        time.advance(Duration.ofSeconds(10));
        assertThat(delay.nanos()).isBetween(2_000_000L, 2_200_000L);
        time.advance(Duration.ofHours(1));
        assertThat(delay.nanos()).isEqualTo(HedgeDelay.NEVER);
    }

    @Test
    void every_latency_lies_in_its_bucket() {
        Random random = new Random(5);
        for (int i = 0; i < 100_000; i++) {
            long nanos = random.nextLong() >>> (1 + random.nextInt(63));
            int bucket = HedgeDelay.bucket(nanos);
            assertThat(nanos).isLessThanOrEqualTo(HedgeDelay.upperBound(bucket));
            assertThat(HedgeDelay.bucket(HedgeDelay.upperBound(bucket))).isEqualTo(bucket);
            assertThat(bucket).isBetween(0, 1023);
        }
        assertThat(HedgeDelay.bucket(0)).isEqualTo(HedgeDelay.bucket(16));
        assertThat(HedgeDelay.upperBound(HedgeDelay.bucket(Long.MAX_VALUE))).isEqualTo(Long.MAX_VALUE);
    }
}
