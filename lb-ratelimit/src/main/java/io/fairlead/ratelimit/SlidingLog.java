package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.util.Arrays;

/**
 * A sliding log: the dates of the last permits, as many as the limit, so that no interval of one period, wherever it begins,
 * grants more than the limit.
 *
 * <p>Exact, for eight bytes a permit of the limit. Those who wait come in the order in which they asked. A short lock, without
 * allocation.
 */
final class SlidingLog extends Limit {

    /*
     * A ring: a permit takes the place of the oldest one, and may be used one period after it (the window is open at its start). Dates
     * are nanoseconds since the limiter was made. They are sorted, from the next place on around the ring; a place that was never taken
     * has a date one period before the start. Guarded by this.
     */
    private final long[] dates;

    private final long start;
    private final long period;
    private int next;

    SlidingLog(long permits, long periodNanos, Environment env) {
        super(env);
        int limit = (int) Require.between(permits, 1, 1 << 20, "permits of the sliding log (eight bytes each)");
        this.dates = new long[limit];
        this.period = periodNanos;
        Arrays.fill(dates, -period);
        this.start = env.nanoTime();
    }

    @Override
    public synchronized long reserve(int permits, long maxWaitNanos) {
        checkPermits(permits);
        long now = env.nanoTime() - start;
        long wait = waitNanos(permits, now);
        if (wait < 0 || wait > maxWaitNanos) {
            return REFUSED;
        }
        book(permits, now + wait);
        return wait;
    }

    @Override
    synchronized long waitFrom(int permits, long from) {
        return waitNanos(permits, from - start);
    }

    @Override
    synchronized boolean bookAt(int permits, long at) {
        if (waitNanos(permits, at - start) != 0) {
            return false;
        }
        book(permits, at - start);
        return true;
    }

    private long waitNanos(int permits, long now) {
        if (permits > dates.length) {
            return REFUSED;
        }
        long last = dates[place(dates.length - 1)];
        long oldest = dates[place(permits - 1)];
        long free = oldest > Long.MAX_VALUE - period ? Long.MAX_VALUE : oldest + period;
        long wait = Math.max(last, free) - now;
        return free == Long.MAX_VALUE ? REFUSED : Math.max(0, wait);
    }

    private void book(int permits, long date) {
        for (int i = 0; i < permits; i++) {
            dates[place(i)] = date;
        }
        next = place(permits);
    }

    /** Where the i-th oldest date stands, i at most the limit. */
    private int place(int i) {
        int at = next + i;
        return at >= dates.length ? at - dates.length : at;
    }

    // ---- refunds ----------------------------------------------------------------------------------------------------

    @Override
    public synchronized void refund(int permits) {
        checkPermits(permits);
        int count = Math.min(permits, dates.length);
        forget(dates.length - count, count);
    }

    @Override
    public synchronized void refund(int permits, long reservedNanos, long waitNanos) {
        // The caller read the clock a little before the limiter did: the first dates from there on are its own, or no
        // younger.
        long usable = usableNanos(permits, reservedNanos, waitNanos) - start;
        if (usable <= dates[place(dates.length - 1)] - period) {
            return; // maybe replaced already
        }
        int first = dates.length;
        while (first > 0 && dates[place(first - 1)] >= usable) {
            first--;
        }
        forget(first, Math.min(permits, dates.length - first));
    }

    /**
     * Takes dates out, the others closing up. As many old ones, which the newest had replaced, are within the log again: no younger
     * than one period before their successors, nor than the oldest that is known.
     */
    private void forget(int first, int count) {
        long oldest = dates[place(0)];
        int limit = dates.length;
        for (int i = first; i < limit; i++) {
            int moved = i + count;
            dates[place(i)] =
                    moved < limit ? dates[place(moved)] : Math.max(-period, Math.min(oldest, dates[place(i)] - period));
        }
        next = place(limit - count);
    }

    @Override
    public String toString() {
        return "SlidingLog[" + dates.length + " permits per " + period + " ns]";
    }
}
