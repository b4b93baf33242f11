package io.fairlead.health;

import io.fairlead.Attempt;

/** A limit that follows the ratio of the long-term to the present latency. */
final class Gradient2 extends LearnedCap {

    /*
     * Netflix, "Performance Under Load" (2018), and its library's second gradient: gradient = tolerance · long / short, between ½ and 1;
     * limit ← limit · gradient + queue, smoothed. A latency that rises makes the gradient fall below one and the limit with it; the queue
     * is what may wait at the server, and how the limit grows while nothing does. The long-term latency is an exponential mean of some 600
     * rounds. It forgets faster while it is more than twice the present one: else a limit would stay too high for long after an overload.
     * A drop is a gradient of one half, which the library leaves out: there is no latency of an answer that did not come.
     */
    private static final double TOLERANCE = 1.5;
    private static final double QUEUE = 4;
    private static final double SMOOTHING = 0.2;
    private static final double LEAST = 0.5;
    private static final int LONG = 600;
    private static final int WARM_UP = 10;

    private final SampleWindow window = new SampleWindow();
    private double longLatency;
    private int samples;

    Gradient2(ConcurrencyLimits.Bounds bounds) {
        super(bounds);
    }

    @Override
    double sampled(double limit, long latencyNanos, int wanted, Attempt attempt) {
        if (!window.add(latencyNanos, wanted, attempt)) {
            return limit;
        }
        double now = window.meanNanos();
        learn(now);
        if (isIdle(limit, window.wanted())) {
            return limit;
        }
        double gradient = Math.max(LEAST, Math.min(1, TOLERANCE * longLatency / now));
        return smooth(limit, limit * gradient + QUEUE);
    }

    private void learn(double now) {
        samples = Math.min(LONG, samples + 1);
        double weight = samples <= WARM_UP ? 1.0 / samples : 2.0 / (LONG + 1);
        longLatency += (now - longLatency) * weight;
        if (longLatency / now > 2) {
            longLatency *= 0.95;
        }
    }

    @Override
    double cut(double limit, Attempt attempt) {
        return limit * LEAST; // unsmoothed: it is certain
    }

    private static double smooth(double before, double after) {
        return before * (1 - SMOOTHING) + after * SMOOTHING;
    }
}
