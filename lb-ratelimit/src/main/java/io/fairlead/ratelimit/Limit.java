package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Require;

/**
 * A limiter that can also be asked about a moment that is not now, so that several can agree on one.
 *
 * <p>Moments are readings of {@link #env}'s clock and compare by subtraction.
 */
abstract class Limit implements RateLimiter {

    final Environment env;

    Limit(Environment env) {
        this.env = Require.notNull(env, "environment");
    }

    /** The nanoseconds from {@code from} to the first moment at which so many permits are there, or REFUSED if never; takes nothing. */
    abstract long waitFrom(int permits, long from);

    /** Takes permits for exactly {@code at}; false, and nothing is taken, if they are not there at that moment. */
    abstract boolean bookAt(int permits, long at);

    static void checkPermits(int permits) {
        Require.between(permits, 1, Integer.MAX_VALUE, "permits");
    }

    /** Checks the arguments of a refund; REFUSED cannot be given back. Returns since when the permits might have been used. */
    static long usableNanos(int permits, long reservedNanos, long waitNanos) {
        checkPermits(permits);
        return reservedNanos + Require.between(waitNanos, 0, Long.MAX_VALUE, "wait of the refunded reservation");
    }
}
