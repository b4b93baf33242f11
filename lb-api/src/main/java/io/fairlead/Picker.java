package io.fairlead;

import org.jspecify.annotations.Nullable;

/**
 * Chooses one endpoint from one snapshot.
 *
 * <p>Called for every attempt, on the caller's thread or on one of the client's, by many threads at once. It must not block,
 * lock or (for the sake of speed) allocate. An exception fails the call, with itself as the cause.
 */
@FunctionalInterface
public interface Picker {

    /**
     * The endpoint for this attempt, or null if there is none.
     *
     * <p>A picker should avoid endpoints for which {@link Attempt#tried} is true while others are left. One that does not is
     * safe all the same: the client asks again and then looks for an untried endpoint itself.
     *
     * @param attempt what is known of the attempt: its {@link Attempt#endpoint()} is not set yet
     */
    @Nullable
    Endpoint pick(Attempt attempt);
}
