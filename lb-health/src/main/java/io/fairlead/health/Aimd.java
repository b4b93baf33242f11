package io.fairlead.health;

import io.fairlead.Attempt;
import io.fairlead.Environment;

/** Additive increase, multiplicative decrease, with a slow start; with or without an eye on the latency. */
final class Aimd extends LearnedCap {

    /*
     * D. Chiu, R. Jain, "Analysis of the increase and decrease algorithms for congestion avoidance", Computer Networks 17, 1989, in TCP's
     * form (RFC 5681): the limit doubles with each round of answers until the first sign of overload, is halved, and then grows by one a
     * round. After several cuts in a row it doubles again up to the level after the first of them (ssthresh), since that many had been well.
     *
     * With an eye on the latency the doubling stops, as HyStart's (RFC 9406), when the least latency of the last answers has risen well above
     * the least that is known: a queue has formed, and doubling what is in flight would only double the queue. Of the last answers the least, not the mean, as a
     * queue delays every answer, and a slow answer now and then is none. Later the limit shrinks while the least latency is twice as long,
     * faster than it would grow, for at a server that is too full an answer takes long to say so.
     */

    private static final double CUT = 0.5; // RFC 5681

    /** So many answers have one that did not wait in a queue, if there is none: where 3 in 10 are slow, all but once in 400. */
    private static final int ROUND = 5;

    /** HyStart's eighth is for networks; servers' latencies vary more, and half of what {@link #QUEUED} allows is left. */
    private static final double RISEN = 1.5;

    /** By Little's law, as many wait as are served. */
    private static final double QUEUED = 2;

    private static final double SHRINK = 2;

    /** A server that has become slower for good is known for that after one to two minutes. */
    private static final long KNOWN_NANOS = 60_000_000_000L;

    /** Answers may take long by themselves: who was silent for so long has not said that it has enough. */
    private static final long SILENCE_NANOS = 1_000_000_000L;

    private final boolean heedsLatency;
    private final LeastLatency least;
    private final long[] round = new long[ROUND];
    private long answers;
    private double threshold = Double.MAX_VALUE;
    private boolean justCut;
    private long lastAnswerNanos;

    Aimd(ConcurrencyLimits.Bounds bounds, boolean heedsLatency, Environment env) {
        super(bounds);
        this.heedsLatency = heedsLatency;
        this.lastAnswerNanos = env.nanoTime();
        this.least = new LeastLatency(KNOWN_NANOS, lastAnswerNanos);
    }

    @Override
    double sampled(double limit, long latencyNanos, int wanted, Attempt attempt) {
        justCut = false;
        lastAnswerNanos = attempt.eventNanos();
        double risen = heedsLatency ? risen(latencyNanos) : 1;
        boolean slowStart = limit < threshold;
        if (slowStart && risen > RISEN) {
            threshold = limit;
            return limit;
        }
        if (isIdle(limit, wanted) || isOld(attempt)) {
            return limit;
        }
        if (risen > QUEUED) {
            return limit - SHRINK / limit;
        }
        return slowStart ? Math.min(threshold, limit + 1) : limit + 1 / limit;
    }

    /** The least latency of the last round as a multiple of the least known. */
    private double risen(long latencyNanos) {
        least.add(latencyNanos, lastAnswerNanos);
        round[(int) (answers++ % ROUND)] = latencyNanos;
        long now = Long.MAX_VALUE;
        for (int i = 0; i < Math.min(answers, ROUND); i++) {
            now = Math.min(now, round[i]);
        }
        return now / (double) Math.max(1, least.nanos());
    }

    @Override
    double cut(double limit, Attempt attempt) {
        lastAnswerNanos = attempt.eventNanos();
        double less = limit * CUT;
        threshold = justCut ? threshold : less;
        justCut = true;
        return less;
    }

    @Override
    double filled(int inFlight) {
        threshold = inFlight;
        return inFlight;
    }

    /** Doubles at a silence, unless it is known how much there may be, or how long answers take. */
    @Override
    public synchronized void waitedFor(long nowNanos) {
        boolean knowsBetter = threshold != Double.MAX_VALUE || (heedsLatency && answers > 0);
        if (!knowsBetter && nowNanos - lastAnswerNanos >= SILENCE_NANOS) {
            set(2 * exact());
        }
    }
}
