package io.fairlead.health;

import io.fairlead.Admission.Permit;
import io.fairlead.Attempt;
import io.fairlead.health.Admissions.CircuitBreaker.State;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Some calls are admitted on trial: so many at a time, until enough have succeeded or one has failed.
 *
 * <p>A trial holds its place by a lease that ends by itself, so that a call which hangs, or whose permit is lost, blocks nobody for
 * long. What it says later still counts while the phase lasts: the place was leased, not the word.
 */
final class CircuitBreakerHalfOpen implements CircuitBreakerPhase {

    private final CircuitBreakerAdmission breaker;
    private final CircuitBreakerRules rules;
    private final String reason;
    private final ArrayDeque<Trial> leased =
            new ArrayDeque<>(); // as all leases are equally long, the first to end is in front
    private int successes;
    private boolean over;

    CircuitBreakerHalfOpen(CircuitBreakerAdmission breaker, CircuitBreakerRules rules, String reason) {
        this.breaker = breaker;
        this.rules = rules;
        this.reason = reason;
    }

    /** A permit for one trial, or null if as many as may are under way, or the phase is over. */
    synchronized @Nullable Permit lease(long nowNanos) {
        dropEnded(nowNanos);
        if (over || leased.size() >= rules.trials()) {
            return null;
        }
        Trial trial = new Trial(nowNanos + rules.leaseNanos());
        leased.add(trial);
        return trial;
    }

    private void dropEnded(long nowNanos) {
        for (Trial oldest = leased.peek(); oldest != null && nowNanos - oldest.endNanos >= 0; oldest = leased.peek()) {
            leased.remove();
        }
    }

    private void judge(Trial trial, Attempt attempt) {
        boolean counts = rules.counts(attempt);
        boolean failed = counts && rules.isFailure(attempt);
        boolean slow = counts && rules.isSlow(attempt);
        long asked =
                failed || slow ? attempt.retryAfterNanos() : 0; // before the phase is over: then nothing may go wrong
        if (!settle(trial, counts && !failed && !slow, failed || slow)) {
            breaker.serve();
        } else if (failed || slow) {
            breaker.open(this, failed ? "a trial failed" : "a trial was slow", asked);
        } else {
            breaker.close(this, rules.successes() + (rules.successes() == 1 ? " trial" : " trials") + " succeeded");
        }
    }

    /** Gives the place back, once; true if that ends the phase. */
    private synchronized boolean settle(Trial trial, boolean good, boolean bad) {
        leased.remove(trial);
        if (over || trial.settled) {
            return false;
        }
        trial.settled = true;
        successes += good ? 1 : 0;
        over = bad || successes >= rules.successes();
        return over;
    }

    @Override
    public State state() {
        return State.HALF_OPEN;
    }

    @Override
    public String reason() {
        return reason;
    }

    @Override
    public synchronized long untilNanos(long nowNanos) {
        dropEnded(nowNanos);
        Trial oldest = leased.peek();
        return oldest == null || leased.size() < rules.trials() ? nowNanos : oldest.endNanos;
    }

    /** One call on trial. */
    private final class Trial implements Permit {

        final long endNanos;
        boolean settled;

        Trial(long endNanos) {
            this.endNanos = endNanos;
        }

        @Override
        public void release(Attempt attempt) {
            boolean judged = false;
            try {
                judge(this, attempt);
                judged = true;
            } finally {
                if (!judged) {
                    cancel(); // a user's predicate threw
                }
            }
        }

        @Override
        public void cancel() {
            settle(this, false, false);
            breaker.serve();
        }
    }
}
