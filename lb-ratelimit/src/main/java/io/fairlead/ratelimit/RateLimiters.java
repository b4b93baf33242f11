package io.fairlead.ratelimit;

import java.time.Duration;

/** Ways to limit how fast a service is called. */
public final class RateLimiters {

    private RateLimiters() {}

    /**
     * A token bucket: so many permits per period on average, a burst of them at once, and never more than
     * {@code burst + rate · T} in any interval of length T.
     *
     * <p>Exact at any rate and for any time. A reservation may lie in the future; those who wait come in the order in which they
     * asked. More permits than the burst in one reservation are always refused. What is refunded may be used again at once, in
     * addition to the bound, but never fills the bucket beyond the burst.
     *
     * @param permits 1 or more
     * @param period longer than zero; {@code tokenBucket(500, Duration.ofSeconds(1))} for 500 a second
     */
    public static TokenBucketBuilder tokenBucket(long permits, Duration period) {
        return new TokenBucketBuilder(permits, period);
    }
}
