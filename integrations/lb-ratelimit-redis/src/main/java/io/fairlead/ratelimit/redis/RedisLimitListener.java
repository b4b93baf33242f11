package io.fairlead.ratelimit.redis;

/**
 * Told when a shared limit does without Redis, and when it does not any more. Called on the environment's executor; what it throws is
 * logged.
 */
public interface RedisLimitListener {

    /**
     * Redis failed or did not answer in time; the fallback decides from now on.
     *
     * @param limit name of the limit
     * @param why what happened to the call that failed
     */
    default void redisLost(String limit, Throwable why) {}

    /**
     * Redis answers again and decides from now on.
     *
     * @param limit name of the limit
     * @param nanos how long it did without
     */
    default void redisBack(String limit, long nanos) {}
}
