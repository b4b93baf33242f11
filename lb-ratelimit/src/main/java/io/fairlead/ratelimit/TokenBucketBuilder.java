package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Require;
import java.time.Duration;

/** Makes a token bucket. */
public final class TokenBucketBuilder {

    private final long permits;
    private final long periodNanos;
    private long burst;
    private Environment env = Environment.system();

    TokenBucketBuilder(long permits, Duration period) {
        this.permits = Require.between(permits, 1, Long.MAX_VALUE, "permits of the token bucket");
        this.periodNanos = Require.positiveNanos(period, "period of the token bucket");
        this.burst = Math.max(1, permits / 10);
    }

    /**
     * Sets how many permits may be used at once after a pause, 1 or more. Default a tenth of the permits of a period: partners
     * who count per second see no more than 110 % in any second of theirs.
     */
    public TokenBucketBuilder burst(long burst) {
        this.burst = Require.between(burst, 1, Long.MAX_VALUE, "burst of the token bucket");
        return this;
    }

    /** Sets where the time comes from; default {@link Environment#system()}. */
    public TokenBucketBuilder environment(Environment env) {
        this.env = Require.notNull(env, "environment");
        return this;
    }

    /**
     * The limiter, which begins full.
     *
     * @throws IllegalArgumentException if the numbers are too large to be counted exactly: with permits and period (in
     *     nanoseconds) in lowest terms, permits are at most 2³⁰ and burst times period at most 2⁶⁰
     */
    public RateLimiter build() {
        return new Gcra(GcraRate.tokenBucket(permits, periodNanos, burst), 0, env);
    }
}
