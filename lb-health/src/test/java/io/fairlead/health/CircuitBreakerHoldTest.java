package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Admission.Permit;
import io.fairlead.CircuitOpenException;
import io.fairlead.Environment;
import io.fairlead.health.Admissions.CircuitBreaker;
import io.fairlead.health.Admissions.CircuitBreaker.State;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** A circuit breaker that lets callers wait. */
class CircuitBreakerHoldTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final ManualTime time = new ManualTime();
    private final CircuitBreaker breaker =
            Admissions.circuitBreaker().hold(4).environment(time.environment(7)).build();
    private final Calls calls = new Calls(time, breaker);

    private void open() {
        calls.fail(20);
        assertThat(breaker.state()).isEqualTo(State.OPEN);
    }

    private long openNanos() {
        return breaker.untilNanos() - time.nanoTime();
    }

    @Test
    void a_caller_waits_for_the_end_of_the_open_time_and_is_the_trial() {
        open();
        CompletableFuture<Permit> caller = calls.ask(LONG);
        time.advance(openNanos() - 1);
        assertThat(caller).isNotDone();
        time.advance(1);
        assertThat(caller).isCompleted();
        assertThat(breaker.state()).isEqualTo(State.HALF_OPEN);
    }

    @Test
    void callers_are_let_through_in_their_order_one_trial_after_the_other_and_then_all() {
        open();
        List<Integer> order = new ArrayList<>();
        List<Permit> held = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            int number = i;
            calls.ask(LONG).thenAccept(permit -> {
                order.add(number);
                held.add(permit);
            });
        }
        time.advance(openNanos());
        assertThat(order).containsExactly(0);
        held.get(0).release(calls.success());
        assertThat(order).containsExactly(0, 1);
        held.get(1).cancel();
        assertThat(order).containsExactly(0, 1, 2);
        held.get(2).release(calls.success());
        calls.refused(); // a newcomer who cannot wait overtakes nobody
        held.get(3).release(calls.success());
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        assertThat(order).containsExactly(0, 1, 2, 3);
    }

    @Test
    void all_who_wait_go_when_it_closes() {
        open();
        time.advance(openNanos());
        calls.succeed(2);
        Permit third = calls.admitted();
        List<CompletableFuture<Permit>> waiting = List.of(calls.ask(LONG), calls.ask(LONG), calls.ask(LONG));
        assertThat(waiting).allSatisfy(caller -> assertThat(caller).isNotDone());
        third.release(calls.success());
        assertThat(waiting).allSatisfy(caller -> assertThat(caller).isCompleted());
    }

    @Test
    void a_caller_whose_time_ends_before_the_open_time_is_refused_at_once() {
        open();
        assertThat(calls.ask(Duration.ofSeconds(4))).isCompletedExceptionally();
        assertThat(calls.ask(Duration.ofNanos(openNanos()))).isNotDone();
    }

    @Test
    void a_caller_is_refused_when_its_time_is_up() {
        open();
        time.advance(openNanos());
        calls.admitted();
        CompletableFuture<Permit> caller = calls.ask(Duration.ofSeconds(2));
        time.advance(Duration.ofSeconds(2).toNanos() - 1);
        assertThat(caller).isNotDone();
        time.advance(1);
        assertThat(Calls.why(caller))
                .isInstanceOf(CircuitOpenException.class)
                .hasMessageContaining("circuit half-open: trying again after: 20 of 20 calls failed")
                .hasMessageContaining("idempotency key key-1");
    }

    @Test
    void when_a_trial_fails_those_who_cannot_wait_for_the_next_are_refused_at_once_and_the_others_wait() {
        open();
        time.advance(openNanos());
        Permit trial = calls.admitted();
        CompletableFuture<Permit> hasLittleTime = calls.ask(Duration.ofSeconds(5));
        CompletableFuture<Permit> hasTime = calls.ask(LONG);
        trial.release(calls.failure()); // ten seconds, give or take one
        assertThat(Calls.why(hasLittleTime)).hasMessageContaining("circuit open: a trial failed");
        assertThat(hasTime).isNotDone();
        time.advance(openNanos());
        assertThat(hasTime).isCompleted();
    }

    @Test
    void the_line_is_bounded() {
        open();
        for (int i = 0; i < 4; i++) {
            assertThat(calls.ask(LONG)).isNotDone();
        }
        assertThat(Calls.why(calls.ask(LONG))).hasMessageContaining("4 of 4 callers waiting");
        time.advance(Duration.ofMinutes(1));
        assertThat(calls.isAdmitted()).isTrue();
    }

    @Test
    void a_trial_that_hangs_holds_the_next_caller_for_its_lease_only() {
        open();
        time.advance(openNanos());
        calls.admitted();
        CompletableFuture<Permit> next = calls.ask(LONG);
        time.advance(Duration.ofSeconds(10).toNanos() - 1);
        assertThat(next).isNotDone();
        time.advance(1);
        assertThat(next).isCompleted();
    }

    @Test
    void a_caller_that_has_left_passes_its_turn_on() {
        open();
        CompletableFuture<Permit> left = calls.ask(LONG);
        CompletableFuture<Permit> next = calls.ask(LONG);
        left.cancel(false);
        time.advance(openNanos());
        assertThat(next).isCompleted();
    }

    @Test
    void a_timer_that_comes_early_is_set_again() {
        AtomicLong lag = new AtomicLong();
        Environment env = Environment.builder()
                .nanoClock(() -> time.nanoTime() - lag.get())
                .scheduler(time)
                .executor(Runnable::run)
                .build();
        CircuitBreaker early =
                Admissions.circuitBreaker().hold(4).environment(env).build();
        Calls through = new Calls(time, early);
        through.fail(20);
        long open = early.untilNanos() - env.nanoTime();
        CompletableFuture<Permit> caller = through.ask(LONG);
        lag.set(7_000_000);
        time.advance(open);
        assertThat(caller).isNotDone();
        time.advance(7_000_000);
        assertThat(caller).isCompleted();
    }
}
