package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Load;
import io.fairlead.Outcome;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What the next request to an endpoint is expected to take, in seconds: a decaying mean of latencies that jumps to each peak, or
 * the time since the endpoint last answered while something waits for it, whichever is more. Lock-free; allocates on failures only.
 */
final class EwmaLoad implements Load {

    /** One unit of the stamp is 2²⁰ ns, about a millisecond: 32 bits of them are 52 days. */
    private static final int STAMP_SHIFT = 20;

    /** Not 0, so that requests in flight count before anything is known. */
    private static final double LEAST_SECONDS = 1e-9;

    /* Both halves in one word, so that they change together: the mean as a float (0: none yet), and when it was so. */
    private final AtomicLong meanAndStamp = new AtomicLong();
    private final AtomicInteger waiting = new AtomicInteger();
    private final PeakEwma.Shared shared;
    private final Avoidance avoidance;
    private final Declines declines;
    private volatile long lastAnswerNanos;

    EwmaLoad(PeakEwma.Shared shared) {
        this.shared = shared;
        this.avoidance = new Avoidance(shared.env.random());
        this.declines = new Declines(shared.declines);
    }

    @Override
    public void started(Attempt attempt) {
        if (waiting.getAndIncrement() == 0) {
            lastAnswerNanos = attempt.eventNanos();
        }
    }

    @Override
    public void answered(Attempt attempt) {
        long now = attempt.eventNanos();
        waiting.decrementAndGet();
        Outcome outcome = attempt.outcome();
        double seconds = attempt.latencyNanos() / 1e9;
        if (outcome == Outcome.SUCCESS) {
            lastAnswerNanos = now;
            shared.sample(seconds, now);
            observe(seconds, now, false);
            if (declines.standsOut(attempt.status(), shared.perSecond())) {
                avoidance.failed(attempt, shared.perSecond());
            } else if (!Declines.isDecline(attempt.status())) {
                avoidance.succeeded(attempt);
            }
        } else if (outcome == Outcome.IGNORED) {
            if (!attempt
                    .superseded()) { // how long that would have taken nobody knows, and it was cut off for its slowness
                observe(seconds, now, true); // at least so long it would have taken
            }
        } else {
            lastAnswerNanos = now;
            observe(seconds, now, true); // a failure that is fast is not fast
            avoidance.failed(attempt, shared.perSecond());
        }
    }

    @Override
    public void finished(Attempt attempt) {
        if (attempt.outcome() == Outcome.FAILED && attempt.status() > 0 && attempt.failure() != null) {
            avoidance.failed(attempt, shared.perSecond()); // a good answer whose body then failed
        }
    }

    private void observe(double seconds, long now, boolean upwardsOnly) {
        int stamp = (int) (now >>> STAMP_SHIFT);
        long before;
        long after;
        do {
            before = meanAndStamp.get();
            double mean = mean(before, stamp);
            if (upwardsOnly && seconds <= Math.max(mean, shared.mean())) {
                return;
            }
            double next = mean == 0 || seconds > mean ? seconds : smoothed(before, mean, seconds, stamp);
            after = ((long) Float.floatToRawIntBits((float) Math.max(next, LEAST_SECONDS)) << 32)
                    | (stamp & 0xFFFF_FFFFL);
        } while (!meanAndStamp.compareAndSet(before, after));
    }

    /*
     * Weighted by the time since the last sample, as if that latency had lasted so long; and by at least 1/16, so that samples in
     * quick succession count, too.
     */
    private double smoothed(long before, double mean, double seconds, int stamp) {
        double weight = Math.max(1 - remaining((int) before, stamp), 1.0 / 16);
        return mean + (seconds - mean) * weight;
    }

    /* The mean of now: towards that of all endpoints, if it is above, as an endpoint left alone must be tried again. */
    private double mean(long word, int stamp) {
        float mean = Float.intBitsToFloat((int) (word >>> 32));
        double all = shared.mean();
        return mean <= all ? mean : all + (mean - all) * remaining((int) word, stamp);
    }

    private double remaining(int since, int stamp) {
        int units = stamp - since; // right across the stamp's overflow
        return units <= 0 ? 1 : Math.exp(-units * shared.unitsOfDecay);
    }

    @Override
    public double value() {
        long now = shared.nowNanos();
        double mean = mean(meanAndStamp.get(), (int) (now >>> STAMP_SHIFT));
        double expected = Math.max(mean > 0 ? mean : shared.mean(), LEAST_SECONDS);
        boolean waits = waiting.get() > 0;
        if (waits) {
            expected = Math.max(expected, (now - lastAnswerNanos) / 1e9);
        }
        return avoidance.isAvoided(now, waits) ? expected + PeakEwma.AVOIDED : expected;
    }

    static double unitsOfDecay(long decayNanos) {
        return (double) (1L << STAMP_SHIFT) / decayNanos;
    }
}
