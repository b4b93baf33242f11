package io.fairlead;

/**
 * How fast the service may be called. Answers at once and never blocks: it is the caller who waits.
 *
 * <p>Called for every attempt, retries included (the partner counts attempts), by many threads at once. It must not block
 * and should not allocate. An exception fails the call, with itself as the cause.
 */
@FunctionalInterface
public interface RateLimiter {

    /** The answer that means: not within the wait that was offered. Nothing is reserved then. */
    long REFUSED = -1;

    /**
     * Reserves permits, now or a little later.
     *
     * @param permits how many, 1 or more
     * @param maxWaitNanos the longest wait that the caller accepts, 0 or more
     * @return the nanoseconds to wait before the permits may be used (0: at once; at most {@code maxWaitNanos}), or {@link #REFUSED}
     */
    long reserve(int permits, long maxWaitNanos);

    /** Takes back permits that were reserved and will not be used: no endpoint was there, or the wait was cancelled. */
    default void refund(int permits) {}
}
