package io.fairlead.ratelimit.redis;

import org.jspecify.annotations.Nullable;

/** Something that a {@link Line} carries to Redis. Its methods are called without a lock held. */
interface Op {

    /** What is asked for, as of a moment of the environment's clock. */
    Redis.Request request(long nowNanos);

    /** Some permits were granted, or with a grant of 0 refused. */
    void answered(Grant grant);

    /** Redis did not answer; {@code line} knows what to do without. */
    void lost(Line line, @Nullable Throwable why);

    /**
     * So many permits, from so many nanoseconds on.
     *
     * @param moment they are for, in microseconds of the server's clock; of the line's own where {@code birth} is {@link #LOCAL}
     * @param birth of the key they were taken from
     */
    record Grant(long permits, long waitNanos, long moment, long birth) {

        /** In place of a birth: granted by this process alone. */
        static final long LOCAL = -1;
    }
}
