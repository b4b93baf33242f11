package io.fairlead.health;

import io.fairlead.Attempt;
import io.fairlead.CallFailure;
import io.fairlead.CircuitOpenException;
import io.fairlead.Environment;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** A circuit breaker: the phase it is in, and the way from one to the next. */
final class CircuitBreakerAdmission implements Admissions.CircuitBreaker {

    /*
     *                 too many of the window failed or were slow
     *     CLOSED ──────────────────────────────────────────────► OPEN ◄──┐ a trial failed: longer than last time
     *        ▲                                                    │      │
     *        │                                       time is up   ▼      │
     *        └──────────────────────────────────────────────── HALF_OPEN ┘
     *                          enough trials succeeded
     *
     * OPEN ends when somebody looks after its time: a caller, a view, or the timer that there is when callers wait.
     */
    private final CircuitBreakerRules rules;
    private final Environment env;
    private final @Nullable WaitingLine line;
    private final CircuitBreakerChanges changes;
    private volatile CircuitBreakerPhase phase;
    private long openings; // this and the next: guarded by this
    private long closedSinceNanos;

    CircuitBreakerAdmission(CircuitBreakerRules rules, @Nullable BiConsumer<State, String> onChange, Environment env) {
        this.rules = rules;
        this.env = env;
        this.line = rules.waiting() > 0
                ? new WaitingLine(rules.waiting(), env, () -> permit(env.nanoTime()), this::refusal)
                : null;
        this.changes = new CircuitBreakerChanges(onChange, env);
        this.closedSinceNanos = env.nanoTime();
        this.phase = new CircuitBreakerClosed(this, rules, "new", closedSinceNanos);
    }

    @Override
    public CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos) {
        return phase instanceof CircuitBreakerClosed closed ? closed.admitted : admitOnTrial(attempt, maxWaitNanos);
    }

    private CompletionStage<Permit> admitOnTrial(Attempt attempt, long maxWaitNanos) {
        long now = env.nanoTime();
        if (line == null || line.size() == 0) {
            Permit permit = permit(now);
            if (permit != null) {
                return CompletableFuture.completedFuture(permit);
            }
        }
        if (line != null && maxWaitNanos > 0 && mayEndWithin(maxWaitNanos, now)) {
            CompletionStage<Permit> waiting = line.join(attempt, maxWaitNanos);
            if (waiting != null) {
                return waiting;
            }
        }
        return CompletableFuture.failedFuture(refusal(WaitingLine.report(attempt)));
    }

    private boolean mayEndWithin(long waitNanos, long nowNanos) {
        return !(phase instanceof CircuitBreakerPhase.Open open) || open.untilNanos(nowNanos) - nowNanos <= waitNanos;
    }

    private @Nullable Permit permit(long nowNanos) {
        CircuitBreakerPhase seen = current(nowNanos);
        while (seen instanceof CircuitBreakerHalfOpen trying) {
            Permit trial = trying.lease(nowNanos);
            if (trial != null) {
                wakeAfter(rules.leaseNanos());
                return trial;
            }
            if (isIn(trying)) {
                return null;
            }
            seen = phase;
        }
        return seen instanceof CircuitBreakerClosed closed ? closed : null;
    }

    /** The phase, once one whose time is up has ended. */
    private CircuitBreakerPhase current(long nowNanos) {
        CircuitBreakerPhase seen = phase;
        if (seen instanceof CircuitBreakerPhase.Open open && open.isOver(nowNanos)) {
            replace(seen, new CircuitBreakerHalfOpen(this, rules, "trying again after: " + open.reason()));
            changes.tell();
            return phase;
        }
        return seen;
    }

    boolean isIn(CircuitBreakerPhase asked) {
        return phase == asked;
    }

    /** Ends a phase with no more calls for a while, at least for what the service asked; nothing if it is over. */
    void open(CircuitBreakerPhase from, String why, long askedNanos) {
        long now = env.nanoTime();
        long nanos;
        synchronized (this) {
            if (phase != from) {
                return;
            }
            long forgiven = from instanceof CircuitBreakerClosed ? (now - closedSinceNanos) / rules.openNanos() : 0;
            long earlier = Math.max(0, openings - forgiven);
            openings = earlier + 1;
            nanos = rules.openNanos(earlier, env.random().nextDouble(), askedNanos);
            replace(from, new CircuitBreakerPhase.Open(now + nanos, why));
        }
        changes.tell();
        if (line != null) {
            line.refuseBefore(now + nanos);
            wakeAfter(nanos);
        }
    }

    /** Ends a phase with all calls admitted; nothing if it is over. */
    void close(CircuitBreakerPhase from, String why) {
        synchronized (this) {
            if (phase != from) {
                return;
            }
            closedSinceNanos = env.nanoTime();
            replace(from, new CircuitBreakerClosed(this, rules, why, closedSinceNanos));
        }
        changes.tell();
        serve();
    }

    private synchronized void replace(CircuitBreakerPhase from, CircuitBreakerPhase to) {
        if (phase == from) {
            phase = to;
            changes.add(to);
        }
    }

    /** Lets those who wait try for a permit. */
    void serve() {
        if (line != null) {
            line.serve();
        }
    }

    private void wakeAfter(long nanos) {
        if (line != null) {
            env.scheduler().schedule(this::wake, nanos, TimeUnit.NANOSECONDS);
        }
    }

    private void wake() {
        long now = env.nanoTime();
        long early = phase instanceof CircuitBreakerPhase.Open open ? open.untilNanos(now) - now : 0;
        if (early > 0 && line != null && line.size() > 0) {
            wakeAfter(early);
        }
        serve();
    }

    private CircuitOpenException refusal(CallFailure.Report report) {
        long now = env.nanoTime();
        CircuitBreakerPhase seen = phase;
        long left = Math.max(0, seen.untilNanos(now) - now);
        Instant until = env.now().plusNanos(left).truncatedTo(ChronoUnit.MILLIS);
        String state = seen.state().name().toLowerCase(Locale.ROOT).replace('_', '-');
        String waiting = line == null ? "" : ", " + line.size() + " of " + line.capacity() + " callers waiting";
        return new CircuitOpenException("circuit " + state + ": " + seen.reason() + waiting, until, report, null);
    }

    @Override
    public State state() {
        return current(env.nanoTime()).state();
    }

    @Override
    public String reason() {
        return current(env.nanoTime()).reason();
    }

    @Override
    public long untilNanos() {
        long now = env.nanoTime();
        return current(now).untilNanos(now);
    }

    @Override
    public String toString() {
        return "CircuitBreaker[" + phase.state() + ": " + phase.reason() + "]";
    }
}
