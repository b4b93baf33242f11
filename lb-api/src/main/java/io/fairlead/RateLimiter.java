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

    /**
     * Takes back the reservation that was made last, at once: its permits will not be used. Does nothing unless a limiter says otherwise.
     *
     * <p>Who waited, or cannot know that nobody reserved since, uses {@link #refund(int, long, long)}.
     */
    default void refund(int permits) {}

    /**
     * Takes back one certain reservation whose permits will not be used: no endpoint was there, or the wait was cancelled.
     *
     * <p>What comes back is at most what cannot break the limit: a place in the past, or one that others already wait behind, is
     * worth less than a new one, or nothing. Without an implementation of its own it is {@link #refund(int)}.
     *
     * @param permits as in the reservation
     * @param reservedNanos {@link Environment#nanoTime()}, read just before the reservation was asked for
     * @param waitNanos what was answered, 0 or more
     */
    default void refund(int permits, long reservedNanos, long waitNanos) {
        refund(permits);
    }
}
