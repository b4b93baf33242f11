package io.fairlead.health;

import io.fairlead.Attempt;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Delivery;
import io.fairlead.Outcome;

/**
 * A limit that is learnt from the latency and the verdict of each attempt; what follows from them is the algorithm's.
 *
 * <p>Samples come one at a time, under a lock that is held for some nanoseconds; reading the limit takes none.
 */
abstract class LearnedCap implements ConcurrencyLimit.Cap {

    /*
     * A server is overloaded when a tenth of what may be in flight is turned away within one round of answers. A single one would not do:
     * by the law of additive increase one answer in a hundred, turned away for whatever reason, would hold a limit near twelve. This way it
     * holds none; and of up to ten in flight one is enough.
     */
    private static final int TENTH = 10;

    private final int least;
    private final int most;
    private volatile int whole;
    private double exact;
    private long roundNanos;
    private int drops;
    private long cutNanos;
    private boolean begun;
    private boolean wasCut;
    private final boolean failuresCount;

    LearnedCap(ConcurrencyLimits.Bounds bounds) {
        this.failuresCount = bounds.failuresCount();
        this.least = bounds.least();
        this.most = bounds.most();
        this.exact = bounds.first();
        this.whole = bounds.first();
    }

    @Override
    public final int limit() {
        return whole;
    }

    @Override
    public final synchronized void answered(Attempt attempt, int wanted) {
        Outcome outcome = attempt.outcome();
        long latency = attempt.latencyNanos();
        if (outcome == null || outcome == Outcome.IGNORED || latency < 0) {
            return; // an interrupted one tells no latency: to count it would feign a fast server
        }
        if (!begun
                || attempt.startNanos() - roundNanos
                        >= 0) { // sent after the first answer of the round: the next begins
            begun = true;
            roundNanos = attempt.eventNanos();
            drops = 0;
        }
        if (outcome == Outcome.SUCCESS) {
            set(sampled(exact, latency, wanted, attempt));
        } else if (outcome == Outcome.OVERLOADED || (failuresCount && attempt.delivery() != Delivery.NOT_PROCESSED)) {
            drop(attempt);
        } // a connection that was refused says nothing of how much the server can do
    }

    /* What was sent before the last cut tells of the load before it. */
    private void drop(Attempt attempt) {
        if (isOld(attempt)) {
            return;
        }
        drops++;
        if (drops * TENTH >= whole) {
            drops = 0;
            wasCut = true;
            cutNanos = attempt.eventNanos();
            set(cut(exact, attempt));
        }
    }

    @Override
    public final synchronized void full(int inFlight) {
        set(Math.min(exact, filled(inFlight)));
    }

    /** The limit, and thereby what is in flight, is held to a number by the other side. */
    double filled(int inFlight) {
        return inFlight;
    }

    /**
     * The limit after a good answer.
     *
     * @param limit the one before
     */
    abstract double sampled(double limit, long latencyNanos, int wanted, Attempt attempt);

    /** The limit after the other side was overloaded; once for all attempts that were on their way together. */
    abstract double cut(double limit, Attempt attempt);

    /** Whether so little of the limit is used that a good answer says nothing about it: Netflix's measure. */
    static boolean isIdle(double limit, int wanted) {
        return wanted * 2.0 < limit;
    }

    /** Whether it was sent before the last cut. */
    final boolean isOld(Attempt attempt) {
        return wasCut && attempt.startNanos() - cutNanos < 0;
    }

    final double exact() {
        return exact;
    }

    final void set(double limit) {
        exact = Math.max(least, Math.min(most, limit));
        whole = (int) exact;
    }

    @Override
    public synchronized String toString() {
        return getClass().getSimpleName() + "[" + whole + "]";
    }
}
