package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Admission.Permit;
import io.fairlead.Outcome;
import io.fairlead.health.Admissions.CircuitBreaker;
import io.fairlead.health.Admissions.CircuitBreaker.State;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for a circuit breaker whatever happens, in whatever order. */
class CircuitBreakerPropertyTest {

    private static final long LEASE = Duration.ofSeconds(10).toNanos();

    /** A random life of one breaker. */
    private static final class Life {

        final Random random;
        final ManualTime time = new ManualTime();
        final List<State> changes = new ArrayList<>();
        final int trials;
        final int successes;
        final int held;
        final CircuitBreaker breaker;
        final Calls calls;
        final List<Permit> permits = new ArrayList<>();
        final List<CompletableFuture<Permit>> waiting = new ArrayList<>();
        final Map<Permit, Long> leased =
                new HashMap<>(); // the trials under way in this phase, and when their leases end
        int phase;

        Life(long seed) {
            random = new Random(seed);
            trials = 1 + random.nextInt(4);
            successes = 1 + random.nextInt(4);
            held = random.nextInt(6);
            Admissions.CircuitBreakerBuilder builder = Admissions.circuitBreaker()
                    .minimumCalls(1 + random.nextInt(10))
                    .failureRatio(0.2 + 0.8 * random.nextDouble())
                    .slowCalls(Duration.ofSeconds(1), 0.9)
                    .trials(trials, successes)
                    .onChange((state, reason) -> changes.add(state))
                    .environment(time.environment(seed));
            breaker = (held > 0 ? builder.hold(held) : builder).build();
            calls = new Calls(time, breaker);
        }

        void step() {
            switch (random.nextInt(10)) {
                case 0, 1, 2, 3 -> ask();
                case 4, 5 -> end(attempt());
                case 6 -> end(null);
                case 7 -> leave();
                case 8 -> time.advance(random.nextLong(Duration.ofSeconds(2).toNanos()));
                default -> time.advance(random.nextLong(1_000_000));
            }
            check();
        }

        void ask() {
            State before = breaker.state();
            CompletableFuture<Permit> asked = calls.ask(Duration.ofMillis(random.nextInt(20_000)));
            if (asked.isDone()) {
                assertThat(before == State.OPEN && !asked.isCompletedExceptionally())
                        .as("admitted while open")
                        .isFalse();
                assertThat(before == State.CLOSED && asked.isCompletedExceptionally())
                        .as("refused while closed")
                        .isFalse();
            } else {
                waiting.add(asked);
                assertThat(waiting).as("held").hasSizeLessThanOrEqualTo(held);
                asked.whenComplete((permit, why) -> waiting.remove(asked));
            }
            asked.thenAccept(this::given);
        }

        void given(Permit permit) {
            permits.add(permit);
            if (permit instanceof CircuitBreakerClosed) {
                return;
            }
            if (phase != changes.size()) {
                phase = changes.size();
                leased.clear();
            }
            leased.values().removeIf(end -> end <= time.nanoTime());
            leased.put(permit, time.nanoTime() + LEASE);
            assertThat(leased).as("trials at once").hasSizeLessThanOrEqualTo(trials);
        }

        FakeAttempt attempt() {
            Outcome outcome = Outcome.values()[random.nextInt(Outcome.values().length)];
            return calls.ended(outcome, random.nextBoolean() ? 503 : 429, Duration.ofMillis(random.nextInt(1_100)));
        }

        void end(FakeAttempt attempt) {
            if (permits.isEmpty()) {
                return;
            }
            Permit permit = permits.remove(random.nextInt(permits.size()));
            if (random.nextInt(20) == 0) {
                return; // lost: nobody ever gives it back
            }
            leased.remove(permit);
            if (attempt == null) {
                permit.cancel();
            } else {
                permit.release(attempt);
            }
        }

        void leave() {
            if (!waiting.isEmpty() && random.nextInt(4) == 0) {
                waiting.get(random.nextInt(waiting.size())).cancel(false);
            }
        }

        void check() {
            if (breaker.state() == State.CLOSED) {
                assertThat(waiting).as("waits before a closed circuit").isEmpty();
            }
        }

        /** Everything that was begun is lost, and then the service is well. */
        void recover() {
            time.advance(Duration.ofSeconds(67)); // the longest open time, and every lease and wait
            assertThat(waiting).as("waits for ever").isEmpty();
            assertThat(breaker.state()).isNotEqualTo(State.OPEN);
            time.advance(Duration.ofSeconds(10)); // the leases of those who waited
            for (int i = 0; i < successes; i++) {
                calls.succeed(1);
            }
            assertThat(breaker.state()).isEqualTo(State.CLOSED);
        }
    }

    @Test
    void whatever_happens_it_admits_by_the_rules_and_is_never_stuck() {
        for (int seed = 0; seed < 400; seed++) {
            Life life = new Life(seed);
            for (int i = 0; i < 400; i++) {
                life.step();
            }
            life.recover();
        }
    }

    @Test
    void the_states_follow_each_other_as_they_may() {
        int reopened = 0;
        int closed = 0;
        for (int seed = 0; seed < 200; seed++) {
            Life life = new Life(seed);
            for (int i = 0; i < 400; i++) {
                life.step();
            }
            State before = State.CLOSED;
            for (State state : life.changes) {
                State from = before;
                assertThat(state)
                        .isIn(
                                switch (from) {
                                    case CLOSED -> List.of(State.OPEN);
                                    case OPEN -> List.of(State.HALF_OPEN);
                                    case HALF_OPEN -> List.of(State.OPEN, State.CLOSED);
                                });
                reopened += from == State.HALF_OPEN && state == State.OPEN ? 1 : 0;
                closed += state == State.CLOSED ? 1 : 0;
                before = state;
            }
        }
        assertThat(reopened).as("the lives are worth looking at").isGreaterThan(50);
        assertThat(closed).isGreaterThan(50);
    }

    /** One trial at a time, however many threads ask, give back, cancel and lose; and it closes again in the end. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8, 16})
    void threads_never_get_more_trials_than_there_may_be(int threads) throws Exception {
        AtomicInteger closed = new AtomicInteger();
        AtomicInteger trials = new AtomicInteger();
        for (int round = 0; round < 10; round++) {
            ManualTime time = new ManualTime();
            CircuitBreaker breaker = Admissions.circuitBreaker()
                    .minimumCalls(5)
                    .lease(Duration.ofDays(1))
                    .onChange((state, reason) -> closed.addAndGet(state == State.CLOSED ? 1 : 0))
                    .environment(time.environment(round))
                    .build();
            Calls calls = new Calls(time, breaker);
            AtomicInteger underWay = new AtomicInteger();
            Race.of(threads, thread -> {
                Random random = new Random(thread);
                for (int i = 0; i < 2_000; i++) {
                    CompletableFuture<Permit> asked = calls.ask(Duration.ZERO);
                    if (asked.isCompletedExceptionally()) {
                        time.advance(Duration.ofMillis(500));
                        continue;
                    }
                    Permit permit = asked.join();
                    if (!(permit instanceof CircuitBreakerClosed)) {
                        trials.incrementAndGet();
                        assertThat(underWay.incrementAndGet())
                                .as("trials at once")
                                .isEqualTo(1);
                        Thread.yield();
                        underWay.decrementAndGet();
                    }
                    boolean sick = i / 50 % 2 == 0; // in turn, so that it opens and closes
                    switch (random.nextInt(10)) {
                        case 0 -> permit.cancel();
                        case 1 -> permit.release(calls.ignored());
                        default -> permit.release(sick ? calls.failure() : calls.success());
                    }
                }
            });
            time.advance(Duration.ofSeconds(67));
            for (int i = 0; i < 3 && breaker.state() != State.CLOSED; i++) {
                calls.succeed(1);
            }
            assertThat(breaker.state()).isEqualTo(State.CLOSED);
        }
        assertThat(trials.get()).as("there is something to see").isGreaterThan(50);
        assertThat(closed.get()).isGreaterThan(10);
    }

    /** Callers that wait all get an answer, and what they are given is never lost. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8, 16})
    void threads_that_wait_are_all_answered(int threads) throws Exception {
        ManualTime time = new ManualTime();
        CircuitBreaker breaker = Admissions.circuitBreaker()
                .minimumCalls(5)
                .openTime(Duration.ofMillis(500), Duration.ofSeconds(2))
                .hold(threads / 2)
                .environment(time.environment(1))
                .build();
        Calls calls = new Calls(time, breaker);
        List<CompletableFuture<Permit>> unanswered = new ArrayList<>();
        AtomicInteger given = new AtomicInteger();
        Race.of(threads, thread -> {
            Random random = new Random(thread);
            for (int i = 0; i < 2_000; i++) {
                CompletableFuture<Permit> asked = calls.ask(Duration.ofSeconds(random.nextInt(20)));
                boolean fails = i / 50 % 2 == 0;
                CompletableFuture<Void> ended = asked.thenAccept(permit -> {
                    given.incrementAndGet();
                    permit.release(fails ? calls.failure() : calls.success());
                });
                if (!ended.isDone()) {
                    synchronized (unanswered) {
                        unanswered.add(asked);
                    }
                }
                time.advance(Duration.ofMillis(random.nextInt(200)));
            }
        });
        assertThat(given.get()).isGreaterThan(50);
        assertThat(unanswered).as("some waited").isNotEmpty();
        time.advance(Duration.ofMinutes(2));
        assertThat(unanswered).allSatisfy(asked -> assertThat(asked).isDone());
        for (int i = 0; i < 3 && breaker.state() != State.CLOSED; i++) {
            calls.succeed(1);
        }
        assertThat(breaker.state()).isEqualTo(State.CLOSED);
    }
}
