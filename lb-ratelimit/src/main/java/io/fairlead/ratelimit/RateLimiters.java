package io.fairlead.ratelimit;

import java.time.Duration;

/** Ways to limit how fast a service is called. */
public final class RateLimiters {

    private RateLimiters() {}

    /**
     * A token bucket: so many permits per period on average, a burst of them at once.
     *
     * @param permits 1 or more
     * @param period longer than zero; {@code tokenBucket(500, Duration.ofSeconds(1))} for 500 a second
     */
    public static TokenBucketBuilder tokenBucket(long permits, Duration period) {
        return new TokenBucketBuilder(permits, period);
    }
}
