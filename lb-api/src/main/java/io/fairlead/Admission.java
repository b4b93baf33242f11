package io.fairlead;

import java.util.concurrent.CompletionStage;

/**
 * The asynchronous form of a limit: asked once per attempt, for what needs the attempt, another process, or a queue.
 *
 * <p>Called by many threads at once, after the {@link RateLimiter}. It must not block: what takes time is the stage's.
 */
@FunctionalInterface
public interface Admission {

    /**
     * Asks for leave to send one attempt.
     *
     * @param attempt the attempt; its endpoint is not set yet
     * @param maxWaitNanos the longest wait in line that the caller accepts; 0 for one who takes a permit that is there, and waits for none
     * @return a stage of the permit. One that fails fails the call, as refused if with a {@link ThrottledException}.
     *     The client stops waiting half a second (for decisions that are made elsewhere) after {@code maxWaitNanos}, at the deadline, or
     *     when the call is cancelled, and then cancels a permit that still comes
     */
    CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos);

    /** Leave to send one attempt: given back exactly once, by one of the two methods, which must not block. */
    interface Permit {

        /** The attempt was sent and is over; it carries its outcome. */
        void release(Attempt attempt);

        /** The attempt was not sent. */
        void cancel();
    }
}
