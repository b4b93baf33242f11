package io.fairlead;

/**
 * Whether and when another attempt follows. Asked only where another attempt is safe (see {@link Delivery}): it decides
 * whether it is worth while.
 *
 * <p>Called on the thread that brings the answer; it must not block. An exception fails the call, with itself as the cause.
 */
@FunctionalInterface
public interface RetryPolicy {

    /** The answer that means: no further attempt. */
    long STOP = -1;

    /**
     * The delay before the next attempt.
     *
     * @param attempt the attempt that has just ended badly, with its verdict
     * @return nanoseconds to wait, 0 for at once, or {@link #STOP}. A delay beyond the call's deadline is a STOP
     */
    long nextDelayNanos(Attempt attempt);
}
