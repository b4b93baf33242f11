package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.HealthCheck;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class HealthCheckTest {

    private static final long SECOND = 1_000_000_000L;

    private final HealthCheck check = HealthCheck.of(Probes.tcp());

    private static Duration seconds(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private void refused(UnaryOperator<HealthCheck> setting, String... words) {
        assertThatThrownBy(() -> setting.apply(check))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void the_defaults_are_those_that_the_documentation_tells() {
        assertThat(check.intervalNanos()).isEqualTo(5 * SECOND);
        assertThat(check.timeoutNanos()).isEqualTo(2 * SECOND);
        assertThat(check.intervalWhileSickNanos()).isEqualTo(SECOND);
        assertThat(check.intervalWhileIdleNanos()).isEqualTo(30 * SECOND);
        assertThat(check.rise()).isEqualTo(2);
        assertThat(check.fall()).isEqualTo(3);
        assertThat(check.deep()).isFalse();
        assertThat(check.permits()).isZero();
        assertThat(check.concurrency()).isEqualTo(64);
        assertThat(check.probe()).isSameAs(Probes.tcp());
    }

    @Test
    void each_wither_changes_its_value_and_leaves_the_original() {
        HealthCheck changed = check.withInterval(seconds(10))
                .withTimeout(seconds(4))
                .withIntervalWhileSick(seconds(3))
                .withIntervalWhileIdle(seconds(60))
                .withRise(4)
                .withFall(5)
                .withDeep()
                .withPermits(1)
                .withConcurrency(7);
        assertThat(changed.intervalNanos()).isEqualTo(10 * SECOND);
        assertThat(changed.timeoutNanos()).isEqualTo(4 * SECOND);
        assertThat(changed.intervalWhileSickNanos()).isEqualTo(3 * SECOND);
        assertThat(changed.intervalWhileIdleNanos()).isEqualTo(60 * SECOND);
        assertThat(changed.rise()).isEqualTo(4);
        assertThat(changed.fall()).isEqualTo(5);
        assertThat(changed.deep()).isTrue();
        assertThat(changed.permits()).isEqualTo(1);
        assertThat(changed.concurrency()).isEqualTo(7);
        the_defaults_are_those_that_the_documentation_tells();
    }

    @Test
    void what_is_not_set_follows_the_interval() {
        HealthCheck fast = check.withInterval(Duration.ofMillis(500));
        assertThat(fast.timeoutNanos()).isEqualTo(SECOND / 4);
        assertThat(fast.intervalWhileSickNanos()).isEqualTo(SECOND / 2);
        HealthCheck slow = check.withInterval(seconds(60));
        assertThat(slow.timeoutNanos()).isEqualTo(2 * SECOND);
        assertThat(slow.intervalWhileIdleNanos()).isEqualTo(60 * SECOND);
    }

    @Test
    void a_bad_value_is_named_with_what_is_allowed() {
        refused(c -> c.withInterval(Duration.ZERO), "interval", "PT0S", "longer than zero");
        refused(c -> c.withInterval(Duration.ofMillis(9)), "interval", "PT0.009S", "PT0.01S to PT24H");
        refused(c -> c.withInterval(Duration.ofDays(2)), "interval", "PT0.01S to PT24H");
        refused(c -> c.withTimeout(seconds(5)), "timeout", "PT5S", "shorter than its interval PT5S");
        refused(c -> c.withTimeout(seconds(-1)), "timeout", "longer than zero");
        refused(c -> c.withTimeout(seconds(3)).withInterval(seconds(3)), "interval", "longer than its timeout PT3S");
        refused(c -> c.withIntervalWhileSick(seconds(6)), "while sick", "PT6S", "at most the interval PT5S");
        refused(
                c -> c.withIntervalWhileSick(seconds(5)).withInterval(seconds(4)),
                "interval",
                "at least that while sick PT5S");
        refused(c -> c.withIntervalWhileIdle(seconds(4)), "while idle", "PT4S", "at least the interval PT5S");
        refused(
                c -> c.withIntervalWhileIdle(seconds(9)).withInterval(seconds(10)),
                "interval",
                "at most that while idle PT9S");
        refused(c -> c.withRise(0), "rise", "0", "at least 1");
        refused(c -> c.withFall(-1), "fall", "-1", "at least 1");
        refused(c -> c.withPermits(-1), "permits", "-1", "at least 0");
        refused(c -> c.withConcurrency(0), "concurrency", "0", "1 to 10000");
        refused(c -> HealthCheck.of(null), "probe", "null");
    }
}
