package io.fairlead.health;

import io.fairlead.Attempt;
import io.fairlead.Outcome;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The settings of a circuit breaker, and what follows from them alone.
 *
 * @param slowNanos from which latency on a call is slow, or 0 if none is
 * @param waiting how many callers may wait, or 0 if all are refused at once
 */
record CircuitBreakerRules(
        double failureRatio,
        int minimumCalls,
        long windowNanos,
        long slowNanos,
        double slowRatio,
        long openNanos,
        long maxOpenNanos,
        int trials,
        int successes,
        long leaseNanos,
        Predicate<Attempt> failure,
        int waiting) {

    /** Whether the attempt says anything about the service. */
    boolean counts(Attempt attempt) {
        Outcome outcome = attempt.outcome();
        return outcome != null && outcome != Outcome.IGNORED;
    }

    boolean isFailure(Attempt attempt) {
        return failure.test(attempt);
    }

    boolean isSlow(Attempt attempt) {
        return slowNanos > 0 && attempt.latencyNanos() >= slowNanos;
    }

    /** Why these counts open the circuit, or null if they do not. */
    @Nullable
    String reason(long failed, long slow, long total) {
        // Divided, not multiplied: the quotient nearest to 3 of 30 is the very number that the setting 0.1 stands for.
        if (failed / (double) total >= failureRatio) {
            return failed + " of " + total + " calls failed within " + millis(windowNanos);
        }
        if (slowNanos > 0 && slow / (double) total >= slowRatio) {
            return slow + " of " + total + " calls took " + millis(slowNanos) + " or longer within "
                    + millis(windowNanos);
        }
        return null;
    }

    /** The time of the opening that follows {@code earlier} others, at least what the service asked for, up to the cap. */
    long openNanos(long earlier, double chance, long askedNanos) {
        long time = earlier >= Long.numberOfLeadingZeros(openNanos) - 1
                ? maxOpenNanos
                : Math.min(maxOpenNanos, openNanos << earlier);
        long jittered = Math.max(1, (long) (time * (0.9 + 0.2 * chance)));
        return Math.max(jittered, Math.min(askedNanos, maxOpenNanos));
    }

    static String millis(long nanos) {
        return nanos / 1_000_000 + " ms";
    }
}
