package io.fairlead.health;

import io.fairlead.Admission.Permit;
import io.fairlead.Attempt;
import io.fairlead.health.Admissions.CircuitBreaker.State;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** All calls are admitted, and counted. One permit serves all. */
final class CircuitBreakerClosed implements CircuitBreakerPhase, Permit {

    /** A tenth of the window leaves it at once: fine enough that its length means something, and cheap to add up. */
    private static final int BUCKETS = 10;

    final CompletionStage<Permit> admitted = CompletableFuture.completedFuture(this);

    private final CircuitBreakerAdmission breaker;
    private final CircuitBreakerRules rules;
    private final String reason;
    private final SlidingWindow window;

    /** There was a bad call while there were too few to judge: then a good one may be the one that makes them enough. */
    private volatile boolean tooFew;

    CircuitBreakerClosed(CircuitBreakerAdmission breaker, CircuitBreakerRules rules, String reason, long nowNanos) {
        this.breaker = breaker;
        this.rules = rules;
        this.reason = reason;
        this.window = new SlidingWindow(rules.windowNanos(), BUCKETS, nowNanos);
    }

    @Override
    public void release(Attempt attempt) {
        if (!breaker.isIn(this) || !rules.counts(attempt)) {
            return;
        }
        boolean failed = rules.isFailure(attempt);
        boolean slow = rules.isSlow(attempt);
        window.record(attempt.eventNanos(), failed, slow);
        if (failed || slow || tooFew) {
            judge(attempt);
        }
    }

    @Override
    public void cancel() {} // it was not sent, and nobody counted on it

    private void judge(Attempt attempt) {
        long now = attempt.eventNanos();
        tooFew = true; // before the calls are counted: one that is not in the count sees it
        long failed = window.failed(now);
        long slow = window.slow(now);
        long total = window.total(now);
        if (total < rules.minimumCalls()) {
            return;
        }
        tooFew = false;
        String why = rules.reason(failed, slow, total);
        if (why != null) {
            breaker.open(this, why, attempt.retryAfterNanos());
        }
    }

    @Override
    public State state() {
        return State.CLOSED;
    }

    @Override
    public String reason() {
        return reason;
    }

    @Override
    public long untilNanos(long nowNanos) {
        return nowNanos;
    }
}
