package io.fairlead;

import java.time.Duration;

/**
 * When a call that is slower than nearly all others is sent a second time, to another endpoint, and the first good answer
 * wins: "The Tail at Scale" (Dean and Barroso, CACM 56(2), 2013), as Finagle's backup requests.
 *
 * <p>Only calls whose method is idempotent are hedged ({@code GET}, {@code HEAD}, {@code OPTIONS}, {@code TRACE},
 * {@code PUT}, {@code DELETE}), and others that bear an idempotency key if {@link #withKeyedCalls} says so. A hedge takes
 * permits like any attempt, but never waits for them, and counts against the retry budget. The loser is cancelled, and says
 * nothing of its endpoint.
 *
 * <p>Immutable.
 */
public final class Hedging {

    /** Cuts the slowest 2 % and so costs at most 2 % extra, which is what {@link #DEFAULT_MAX_EXTRA} allows. */
    private static final double DEFAULT_PERCENTILE = 98;

    /** "The Tail at Scale" reports that 2 % extra requests cut the 99.9th percentile of a BigTable benchmark to a twentieth. */
    private static final double DEFAULT_MAX_EXTRA = 0.02;

    /** Finer than timers are, and than any difference a caller would notice; Finagle's, too. */
    private static final Duration DEFAULT_MIN_DELAY = Duration.ofMillis(1);

    private final double percentile;
    private final long minDelayNanos;
    private final double maxExtra;
    private final boolean keyedCalls;

    private Hedging(double percentile, long minDelayNanos, double maxExtra, boolean keyedCalls) {
        this.percentile = percentile;
        this.minDelayNanos = minDelayNanos;
        this.maxExtra = maxExtra;
        this.keyedCalls = keyedCalls;
    }

    /** Hedges after the 98th percentile of the service's own latencies, for at most 2 % of the calls. */
    public static Hedging standard() {
        return new Hedging(DEFAULT_PERCENTILE, DEFAULT_MIN_DELAY.toNanos(), DEFAULT_MAX_EXTRA, false);
    }

    /**
     * The same after another percentile of the latencies (start to headers) of the last ten to twenty seconds.
     *
     * @param percentile 50 to 99.99; one below {@code 100 − 100 · maxExtra} spends the allowance on calls that are not the slowest
     */
    public Hedging withPercentile(double percentile) {
        return new Hedging(
                Require.between(percentile, 50, 99.99, "percentile of hedging"), minDelayNanos, maxExtra, keyedCalls);
    }

    /** The same, but never sooner than this; default 1 ms. */
    public Hedging withMinDelay(Duration minDelay) {
        return new Hedging(percentile, Require.positiveNanos(minDelay, "min delay of hedging"), maxExtra, keyedCalls);
    }

    /**
     * The same with another limit on the added load.
     *
     * @param maxExtra hedges per call, more than 0, at most 0.5; at 0.02 a service needs some 5 calls a second to earn any
     */
    public Hedging withMaxExtra(double maxExtra) {
        return new Hedging(
                percentile, minDelayNanos, Require.between(maxExtra, 1e-6, 0.5, "max extra of hedging"), keyedCalls);
    }

    /**
     * The same, and calls that bear an idempotency key are hedged, too: within the idempotency domain of their first endpoint,
     * to which all their attempts are bound. For partners that answer the second of two simultaneous requests with one key by
     * waiting, or by the first one's answer; one that answers 409 would turn slow successes into failures.
     */
    public Hedging withKeyedCalls() {
        return new Hedging(percentile, minDelayNanos, maxExtra, true);
    }

    /** The percentile, 50 to 99.99. */
    public double percentile() {
        return percentile;
    }

    /** The shortest delay, in nanoseconds. */
    public long minDelayNanos() {
        return minDelayNanos;
    }

    /** Hedges per call at the most. */
    public double maxExtra() {
        return maxExtra;
    }

    /** Whether calls with an idempotency key are hedged, whatever their method. */
    public boolean keyedCalls() {
        return keyedCalls;
    }

    @Override
    public String toString() {
        return "Hedging[after the " + percentile + "th percentile, at most " + maxExtra + " extra"
                + (keyedCalls ? ", keyed calls]" : "]");
    }
}
