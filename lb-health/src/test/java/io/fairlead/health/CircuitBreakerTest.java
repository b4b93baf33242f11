package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission.Permit;
import io.fairlead.CallFailure;
import io.fairlead.CircuitOpenException;
import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import io.fairlead.health.Admissions.CircuitBreaker;
import io.fairlead.health.Admissions.CircuitBreaker.State;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CircuitBreakerTest {

    private static final long SECOND = 1_000_000_000L;

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(7);
    private CircuitBreaker breaker =
            Admissions.circuitBreaker().environment(env).build();
    private Calls calls = new Calls(time, breaker);

    private void use(Admissions.CircuitBreakerBuilder settings) {
        breaker = settings.environment(env).build();
        calls = new Calls(time, breaker);
    }

    private long openNanos() {
        return breaker.untilNanos() - time.nanoTime();
    }

    /** Fails until it is open, and waits until that is over. Returns how long it was open. */
    private long openAndWait() {
        calls.fail(20);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        long nanos = openNanos();
        time.advance(nanos);
        return nanos;
    }

    @Test
    void it_begins_closed_and_admits_everyone() {
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        assertThat(breaker.reason()).isEqualTo("new");
        assertThat(openNanos()).isZero();
        calls.succeed(100);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void half_of_twenty_calls_open_it() {
        calls.succeed(10);
        calls.fail(9);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls.fail(1);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.reason()).isEqualTo("10 of 20 calls failed within 10000 ms");
    }

    @Test
    void the_call_that_makes_them_enough_opens_it_even_if_it_is_a_good_one() {
        calls.fail(19);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls.succeed(1);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void less_than_the_ratio_never_opens_it() {
        for (int i = 0; i < 1_000; i++) {
            calls.succeed(11);
            calls.fail(10);
            time.advance(Duration.ofMillis(130));
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.1, 0.3, 0.6, 0.7, 1})
    void a_ratio_is_met_exactly(double ratio) {
        use(Admissions.circuitBreaker().failureRatio(ratio).minimumCalls(30));
        int failures = (int) Math.round(30 * ratio);
        calls.succeed(30 - failures);
        calls.fail(failures - 1);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls.fail(1);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void calls_that_have_left_the_window_do_not_count() {
        calls.fail(19);
        time.advance(Duration.ofSeconds(10));
        calls.fail(19);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls.fail(1);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void an_open_circuit_refuses_and_says_why_and_until_when() {
        calls.fail(20);
        CircuitOpenException refused = (CircuitOpenException) calls.refused();
        long until = openNanos();
        assertThat(refused.until())
                .isBetween(ManualTime.EPOCH.plusNanos(until - 1_000_000), ManualTime.EPOCH.plusNanos(until));
        assertThat(refused)
                .hasMessage("payments: circuit open: 20 of 20 calls failed within 10000 ms, until " + refused.until()
                        + " (not processed, idempotency key key-1)");
        assertThat(refused.delivery()).isEqualTo(Delivery.NOT_PROCESSED);
    }

    @Test
    void the_exception_takes_the_report_of_the_whole_call() {
        calls.fail(20);
        CircuitOpenException refused = (CircuitOpenException) calls.refused();
        CircuitOpenException whole =
                refused.with(new CallFailure.Report("payments", Delivery.UNKNOWN, "key-1", List.of()));
        assertThat(whole).hasMessageContaining("circuit open").hasMessageContaining("possibly processed");
        assertThat(whole.until()).isEqualTo(refused.until());
        assertThat(whole).hasCause(refused);
    }

    @Test
    void it_stays_open_for_five_seconds_and_twice_as_long_each_time_up_to_sixty() {
        assertThat(openAndWait()).isBetween(SECOND * 45 / 10, SECOND * 55 / 10);
        for (long expected : new long[] {10, 20, 40, 60, 60}) {
            calls.fail(1);
            assertThat(breaker.state()).isEqualTo(State.OPEN);
            long nanos = openNanos();
            assertThat(nanos).isBetween(expected * SECOND * 9 / 10, expected * SECOND * 11 / 10);
            time.advance(nanos - 1);
            assertThat(calls.isAdmitted()).isFalse();
            time.advance(1);
        }
    }

    @Test
    void each_first_open_time_spent_closed_forgives_one_opening() {
        openAndWait();
        calls.fail(1);
        time.advance(openNanos());
        calls.succeed(3);
        time.advance(Duration.ofSeconds(5)); // two openings, one forgiven
        assertThat(openAndWait()).isBetween(9 * SECOND, 11 * SECOND);
        calls.succeed(3);
        time.advance(Duration.ofHours(1));
        assertThat(openAndWait()).isBetween(4 * SECOND, 6 * SECOND);
    }

    @Test
    void the_service_gets_the_time_that_it_asks_for_up_to_the_longest() {
        calls.fail(19);
        calls.admitted()
                .release(calls.ended(Outcome.OVERLOADED, 503, Duration.ZERO).retryAfterNanos(30 * SECOND));
        assertThat(openNanos()).isEqualTo(30 * SECOND);
        time.advance(openNanos());
        calls.admitted()
                .release(calls.ended(Outcome.OVERLOADED, 503, Duration.ZERO).retryAfterNanos(3_600 * SECOND));
        assertThat(openNanos()).isEqualTo(60 * SECOND);
    }

    @Test
    void one_call_at_a_time_is_tried_until_three_have_succeeded() {
        openAndWait();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        assertThat(breaker.reason()).isEqualTo("trying again after: 20 of 20 calls failed within 10000 ms");
        for (int i = 0; i < 3; i++) {
            assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
            Permit trial = calls.admitted();
            assertThat(calls.refused())
                    .isInstanceOf(CircuitOpenException.class)
                    .hasMessageContaining("circuit half-open: trying again after: 20 of 20 calls failed");
            trial.release(calls.success());
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        assertThat(breaker.reason()).isEqualTo("3 trials succeeded");
        calls.fail(19);
        assertThat(breaker.state()).as("the window begins anew").isEqualTo(State.CLOSED);
    }

    @Test
    void a_trial_that_fails_opens_it_again() {
        openAndWait();
        calls.succeed(2);
        calls.fail(1);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.reason()).isEqualTo("a trial failed");
        time.advance(openNanos());
        calls.succeed(2);
        assertThat(breaker.state())
                .as("successes of an earlier try are forgotten")
                .isEqualTo(State.HALF_OPEN);
    }

    @Test
    void as_many_trials_as_set_are_under_way_at_once() {
        use(Admissions.circuitBreaker().trials(3, 5));
        openAndWait();
        List<Permit> trials = List.of(calls.admitted(), calls.admitted(), calls.admitted());
        assertThat(calls.isAdmitted()).isFalse();
        trials.forEach(trial -> trial.release(calls.success()));
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        calls.succeed(2);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void a_cancelled_or_ignored_trial_gives_its_place_back_and_says_nothing() {
        openAndWait();
        for (int i = 0; i < 50; i++) {
            calls.admitted().cancel();
            calls.admitted().release(calls.ignored());
        }
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        calls.succeed(3);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void a_trial_that_is_never_heard_of_again_loses_its_place_after_ten_seconds() {
        openAndWait();
        calls.admitted();
        assertThat(openNanos()).isEqualTo(10 * SECOND);
        time.advance(10 * SECOND - 1);
        assertThat(calls.isAdmitted()).isFalse();
        time.advance(1);
        calls.succeed(3);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void what_a_trial_says_after_its_lease_still_counts() {
        openAndWait();
        for (int i = 0; i < 3; i++) {
            Permit slow = calls.admitted();
            time.advance(Duration.ofMinutes(1));
            slow.release(calls.success());
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        openAndWait();
        Permit hung = calls.admitted();
        time.advance(Duration.ofMinutes(1));
        hung.release(calls.failure());
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void a_trial_given_back_twice_counts_once() {
        use(Admissions.circuitBreaker().trials(2, 3));
        openAndWait();
        Permit twice = calls.admitted();
        Permit other = calls.admitted();
        twice.release(calls.success());
        twice.release(calls.success());
        twice.cancel();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        Permit third = calls.admitted();
        assertThat(calls.isAdmitted()).as("two are under way").isFalse();
        other.release(calls.success());
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        third.release(calls.success());
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void what_began_before_the_last_change_is_ignored() {
        use(Admissions.circuitBreaker().trials(2, 1));
        List<Permit> early = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            early.add(calls.admitted());
        }
        openAndWait();
        early.subList(0, 20).forEach(permit -> permit.release(calls.success()));
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        early.subList(20, 30).forEach(permit -> permit.release(calls.failure()));
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
        Permit lateTrial = calls.admitted();
        calls.succeed(1);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        lateTrial.release(calls.failure());
        early.subList(30, 40).forEach(permit -> permit.release(calls.failure()));
        calls.fail(18);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls.fail(2);
        assertThat(breaker.reason()).isEqualTo("20 of 20 calls failed within 10000 ms");
    }

    @Test
    void a_declined_payment_and_a_quota_are_successes_and_a_503_is_a_failure() {
        for (int i = 0; i < 100; i++) {
            calls.admitted().release(calls.ended(Outcome.SUCCESS, 402, Duration.ZERO));
            calls.admitted().release(calls.ended(Outcome.OVERLOADED, 429, Duration.ZERO));
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        for (int i = 0; i < 200; i++) {
            calls.admitted().release(calls.ended(Outcome.OVERLOADED, 503, Duration.ZERO));
        }
        assertThat(breaker.reason()).isEqualTo("200 of 400 calls failed within 10000 ms");
    }

    @Test
    void ignored_and_cancelled_calls_do_not_count_at_all() {
        calls.fail(19);
        for (int i = 0; i < 100; i++) {
            calls.admitted().release(calls.ignored());
            calls.admitted().cancel();
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        calls.fail(1);
        assertThat(breaker.reason()).startsWith("20 of 20");
    }

    @Test
    void a_service_may_say_what_fails() {
        use(Admissions.circuitBreaker().failures(attempt -> attempt.status() == 429));
        calls.fail(40);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        for (int i = 0; i < 40; i++) {
            calls.admitted().release(calls.ended(Outcome.OVERLOADED, 429, Duration.ZERO));
        }
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    @Test
    void slow_calls_open_it_where_they_count() {
        for (int i = 0; i < 100; i++) {
            calls.admitted().release(calls.ended(Outcome.SUCCESS, 200, Duration.ofMinutes(1)));
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        use(Admissions.circuitBreaker().slowCalls(Duration.ofSeconds(2), 0.8));
        calls.succeed(4);
        for (int i = 0; i < 16; i++) {
            assertThat(breaker.state()).isEqualTo(State.CLOSED);
            calls.admitted().release(calls.ended(Outcome.SUCCESS, 200, Duration.ofSeconds(2)));
        }
        assertThat(breaker.reason()).isEqualTo("16 of 20 calls took 2000 ms or longer within 10000 ms");
        time.advance(openNanos());
        calls.admitted().release(calls.ended(Outcome.SUCCESS, 200, Duration.ofSeconds(2)));
        assertThat(breaker.state()).isEqualTo(State.OPEN);
        assertThat(breaker.reason()).isEqualTo("a trial was slow");
    }

    @Test
    void a_predicate_that_throws_loses_no_trial() {
        use(Admissions.circuitBreaker().failures(attempt -> {
            if (attempt.status() == 418) {
                throw new IllegalStateException("planted");
            }
            return attempt.outcome() == Outcome.FAILED;
        }));
        openAndWait();
        Permit trial = calls.admitted();
        assertThatThrownBy(() -> trial.release(calls.ended(Outcome.SUCCESS, 418, Duration.ZERO)))
                .hasMessage("planted");
        calls.succeed(3);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }

    @Test
    void each_change_is_told_in_order_with_its_reason_and_what_that_throws_disturbs_nobody() {
        List<String> told = new ArrayList<>();
        List<Throwable> uncaught = new ArrayList<>();
        Thread.currentThread().setUncaughtExceptionHandler((thread, why) -> uncaught.add(why));
        use(Admissions.circuitBreaker().onChange((state, reason) -> {
            told.add(state + ": " + reason);
            throw new IllegalStateException("planted " + told.size());
        }));
        openAndWait();
        calls.succeed(3);
        Thread.currentThread().setUncaughtExceptionHandler(null);
        assertThat(told)
                .containsExactly(
                        "OPEN: 20 of 20 calls failed within 10000 ms",
                        "HALF_OPEN: trying again after: 20 of 20 calls failed within 10000 ms",
                        "CLOSED: 3 trials succeeded");
        assertThat(uncaught).extracting(Throwable::getMessage).containsExactly("planted 1", "planted 2", "planted 3");
    }

    /** A pool that is closed, and a machine that is out of threads, whose pool has taken the work by then. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void changes_are_told_once_even_where_the_executor_fails(boolean closedForGood) {
        List<State> told = new ArrayList<>();
        List<Runnable> taken = new ArrayList<>();
        Environment closed = Environment.builder()
                .nanoClock(time::nanoTime)
                .instants(time::date)
                .scheduler(time)
                .executor(task -> {
                    if (closedForGood) {
                        throw new RejectedExecutionException("closed");
                    }
                    taken.add(task);
                    throw new OutOfMemoryError("no thread");
                })
                .build();
        breaker = Admissions.circuitBreaker()
                .onChange((state, reason) -> told.add(state))
                .environment(closed)
                .build();
        calls = new Calls(time, breaker);
        openAndWait();
        calls.succeed(3);
        taken.forEach(Runnable::run);
        assertThat(told).containsExactly(State.OPEN, State.HALF_OPEN, State.CLOSED);
    }

    @Test
    void a_closed_circuit_gives_the_same_permit_to_all() {
        assertThat(calls.ask(Duration.ZERO)).isSameAs(calls.ask(Duration.ZERO));
    }

    @Test
    void bad_settings_are_named() {
        Admissions.CircuitBreakerBuilder b = Admissions.circuitBreaker();
        assertThatThrownBy(() -> b.failureRatio(0)).hasMessageContaining("failure ratio of the circuit breaker is 0.0");
        assertThatThrownBy(() -> b.failureRatio(Double.NaN))
                .hasMessageContaining("is NaN: allowed is above 0, at most 1");
        assertThatThrownBy(() -> b.minimumCalls(0)).hasMessageContaining("minimum calls of the circuit breaker is 0");
        assertThatThrownBy(() -> b.window(Duration.ZERO)).hasMessageContaining("window of the circuit breaker");
        assertThatThrownBy(() -> b.slowCalls(Duration.ZERO, 1)).hasMessageContaining("latency of slow calls");
        assertThatThrownBy(() -> b.slowCalls(Duration.ofSeconds(1), 1.01)).hasMessageContaining("slow-call ratio");
        assertThatThrownBy(() -> b.openTime(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .hasMessageContaining(
                        "longest open time of the circuit breaker is PT1S: allowed is at least the first");
        assertThatThrownBy(() -> b.trials(0, 1)).hasMessageContaining("trials at once");
        assertThatThrownBy(() -> b.trials(1, 0)).hasMessageContaining("successes");
        assertThatThrownBy(() -> b.lease(Duration.ofSeconds(-1))).hasMessageContaining("lease of a trial");
        assertThatThrownBy(() -> b.hold(0)).hasMessageContaining("callers held by the circuit breaker is 0");
        assertThatThrownBy(() -> b.failures(null)).hasMessageContaining("failures of the circuit breaker is null");
        assertThatThrownBy(() -> b.onChange(null)).hasMessageContaining("listener of the circuit breaker is null");
        assertThatThrownBy(() -> b.environment(null)).hasMessageContaining("environment is null");
    }
}
