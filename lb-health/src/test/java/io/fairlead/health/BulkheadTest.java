package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission.Permit;
import io.fairlead.Environment;
import io.fairlead.ThrottledException;
import io.fairlead.health.Admissions.Bulkhead;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class BulkheadTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final ManualTime time = new ManualTime();
    private Bulkhead bulkhead =
            Admissions.bulkhead(2).queue(3).environment(time.environment(7)).build();
    private Calls calls = new Calls(time, bulkhead);

    @Test
    void as_many_as_the_cap_are_admitted_at_once_with_one_and_the_same_stage() {
        assertThat(calls.ask(Duration.ZERO)).isSameAs(calls.ask(Duration.ZERO)).isCompleted();
        assertThat(bulkhead.inFlight()).isEqualTo(2);
        assertThat(calls.refused())
                .isInstanceOf(ThrottledException.class)
                .hasMessage(
                        "payments: bulkhead: 2 of 2 in flight, 0 of 3 waiting (not processed, idempotency key key-1)");
    }

    @Test
    void a_permit_comes_back_whatever_became_of_the_attempt() {
        for (int i = 0; i < 10; i++) {
            calls.admitted().release(calls.success());
            calls.admitted().release(calls.failure());
            calls.admitted().cancel();
        }
        assertThat(bulkhead.inFlight()).isZero();
    }

    @Test
    void those_who_wait_are_admitted_in_their_order() {
        Permit a = calls.admitted();
        Permit b = calls.admitted();
        List<CompletableFuture<Permit>> waiting = List.of(calls.ask(LONG), calls.ask(LONG), calls.ask(LONG));
        assertThat(bulkhead.waiting()).isEqualTo(3);
        a.release(calls.success());
        assertThat(waiting).extracting(CompletableFuture::isDone).containsExactly(true, false, false);
        b.cancel();
        assertThat(waiting).extracting(CompletableFuture::isDone).containsExactly(true, true, false);
        assertThat(bulkhead.inFlight()).isEqualTo(2);
        assertThat(bulkhead.waiting()).isEqualTo(1);
    }

    @Test
    void the_queue_is_bounded() {
        calls.admitted();
        calls.admitted();
        for (int i = 0; i < 3; i++) {
            assertThat(calls.ask(LONG)).isNotDone();
        }
        assertThat(Calls.why(calls.ask(LONG))).hasMessageContaining("2 of 2 in flight, 3 of 3 waiting");
    }

    @Test
    void one_whose_time_is_up_is_refused_and_makes_room() {
        calls.admitted();
        calls.admitted();
        CompletableFuture<Permit> patient = calls.ask(LONG);
        CompletableFuture<Permit> hasty = calls.ask(Duration.ofMillis(100));
        time.advance(Duration.ofMillis(100).toNanos() - 1);
        assertThat(hasty).isNotDone();
        time.advance(1);
        assertThat(Calls.why(hasty))
                .isInstanceOf(ThrottledException.class)
                .hasMessageContaining("2 of 2 in flight, 1 of 3 waiting");
        assertThat(patient).isNotDone();
        assertThat(bulkhead.waiting()).isEqualTo(1);
    }

    @Test
    void an_admitted_one_leaves_no_timer() {
        Permit a = calls.admitted();
        calls.admitted();
        calls.ask(LONG);
        assertThat(time.pendingTimers()).isEqualTo(1);
        a.cancel();
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void a_wait_without_end_is_a_long_one() {
        calls.admitted();
        Permit b = calls.admitted();
        CompletableFuture<Permit> forever = calls.ask(Duration.ofNanos(Long.MAX_VALUE));
        time.advance(Duration.ofDays(3650));
        assertThat(forever).isNotDone();
        b.cancel();
        assertThat(forever).isCompleted();
    }

    @Test
    void without_a_queue_nobody_waits() {
        bulkhead =
                Admissions.bulkhead(1).queue(0).environment(time.environment(7)).build();
        calls = new Calls(time, bulkhead);
        calls.admitted();
        assertThat(Calls.why(calls.ask(LONG))).hasMessageContaining("1 of 1 in flight, 0 of 0 waiting");
    }

    @Test
    void a_permit_that_comes_back_while_one_is_about_to_enter_the_queue_is_not_missed() {
        List<Permit> comesBack = new ArrayList<>();
        Environment env = Environment.builder()
                .nanoClock(
                        () -> { // read on the way into the queue
                            comesBack.forEach(Permit::cancel);
                            comesBack.clear();
                            return time.nanoTime();
                        })
                .scheduler(time)
                .executor(Runnable::run)
                .build();
        bulkhead = Admissions.bulkhead(1).environment(env).build();
        calls = new Calls(time, bulkhead);
        comesBack.add(calls.admitted());
        assertThat(calls.ask(LONG)).isCompleted();
    }

    @Test
    void a_caller_that_has_left_makes_room_at_once_and_gets_no_permit() {
        Permit a = calls.admitted();
        calls.admitted();
        CompletableFuture<Permit> left = calls.ask(LONG);
        CompletableFuture<Permit> next = calls.ask(LONG);
        left.cancel(false);
        assertThat(bulkhead.waiting()).isEqualTo(1);
        assertThat(time.pendingTimers()).isEqualTo(1);
        a.cancel();
        assertThat(next).isCompleted();
        assertThat(bulkhead.inFlight()).isEqualTo(2);
    }

    @Test
    void twenty_thousand_callers_that_give_their_permits_back_at_once_nest_no_calls() {
        bulkhead = Admissions.bulkhead(1)
                .queue(20_000)
                .environment(time.environment(7))
                .build();
        calls = new Calls(time, bulkhead);
        Permit only = calls.admitted();
        for (int i = 0; i < 20_000; i++) {
            CompletableFuture<Permit> asked = calls.ask(LONG);
            if (i % 2 == 0) {
                asked.thenAccept(Permit::cancel);
            } else {
                asked.completeExceptionally(new IllegalStateException("left"));
            }
        }
        only.cancel();
        assertThat(bulkhead.waiting()).isZero();
        assertThat(bulkhead.inFlight()).isZero();
    }

    @Test
    void an_executor_that_refuses_work_costs_neither_a_permit_nor_an_answer() {
        Environment closed = Environment.builder()
                .nanoClock(time::nanoTime)
                .scheduler(time)
                .executor(task -> {
                    throw new RejectedExecutionException("closed");
                })
                .build();
        bulkhead = Admissions.bulkhead(1).queue(2).environment(closed).build();
        calls = new Calls(time, bulkhead);
        Permit first = calls.admitted();
        CompletableFuture<Permit> second = calls.ask(LONG);
        CompletableFuture<Permit> third = calls.ask(Duration.ofSeconds(1));
        first.cancel();
        assertThat(second).isCompleted();
        time.advance(Duration.ofSeconds(1));
        assertThat(third).isCompletedExceptionally();
    }

    @Test
    void a_scheduler_that_refuses_work_fails_the_caller_and_leaves_nothing_behind() {
        ManualTime broken = new ManualTime();
        Environment env = Environment.builder()
                .nanoClock(time::nanoTime)
                .scheduler(RejectingScheduler.of(broken))
                .executor(Runnable::run)
                .build();
        bulkhead = Admissions.bulkhead(1).queue(2).environment(env).build();
        calls = new Calls(time, bulkhead);
        Permit only = calls.admitted();
        assertThatThrownBy(() -> calls.ask(LONG)).isInstanceOf(RejectedExecutionException.class);
        assertThat(bulkhead.waiting()).isZero();
        only.cancel();
        assertThat(calls.isAdmitted()).isTrue();
    }

    @Test
    void a_permit_given_back_twice_is_an_error_and_lifts_no_cap() {
        Permit permit = calls.admitted();
        permit.cancel();
        assertThatThrownBy(permit::cancel)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("given back twice");
        assertThat(bulkhead.inFlight()).isZero();
        calls.admitted();
        calls.admitted();
        assertThat(calls.isAdmitted()).isFalse();
    }

    @Test
    void by_default_as_many_may_wait_as_may_be_in_flight() {
        bulkhead = Admissions.bulkhead(7).environment(time.environment(7)).build();
        calls = new Calls(time, bulkhead);
        for (int i = 0; i < 14; i++) {
            calls.ask(LONG);
        }
        assertThat(bulkhead.inFlight()).isEqualTo(7);
        assertThat(bulkhead.waiting()).isEqualTo(7);
        assertThat(calls.ask(LONG)).isCompletedExceptionally();
        assertThat(bulkhead).hasToString("Bulkhead[7 of 7 in flight, 7 waiting]");
    }

    @Test
    void bad_settings_are_named() {
        assertThatThrownBy(() -> Admissions.bulkhead(0))
                .hasMessageContaining("attempts in flight of the bulkhead is 0: allowed is at least 1");
        assertThatThrownBy(() -> Admissions.bulkhead(1).queue(-1)).hasMessageContaining("queue of the bulkhead is -1");
        assertThatThrownBy(() -> Admissions.bulkhead(1).environment(null)).hasMessageContaining("environment is null");
    }
}
