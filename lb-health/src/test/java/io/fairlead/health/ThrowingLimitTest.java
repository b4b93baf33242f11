package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Admission.Permit;
import io.fairlead.Attempt;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Environment;
import io.fairlead.health.Admissions.Bulkhead;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Limits and permits of a user's that throw: nobody waits for what never comes, and no place is lost. */
class ThrowingLimitTest {

    private static final Duration LONG = Duration.ofSeconds(30);

    private final ManualTime time = new ManualTime();
    private boolean broken;

    private final ConcurrencyLimit.Cap cap = new ConcurrencyLimit.Cap() {
        @Override
        public int limit() {
            fail();
            return 1;
        }

        @Override
        public void answered(Attempt attempt, int wanted) {
            fail();
        }

        private void fail() {
            if (broken) {
                throw new NoClassDefFoundError("of the limit");
            }
        }
    };

    private final Bulkhead bulkhead = Admissions.bulkhead(env -> cap)
            .queue(5)
            .environment(time.environment(7))
            .build();
    private final Calls calls = new Calls(time, bulkhead);

    @Test
    void a_place_comes_back_though_the_limit_throws_when_it_hears_of_the_answer() {
        Permit permit = calls.admitted();
        broken = true;
        assertThatThrownBy(() -> permit.release(calls.success())).isInstanceOf(NoClassDefFoundError.class);
        assertThat(bulkhead.inFlight()).isZero();
        broken = false;
        assertThat(calls.isAdmitted()).isTrue();
    }

    @Test
    void those_in_line_hear_what_the_limit_throws_as_one_does_who_asks() {
        Permit permit = calls.admitted();
        CompletableFuture<Permit> first = calls.ask(LONG);
        CompletableFuture<Permit> second = calls.ask(LONG);
        broken = true;
        permit.cancel();
        assertThat(Calls.why(first)).isInstanceOf(NoClassDefFoundError.class);
        assertThat(Calls.why(second)).isInstanceOf(NoClassDefFoundError.class);
        assertThat(bulkhead.waiting()).isZero();
        assertThat(bulkhead.inFlight()).isZero();
    }

    @Test
    void one_whose_time_is_up_hears_so_though_the_limit_cannot_say_how_full_it_is() {
        calls.admitted();
        CompletableFuture<Permit> waiting = calls.ask(Duration.ofSeconds(1));
        broken = true;
        time.advance(Duration.ofSeconds(1));
        assertThat(Calls.why(waiting)).isInstanceOf(NoClassDefFoundError.class);
    }

    @Test
    void a_refusal_comes_though_the_permit_of_the_other_admission_throws_when_it_is_cancelled() {
        Environment env = time.environment(3);
        Admission throwing = (attempt, wait) -> CompletableFuture.completedFuture(new Permit() {
            @Override
            public void release(Attempt attempt) {
                throw new NoClassDefFoundError("of the permit");
            }

            @Override
            public void cancel() {
                throw new NoClassDefFoundError("of the permit");
            }
        });
        CompletableFuture<Permit> later = new CompletableFuture<>();
        Calls both = new Calls(time, Admissions.all(env, throwing, (attempt, wait) -> later));
        CompletableFuture<Permit> asked = both.ask(LONG);
        later.completeExceptionally(new IllegalStateException("no"));
        assertThat(Calls.why(asked)).isInstanceOf(IllegalStateException.class);
        assertThat(Calls.why(asked).getSuppressed()).hasOnlyElementsOfType(NoClassDefFoundError.class);
    }

    @Test
    void a_permit_that_nobody_waits_for_any_more_may_throw_and_the_next_is_served() {
        int[] places = {0};
        ConcurrencyLimits.Places line = ConcurrencyLimits.places(
                5,
                time.environment(3),
                () -> {
                    places[0]--;
                    return places[0] < 0
                            ? null
                            : new Permit() {
                                @Override
                                public void release(Attempt attempt) {}

                                @Override
                                public void cancel() {
                                    throw new NoClassDefFoundError("of the permit");
                                }
                            };
                },
                () -> "full");
        Calls own = new Calls(time, line);
        CompletableFuture<Permit> first = own.ask(LONG);
        CompletableFuture<Permit> second = own.ask(LONG);
        first.complete(null); // it was answered by somebody else, and stands in the line all the same
        places[0] = 2;
        line.serve();
        assertThat(second).isCompleted();
        assertThat(line.waiting()).isZero();
    }
}
