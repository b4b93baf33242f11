package io.fairlead.health;

import io.fairlead.health.Admissions.CircuitBreaker.State;

/**
 * One state of a circuit breaker, from one change to the next. A permit belongs to the phase that gave it: what it says after the
 * phase is over is ignored, so that no call speaks of a service as it was before.
 */
sealed interface CircuitBreakerPhase permits CircuitBreakerClosed, CircuitBreakerPhase.Open, CircuitBreakerHalfOpen {

    State state();

    /** Why it began. */
    String reason();

    /** The reading of the clock before which no call is admitted: {@code nowNanos} if one would be now. */
    long untilNanos(long nowNanos);

    /** No call is admitted. */
    record Open(long endNanos, String reason) implements CircuitBreakerPhase {

        @Override
        public State state() {
            return State.OPEN;
        }

        @Override
        public long untilNanos(long nowNanos) {
            return isOver(nowNanos) ? nowNanos : endNanos;
        }

        boolean isOver(long nowNanos) {
            return nowNanos - endNanos >= 0;
        }
    }
}
