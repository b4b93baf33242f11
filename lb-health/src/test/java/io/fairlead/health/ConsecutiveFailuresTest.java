package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Delivery;
import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import io.fairlead.Providers;
import io.fairlead.Settings;
import io.fairlead.Target;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import io.fairlead.testing.ServicesFile;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConsecutiveFailuresTest {

    private static final long SECOND = 1_000_000_000L;

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(7);
    private final Ejection.Judge judge = Ejections.consecutiveFailures(3).newJudge(Target.of("http://a:1"), env);

    private long judge(Outcome outcome) {
        return judge.judge(FakeAttempt.fresh()
                .startedAt(time.nanoTime())
                .eventAt(time.nanoTime())
                .verdict(outcome, Delivery.UNKNOWN));
    }

    private long ejectAgain() {
        long nanos = judge(Outcome.FAILED);
        judge.ejected();
        time.advance(nanos);
        judge.returned();
        return nanos;
    }

    @Test
    void the_third_failure_in_a_row_ejects_for_thirty_seconds_give_or_take_a_tenth() {
        assertThat(judge(Outcome.FAILED)).isZero();
        assertThat(judge(Outcome.FAILED)).isZero();
        assertThat(judge(Outcome.FAILED)).isBetween(27 * SECOND, 33 * SECOND);
        assertThat(judge.reason()).isEqualTo("3 failures in a row");
    }

    @Test
    void a_success_begins_the_count_anew_and_an_overload_does_nothing() {
        judge(Outcome.FAILED);
        judge(Outcome.FAILED);
        judge(Outcome.SUCCESS);
        judge(Outcome.FAILED);
        judge(Outcome.OVERLOADED);
        judge(Outcome.FAILED);
        assertThat(judge(Outcome.OVERLOADED)).isZero();
        assertThat(judge(Outcome.FAILED)).isPositive();
    }

    @Test
    void on_probation_one_failure_ejects_for_twice_the_time_up_to_the_cap() {
        judge(Outcome.FAILED);
        judge(Outcome.FAILED);
        ejectAgain();
        assertThat(ejectAgain()).isBetween(54 * SECOND, 66 * SECOND);
        assertThat(ejectAgain()).isBetween(108 * SECOND, 132 * SECOND);
        for (int i = 0; i < 80; i++) {
            assertThat(ejectAgain()).isBetween(200 * SECOND, 330 * SECOND);
        }
        judge(Outcome.SUCCESS);
        assertThat(judge(Outcome.FAILED)).isZero();
    }

    @Test
    void each_base_time_spent_healthy_forgives_one_ejection() {
        judge(Outcome.FAILED);
        judge(Outcome.FAILED);
        ejectAgain();
        ejectAgain();
        judge(Outcome.SUCCESS);
        time.advance(Duration.ofSeconds(61));
        judge(Outcome.FAILED);
        judge(Outcome.FAILED);
        assertThat(judge(Outcome.FAILED)).isBetween(27 * SECOND, 33 * SECOND);
    }

    @Test
    void bad_settings_are_named() {
        assertThatThrownBy(() -> Ejections.consecutiveFailures(0)).hasMessageContaining("failures in a row is 0");
        assertThatThrownBy(() -> Ejections.consecutiveFailures(1).baseTime(Duration.ZERO))
                .hasMessageContaining("base time");
        assertThatThrownBy(() -> Ejections.consecutiveFailures(1).maxTime(Duration.ofSeconds(1)))
                .hasMessageContaining("at least the base time");
        assertThatThrownBy(() -> Providers.load()
                        .create(Ejection.class, "consecutive-failures", Settings.of(Map.of("failures", "no")), env))
                .hasMessageContaining("setting failures is \"no\"");
    }

    @Test
    void module_and_class_path_provide_the_same() throws IOException {
        assertThat(ServicesFile.listed(Ejections.class)).isEqualTo(ServicesFile.provided(Ejections.class));
    }
}
