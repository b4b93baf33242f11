package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Require;
import java.time.Duration;

/** Ways to limit how fast a service is called. */
public final class RateLimiters {

    private RateLimiters() {}

    /**
     * A token bucket: so many permits per period on average, a burst of them at once, and never more than
     * {@code burst + rate · T} in any interval of length T.
     *
     * <p>Exact at any rate and for any time. A reservation may lie in the future; those who wait come in the order in which they
     * asked. More permits than the burst in one reservation are always refused. Lock-free.
     *
     * @param permits 1 or more
     * @param period longer than zero; {@code tokenBucket(500, Duration.ofSeconds(1))} for 500 a second
     */
    public static TokenBucketBuilder tokenBucket(long permits, Duration period) {
        return new TokenBucketBuilder(permits, period);
    }

    /**
     * A leaky bucket as a shaper: permits leave one by one, evenly spaced over the period, and never two at once, however many
     * callers come together.
     *
     * <p>No interval of length T grants more than {@code 1 + rate · T} reservations of one permit. A reservation of n permits is granted
     * at once as well, and then keeps the next one waiting for n spaces. Whoever comes early waits; with a wait of zero, whoever comes within
     * a space of the last one is refused. Exact and lock-free, as the token bucket of which it is the form with a burst of 1.
     *
     * @param permits 1 or more
     * @param period longer than zero
     */
    public static RateLimiter leakyBucket(long permits, Duration period) {
        return leakyBucket(permits, period, Environment.system());
    }

    /** As {@link #leakyBucket(long, Duration)}, with the time of {@code env}. */
    public static RateLimiter leakyBucket(long permits, Duration period, Environment env) {
        GcraRate rate = GcraRate.leakyBucket(
                Require.between(permits, 1, Long.MAX_VALUE, "permits of the leaky bucket"),
                Require.positiveNanos(period, "period of the leaky bucket"));
        return new Gcra(rate, 0, env);
    }
}
