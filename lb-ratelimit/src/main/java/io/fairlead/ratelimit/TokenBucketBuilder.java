package io.fairlead.ratelimit;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Require;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Makes a token bucket. */
public final class TokenBucketBuilder {

    /** The cold factor of Guava's {@code RateLimiter}. */
    static final double COLD_PART = 1.0 / 3;

    private final long permits;
    private final long periodNanos;
    private long burst;
    private long jitterNanos;
    private long rampNanos;
    private double coldPart = 1;
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

    /**
     * Sets by how much longer one call may be on its way than another: who leaves within T and the jitter may arrive within T. The burst
     * becomes smaller by what the rate brings in that time, so that what arrives keeps to the burst that was set. Default 0.
     *
     * @param jitter zero or longer; shorter than the burst, less one, takes to come in, which {@link #build} checks
     */
    public TokenBucketBuilder jitter(Duration jitter) {
        this.jitterNanos = Require.nanos(jitter, "jitter of the token bucket");
        return this;
    }

    /** As {@link #warmUp(Duration, double)} from a third of the rate, as Guava's {@code RateLimiter}. */
    public TokenBucketBuilder warmUp(Duration ramp) {
        return warmUp(ramp, COLD_PART);
    }

    /**
     * Lets the rate rise in a straight line from a part of itself to the whole, when the limiter is first used and whenever nobody has
     * asked for as long as the ramp: caches, pools and the compiled code of whom we call are cold then. Default none. Costs a short lock.
     *
     * @param ramp longer than zero, at most 52 days
     * @param coldPart 0.01 to 1, of the rate and of the burst
     */
    public TokenBucketBuilder warmUp(Duration ramp, double coldPart) {
        this.rampNanos = Require.between(
                Require.positiveNanos(ramp, "warm-up of the token bucket"), 1, 1L << 52, "warm-up of the token bucket");
        this.coldPart = Require.between(coldPart, 0.01, 1, "cold part of the token bucket");
        return this;
    }

    /** Sets where the time comes from; default {@link Environment#system()}. */
    public TokenBucketBuilder environment(Environment env) {
        this.env = Require.notNull(env, "environment");
        return this;
    }

    /**
     * The limiter, which begins full (with a warm-up: as full as a cold one may be).
     *
     * @throws IllegalArgumentException if the numbers are too large to be counted exactly: with permits and period (in
     *     nanoseconds) in lowest terms, permits are at most 2³⁰ and burst times period at most 2⁶⁰
     */
    public RateLimiter build() {
        GcraRate rate = rate();
        return rampNanos == 0 ? new Gcra(rate, 0, env) : new WarmUp(rate, rampNanos, coldPart, env);
    }

    /** The numbers of the bucket, with what the jitter leaves of the burst. */
    private GcraRate rate() {
        double lost = Math.ceil((double) jitterNanos * permits / periodNanos);
        if (lost >= burst) {
            throw Require.bad(
                    "jitter of the token bucket",
                    Duration.ofNanos(jitterNanos),
                    "one in which the rate brings less than the burst of " + burst);
        }
        return GcraRate.tokenBucket(permits, periodNanos, burst - (long) lost);
    }

    private void noWarmUp(String of) {
        if (rampNanos != 0) {
            throw Require.bad("warm-up of a bucket " + of, Duration.ofNanos(rampNanos), "none");
        }
    }

    /** A queue before a bucket like this that learns. */
    Admission learning(Function<? super Attempt, ? extends @Nullable Object> keyOf, int maximumWaiting) {
        noWarmUp("that learns");
        VariableBucket bucket = new VariableBucket(rate(), env);
        return FairQueue.learning(
                bucket, new Learner(bucket, (double) permits / periodNanos, env), keyOf, maximumWaiting);
    }

    /** A bucket like this for each key. */
    Admission keyed(Function<? super Attempt, ? extends @Nullable Object> keyOf, long maximumKeys) {
        noWarmUp("for each key");
        return new KeyedLimit(keyOf, rate(), maximumKeys, env);
    }
}
