package io.fairlead.ratelimit;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Require;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

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

    /**
     * A fixed window counter: so many permits in each of the periods that follow one another from now on.
     *
     * <p>The cheapest to reason about, and the loosest: around the edge of two windows up to twice the permits are granted within a moment.
     * Right where the partner counts just so, from the same edges. At most one permit a nanosecond. Lock-free.
     *
     * @param permits 1 or more
     * @param period longer than zero, at most 36 years
     */
    public static RateLimiter fixedWindow(long permits, Duration period) {
        return fixedWindow(permits, period, Environment.system());
    }

    /** As {@link #fixedWindow(long, Duration)}, with the time of {@code env}. */
    public static RateLimiter fixedWindow(long permits, Duration period, Environment env) {
        return new FixedWindow(permits, window(period, "fixed window"), env);
    }

    /**
     * A sliding window counter: an estimate of the permits within the last period from two counts, as if those of the earlier window
     * had been spread evenly over it.
     *
     * <p>No interval of length T grants more than {@code permits · (1 + T / period)}: a burst of all permits, and the rate after
     * it; no window of its own more than its permits, under steady overload one less. Lock-free; two counts whatever the limit, which is at most 65 535 for a second,
     * 524 287 for a minute, 4 194 303 for an hour.
     *
     * @param permits 1 or more
     * @param period longer than zero, at most 36 years
     */
    public static RateLimiter slidingWindow(long permits, Duration period) {
        return slidingWindow(permits, period, Environment.system());
    }

    /** As {@link #slidingWindow(long, Duration)}, with the time of {@code env}. */
    public static RateLimiter slidingWindow(long permits, Duration period, Environment env) {
        return new SlidingWindow(permits, window(period, "sliding window"), env);
    }

    /**
     * A sliding log: no interval of one period, wherever it begins, grants more than the permits. Exact.
     *
     * <p>Remembers the date of each of the last permits: eight bytes a permit of the limit, which is at most 1 048 576. A short lock.
     *
     * @param permits 1 or more
     * @param period longer than zero, at most 36 years
     */
    public static RateLimiter slidingLog(long permits, Duration period) {
        return slidingLog(permits, period, Environment.system());
    }

    /** As {@link #slidingLog(long, Duration)}, with the time of {@code env}. */
    public static RateLimiter slidingLog(long permits, Duration period, Environment env) {
        return new SlidingLog(permits, window(period, "sliding log"), env);
    }

    /**
     * Several limits as one decision: permits are taken from all of them for the same moment, or from none. "500 a second and 3 000 a
     * minute" is
     *
     * <pre>{@code
     * RateLimiters.all(
     *         RateLimiters.tokenBucket(500, Duration.ofSeconds(1)).burst(50).build(),
     *         RateLimiters.slidingLog(3_000, Duration.ofMinutes(1)))
     * }</pre>
     *
     * <p>The bound of each holds. What one of them has to wait for, all wait for, and nobody overtakes. A limit may also be part of other
     * decisions, or be used by itself. A short lock around the limits.
     *
     * @param limits 1 to 64, made by this class with the same environment, no two the same
     */
    public static RateLimiter all(RateLimiter... limits) {
        return AllOf.of(limits);
    }

    /**
     * A token bucket for each merchant, route, or any other function of the attempt, kept for 100 000 keys. Set with {@code
     * Service.admission(…)}; a limit of the service as a whole goes before it.
     *
     * @see #keyed(Function, TokenBucketBuilder, long)
     */
    public static Admission keyed(Function<? super Attempt, ? extends @Nullable Object> key, TokenBucketBuilder each) {
        return keyed(key, each, 100_000);
    }

    /**
     * A token bucket for each key, in a cache that is bounded in size. An evicted key does not
     * start afresh with a full burst: it takes over what its bucket was short of, as may, rarely, another key.
     *
     * @param key equal for attempts that share a bucket, immutable; null for all those that have none, who share one
     * @param each the bucket, without warm-up; may be used again
     * @param maximumKeys 1 or more; some 150 bytes a key, and the key
     */
    public static Admission keyed(
            Function<? super Attempt, ? extends @Nullable Object> key, TokenBucketBuilder each, long maximumKeys) {
        return Require.notNull(each, "bucket of each key").keyed(key, maximumKeys);
    }

    /**
     * A limit whose callers wait in a queue and go by priority ({@code CallOptions.withPriority}, the higher first) and, within one, by
     * turns between keys: a key that bursts does not make a steady one wait. Set with {@code Service.admission(…)} in place of the limiter.
     *
     * <p>One permit in eight is given by turns alone, so that no priority starves. Who waits is refused when its wait is over, at once if it could
     * not be in time even as the first, and when the queue is full: then it is the last of the order who goes, so a bursting key fills
     * the queue only for itself. Who leaves the queue gives its place to the next; permits are taken only when their turn has come.
     *
     * @param limit made by this class; others may use it, too, and are not queued then
     * @param key equal for attempts that take turns as one, immutable; null for all those that have none, who are one
     * @param maximumWaiting 1 to 1 000 000
     */
    public static Admission fairQueue(
            RateLimiter limit, Function<? super Attempt, ? extends @Nullable Object> key, int maximumWaiting) {
        return FairQueue.of(limit, key, maximumWaiting);
    }

    /**
     * A {@link #fairQueue fair queue} before a token bucket that learns from the server. A 429 lowers the rate to 70 %, once for all that
     * were sent before it; {@code Retry-After} stops it, at most a minute; and {@code RateLimit} headers
     * (draft-ietf-httpapi-ratelimit-headers) lower it to what they say is left. It recovers by the whole rate in a minute. For those who
     * wait it all holds at once.
     *
     * @param bucket the rate that is never exceeded, without warm-up
     * @param key as of the fair queue
     * @param maximumWaiting as of the fair queue
     */
    public static Admission learning(
            TokenBucketBuilder bucket, Function<? super Attempt, ? extends @Nullable Object> key, int maximumWaiting) {
        return Require.notNull(bucket, "bucket that learns").learning(key, maximumWaiting);
    }

    private static long window(Duration period, String of) {
        return Require.between(
                Require.positiveNanos(period, "period of the " + of), 1, 1L << 60, "period of the " + of);
    }
}
