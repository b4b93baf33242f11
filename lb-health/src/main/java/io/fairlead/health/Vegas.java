package io.fairlead.health;

import io.fairlead.Attempt;
import io.fairlead.Environment;

/** A limit that keeps the queue at the server, as estimated from the latency, between two bounds. */
final class Vegas extends LearnedCap {

    /*
     * L. Brakmo, S. O'Malley, L. Peterson, "TCP Vegas", SIGCOMM 1994, with the bounds that Netflix's library gives it: by Little's law
     * limit · (1 − least/latency) wait at the server. Below log limit it grows fast (by β), below α = 3 log by log, above β = 6 log it
     * shrinks by log; a logarithm to base 10, at least 1. The least latency is learnt anew after some 30 limits of samples, by taking the
     * next one for it, so that a server that has become slower for good is not held back for ever; when, is drawn, so that clients do not
     * all do so together.
     */
    private static final int PROBE = 30;

    private final Environment env;
    private final SampleWindow window = new SampleWindow();
    private double leastNanos = Double.MAX_VALUE;
    private long sinceProbe;
    private double jitter;

    Vegas(ConcurrencyLimits.Bounds bounds, Environment env) {
        super(bounds);
        this.env = env;
        this.jitter = jitter();
    }

    private double jitter() {
        return 0.5 + env.random().nextDouble() / 2;
    }

    @Override
    double sampled(double limit, long latencyNanos, int wanted, Attempt attempt) {
        if (!window.add(latencyNanos, wanted, attempt)) {
            return limit;
        }
        double latency = window.meanNanos();
        sinceProbe += window.count();
        if (sinceProbe >= jitter * PROBE * limit) {
            sinceProbe = 0;
            jitter = jitter();
            leastNanos = latency;
            return limit;
        }
        if (latency < leastNanos) {
            leastNanos = latency;
            return limit;
        }
        boolean idle = isIdle(limit, window.wanted());
        return idle ? limit : next(limit, Math.ceil(limit * (1 - leastNanos / latency)));
    }

    private static double next(double limit, double queued) {
        double log = log(limit);
        if (queued <= log) {
            return limit + 6 * log;
        }
        if (queued < 3 * log) {
            return limit + log;
        }
        return queued > 6 * log ? limit - log : limit;
    }

    @Override
    double cut(double limit, Attempt attempt) {
        return limit - log(limit);
    }

    private static double log(double limit) {
        return Math.max(1, Math.log10(limit));
    }
}
