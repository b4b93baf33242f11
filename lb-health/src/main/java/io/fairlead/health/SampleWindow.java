package io.fairlead.health;

import io.fairlead.Attempt;

/**
 * The answers of a round, as one sample: at least ten of them, and until one comes that was sent after the first. What comes within a round tells of the same load, so
 * that to heed each by itself would overshoot. Not thread-safe.
 */
final class SampleWindow {

    private static final int LEAST = 10; // Netflix's

    private int count;
    private double sum;
    private int wanted;
    private long since;
    private boolean complete;

    /** Adds an answer; true if the window is complete with it. The next one begins a new window. */
    boolean add(long latencyNanos, int wanted, Attempt attempt) {
        if (complete || count == 0) {
            count = 0;
            sum = 0;
            this.wanted = 0;
            since = attempt.eventNanos();
        }
        count++;
        sum += Math.max(1, latencyNanos);
        this.wanted = Math.max(this.wanted, wanted);
        complete = count >= LEAST && attempt.startNanos() - since >= 0;
        return complete;
    }

    int count() {
        return count;
    }

    double meanNanos() {
        return sum / count;
    }

    /** The most that was wanted at once. */
    int wanted() {
        return wanted;
    }
}
