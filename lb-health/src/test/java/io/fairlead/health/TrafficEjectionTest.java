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
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrafficEjectionTest {

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

    /** The next failure puts it out, as if it were on trial. */
    private long ejectAgain() {
        long nanos =
                judge.failedTrial(FakeAttempt.fresh().startedAt(time.nanoTime()).eventAt(time.nanoTime()), 1);
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
    void a_failed_trial_ejects_for_twice_the_time_up_to_the_cap() {
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

    /** Endpoints of one cluster, judged together. */
    private final class Together {
        final List<Ejection.Judge> judges = new ArrayList<>();

        Together(Ejection ejection, int size) {
            Ejection started = ejection.start(env);
            for (int i = 0; i < size; i++) {
                judges.add(started.newJudge(Target.of("http://10.0.0." + i + ":80"), env));
            }
        }

        /** A call to one of them, 10 ms after the last. */
        long call(int endpoint, int status) {
            time.advance(Duration.ofMillis(10));
            Outcome outcome = status == 503 || status == 429
                    ? Outcome.OVERLOADED
                    : status >= 500 ? Outcome.FAILED : Outcome.SUCCESS;
            return judges.get(endpoint)
                    .judge(FakeAttempt.fresh()
                            .startedAt(time.nanoTime() - 5_000_000)
                            .eventAt(time.nanoTime())
                            .answer(status, null)
                            .verdict(outcome, Delivery.PROCESSED));
        }
    }

    @Test
    void half_of_ten_calls_failing_eject_though_never_five_in_a_row() {
        Together one = new Together(Ejections.standard(), 1);
        for (int i = 0; i < 9; i++) {
            assertThat(one.call(0, i % 2 == 0 ? 500 : 200)).isZero();
        }
        assertThat(one.call(0, 500)).isPositive();
        assertThat(one.judges.get(0).reason()).isEqualTo("6 of 10 calls failed");
        Together less = new Together(Ejections.standard(), 1);
        for (int i = 0; i < 5000; i++) {
            assertThat(less.call(0, i % 5 == 0 || i % 5 == 2 ? 500 : 200)).isZero();
        }
    }

    @Test
    void what_left_the_window_counts_no_more() {
        Together one = new Together(Ejections.standard(), 1);
        for (int i = 0; i < 4; i++) {
            one.call(0, 500);
        }
        time.advance(Duration.ofSeconds(11));
        one.call(0, 200);
        for (int i = 0; i < 4; i++) {
            assertThat(one.call(0, 500)).isZero();
        }
        time.advance(Duration.ofDays(300));
        for (int i = 0; i < 20; i++) {
            assertThat(one.call(0, 200)).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 10, 100})
    void one_deviant_is_found_within_fifty_calls_however_few_the_endpoints(int size) {
        for (int share : new int[] {60, 80, 100}) {
            Together fleet = new Together(Ejections.standard(), size);
            Random random = new Random(size * 31L + share);
            for (int i = 0; i < 400; i++) {
                fleet.call(i % size, random.nextInt(100) < 5 ? 500 : 200); // a fleet that fails a little
            }
            time.advance(Duration.ofMillis(1));
            int calls = 0;
            long ejected = 0;
            while (ejected == 0 && calls < 50) {
                for (int other = 1; other < size; other++) {
                    fleet.call(other, 200);
                }
                ejected = fleet.call(0, random.nextInt(100) < share ? 503 : 200);
                calls++;
            }
            assertThat(ejected).as("%d endpoints, %d %%", size, share).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 10})
    void where_all_decline_or_are_overloaded_alike_nobody_stands_out(int size) {
        for (int share : new int[] {1, 5, 20, 50, 90}) {
            Together fleet = new Together(Ejections.standard().comparingDeclines(), size);
            Random random = new Random(size * 37L + share);
            for (int i = 0; i < 100_000; i++) {
                int bad = random.nextBoolean() ? 402 : 503;
                assertThat(fleet.call(random.nextInt(size), random.nextInt(100) < share ? bad : 200))
                        .isZero();
            }
        }
    }

    @Test
    void declines_are_compared_only_where_asked_for() {
        for (boolean compared : new boolean[] {false, true}) {
            Ejection ejection = compared ? Ejections.standard().comparingDeclines() : Ejections.standard();
            Together fleet = new Together(ejection, 3);
            boolean ejected = false;
            for (int i = 0; i < 50 && !ejected; i++) {
                fleet.call(1, 200);
                fleet.call(2, 200);
                ejected = fleet.call(0, 402) > 0;
            }
            assertThat(ejected).isEqualTo(compared);
        }
    }

    @Test
    void slow_calls_eject_where_that_is_asked_for() {
        Together one = new Together(
                Ejections.standard().slowShare(Duration.ofMillis(5), 0.8).window(Duration.ofSeconds(10), 20), 1);
        for (int i = 0; i < 19; i++) {
            assertThat(one.call(0, 200)).isZero();
        }
        assertThat(one.call(0, 200)).isPositive();
        assertThat(one.judges.get(0).reason()).isEqualTo("20 of 20 calls took longer than 5 ms");
    }

    @ParameterizedTest
    @CsvSource({
        "standard, failure-share, 0, failure-share",
        "standard, least-calls, 0, least-calls",
        "standard, window, PT0S, window",
        "standard, slow-time, PT1S, slow-share is not set",
        "standard, slow-share, 0.5, slow-time is not set",
        "standard, compare-declines, yes, true or false",
        "standard, colour, red, setting colour is not known",
        "none, failures, 3, setting failures is not known"
    })
    void a_bad_setting_is_told_by_name(String name, String setting, String value, String message) {
        assertThatThrownBy(
                        () -> Providers.load().create(Ejection.class, name, Settings.of(Map.of(setting, value)), env))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
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
