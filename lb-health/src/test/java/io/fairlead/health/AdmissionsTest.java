package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Admission.Permit;
import io.fairlead.Attempt;
import io.fairlead.CircuitOpenException;
import io.fairlead.Environment;
import io.fairlead.health.Admissions.Bulkhead;
import io.fairlead.health.Admissions.CircuitBreaker;
import io.fairlead.health.Admissions.CircuitBreaker.State;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.Test;

/** Several admissions as one. */
class AdmissionsTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    /** An admission that a test answers, and that notes what becomes of its permit. */
    private static final class Scripted implements Admission, Permit {

        final String name;
        final List<String> log;
        CompletionStage<Permit> answer = CompletableFuture.completedFuture(this);
        long askedNanos = -1;

        Scripted(String name, List<String> log) {
            this.name = name;
            this.log = log;
        }

        @Override
        public CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos) {
            log.add(name + " asked");
            askedNanos = maxWaitNanos;
            return answer;
        }

        @Override
        public void release(Attempt attempt) {
            log.add(name + " released " + attempt.outcome());
        }

        @Override
        public void cancel() {
            log.add(name + " cancelled");
        }
    }

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(7);
    private final List<String> log = new ArrayList<>();
    private final Scripted a = new Scripted("a", log);
    private final Scripted b = new Scripted("b", log);
    private final Scripted c = new Scripted("c", log);
    private final Calls calls = new Calls(time, Admissions.all(env, a, b, c));

    @Test
    void all_are_asked_in_order_and_told_of_the_end() {
        Permit permit = calls.admitted();
        permit.release(calls.success());
        assertThat(log)
                .containsExactly(
                        "a asked",
                        "b asked",
                        "c asked",
                        "c released SUCCESS",
                        "b released SUCCESS",
                        "a released SUCCESS");
    }

    @Test
    void a_permit_that_was_not_used_is_cancelled_with_all() {
        calls.admitted().cancel();
        assertThat(log).endsWith("c cancelled", "b cancelled", "a cancelled");
    }

    @Test
    void when_a_later_one_refuses_the_earlier_ones_are_cancelled_and_the_rest_is_not_asked() {
        b.answer = CompletableFuture.failedFuture(new IllegalStateException("full"));
        assertThat(calls.refused()).hasMessage("full");
        assertThat(log).containsExactly("a asked", "b asked", "a cancelled");
    }

    @Test
    void when_the_last_one_refuses_later_all_are_cancelled() {
        CompletableFuture<Permit> late = new CompletableFuture<>();
        c.answer = late;
        CompletableFuture<Permit> asked = calls.ask(LONG);
        assertThat(asked).isNotDone();
        late.completeExceptionally(new IllegalStateException("too late"));
        assertThat(Calls.why(asked)).hasMessage("too late");
        assertThat(log).containsExactly("a asked", "b asked", "c asked", "b cancelled", "a cancelled");
    }

    @Test
    void each_is_asked_for_what_is_left_of_the_wait() {
        CompletableFuture<Permit> late = new CompletableFuture<>();
        CompletableFuture<Permit> later = new CompletableFuture<>();
        a.answer = late;
        b.answer = later;
        CompletableFuture<Permit> asked = calls.ask(Duration.ofSeconds(10));
        time.advance(Duration.ofSeconds(3));
        late.complete(a);
        time.advance(Duration.ofSeconds(4));
        later.complete(b);
        assertThat(asked).isCompleted();
        assertThat(a.askedNanos).isEqualTo(Duration.ofSeconds(10).toNanos());
        assertThat(b.askedNanos).isEqualTo(Duration.ofSeconds(7).toNanos());
        assertThat(c.askedNanos).isEqualTo(Duration.ofSeconds(3).toNanos());
    }

    @Test
    void one_that_throws_or_gives_nothing_costs_no_permit_of_the_others() {
        Admission throwing = (attempt, wait) -> {
            throw new IllegalStateException("planted");
        };
        Calls first = new Calls(time, Admissions.all(env, a, throwing));
        assertThatThrownBy(() -> first.ask(LONG)).hasMessage("planted");
        assertThat(log).containsExactly("a asked", "a cancelled");

        Calls second = new Calls(time, Admissions.all(env, a, (attempt, wait) -> null));
        assertThatThrownBy(() -> second.ask(LONG)).hasMessageContaining("returned null for a stage");
        assertThat(log).endsWith("a asked", "a cancelled");

        b.answer = CompletableFuture.completedFuture(null);
        assertThat(calls.refused()).hasMessageContaining("gave null as its permit");
        assertThat(log).endsWith("a asked", "b asked", "a cancelled");

        a.answer = CompletableFuture.completedFuture(null);
        assertThat(calls.refused()).hasMessageContaining("gave null as its permit");
    }

    @Test
    void one_that_throws_after_a_wait_fails_the_caller() {
        CompletableFuture<Permit> late = new CompletableFuture<>();
        a.answer = late;
        Calls through = new Calls(time, Admissions.all(env, a, (attempt, wait) -> {
            throw new IllegalStateException("planted");
        }));
        CompletableFuture<Permit> asked = through.ask(LONG);
        late.complete(a);
        assertThat(Calls.why(asked)).hasMessage("planted");
        assertThat(log).containsExactly("a asked", "a cancelled");
    }

    @Test
    void a_caller_that_has_left_leaves_nothing_behind() {
        CompletableFuture<Permit> first = new CompletableFuture<>();
        a.answer = first;
        calls.ask(LONG).cancel(false);
        first.complete(a);
        assertThat(log).containsExactly("a asked", "a cancelled");

        log.clear();
        CompletableFuture<Permit> last = new CompletableFuture<>();
        a.answer = CompletableFuture.completedFuture(a);
        c.answer = last;
        calls.ask(LONG).cancel(false);
        last.complete(c);
        assertThat(log).containsExactly("a asked", "b asked", "c asked", "c cancelled", "b cancelled", "a cancelled");
    }

    @Test
    void a_stage_of_another_kind_will_do() {
        a.answer = CompletableFuture.completedStage(a);
        b.answer = CompletableFuture.completedFuture((Permit) b).minimalCompletionStage();
        assertThat(calls.ask(LONG)).isCompleted();
    }

    @Test
    void one_that_throws_at_the_end_keeps_no_other_from_its_permit() {
        Permit throwing = new Permit() {
            @Override
            public void release(Attempt attempt) {
                throw new IllegalStateException("planted");
            }

            @Override
            public void cancel() {
                throw new IllegalStateException("planted");
            }
        };
        b.answer = CompletableFuture.completedFuture(throwing);
        Permit first = calls.admitted();
        assertThatThrownBy(() -> first.release(calls.success())).hasMessage("planted");
        assertThat(log).endsWith("c released SUCCESS", "a released SUCCESS");
        Permit second = calls.admitted();
        assertThatThrownBy(second::cancel).hasMessage("planted");
        assertThat(log).endsWith("c cancelled", "a cancelled");
    }

    @Test
    void admissions_that_share_their_permits_make_one_that_does() {
        assertThat(calls.ask(LONG)).isSameAs(calls.ask(LONG));
        assertThat(Admissions.all(a)).isSameAs(a);
    }

    @Test
    void a_breaker_before_a_bulkhead_gets_its_trial_back_when_that_is_full() {
        CircuitBreaker breaker = Admissions.circuitBreaker().environment(env).build();
        Bulkhead bulkhead = Admissions.bulkhead(1).environment(env).build();
        Calls direct = new Calls(time, breaker);
        Calls both = new Calls(time, Admissions.all(env, breaker, bulkhead));
        both.fail(20);
        assertThat(both.refused()).isInstanceOf(CircuitOpenException.class);
        assertThat(bulkhead.inFlight()).isZero();
        time.advance(Duration.ofSeconds(6));
        Permit trial = both.admitted();
        time.advance(Duration.ofSeconds(10)); // its lease ends, its place in the bulkhead is kept
        assertThat(both.refused()).hasMessageContaining("1 of 1 in flight");
        assertThat(direct.isAdmitted()).isTrue();
        trial.release(both.success());
        both.succeed(2);
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
        assertThat(bulkhead.inFlight()).isZero();
    }

    @Test
    void bad_settings_are_named() {
        assertThatThrownBy(Admissions::all).hasMessageContaining("number of admissions is 0: allowed is at least 1");
        assertThatThrownBy(() -> Admissions.all(a, null)).hasMessageContaining("admission 2 is null");
        assertThatThrownBy(() -> Admissions.all((Admission[]) null)).hasMessageContaining("admissions is null");
        assertThatThrownBy(() -> Admissions.all((Environment) null, a)).hasMessageContaining("environment is null");
    }
}
