package io.fairlead.ratelimit;

import io.fairlead.Environment;

/**
 * A token bucket whose rate may be lowered and raised again while it is used, and stopped until a moment.
 *
 * <p>Who has been told a moment keeps it; who comes afterwards goes after them, at the rate that holds then. Never grants more than the bucket at
 * its full rate. A short lock, without allocation.
 */
final class VariableBucket extends Limit {

    /*
     * As in WarmUp, a slower rate is a slower clock: a nanosecond counts for as many 1024ths of itself as are the share. What is left of
     * those is carried on, so that nothing is lost however often the bucket is asked. Guarded by this.
     */
    private static final int SHARES = 1024;

    private static final long MOST_WAIT = 1L << 50;

    private final GcraRate rate;
    private int share = SHARES;

    /** The last moment that was booked, until which all is settled; what is missing then; and the 1024ths of a nanosecond that are left. */
    private long stamp;

    private long missing;
    private long carry;

    VariableBucket(GcraRate rate, Environment env) {
        super(env);
        this.rate = rate;
        this.stamp = env.nanoTime();
    }

    /** Sets the part of the rate that holds from now on, above 0 to 1. */
    synchronized void share(double part) {
        int asked = Math.max(1, (int) (part * SHARES));
        if (asked != share) {
            settle(env.nanoTime());
            share = asked;
        }
    }

    /** Lets nothing flow, and nobody go, before a moment. */
    synchronized void stop(long until) {
        settle(env.nanoTime());
        stamp = until - stamp > 0 ? until : stamp;
    }

    @Override
    public synchronized long reserve(int permits, long maxWaitNanos) {
        checkPermits(permits);
        long now = env.nanoTime();
        long wait = waitFrom(permits, now);
        if (wait < 0 || wait > maxWaitNanos) {
            return REFUSED;
        }
        book(permits, now + wait);
        return wait;
    }

    @Override
    synchronized long waitFrom(int permits, long from) {
        if (!rate.fits(permits)) {
            return REFUSED;
        }
        long at = from - stamp < 0 ? stamp : from; // nobody overtakes
        long since = Math.min(MOST_WAIT, at - stamp);
        long lacking = rate.lacking(left(warm(since) / SHARES), permits);
        long usable = at;
        if (lacking > 0) {
            long needed = rate.nanos(rate.lacking(missing, permits)); // at the full rate, since the stamp
            if (needed > MOST_WAIT) {
                return REFUSED;
            }
            usable = stamp + (needed * SHARES - carry + share - 1) / share;
        }
        return usable - from;
    }

    @Override
    synchronized boolean bookAt(int permits, long at) {
        if (waitFrom(permits, at) != 0) {
            return false;
        }
        book(permits, at);
        return true;
    }

    private void book(int permits, long at) {
        settle(at);
        missing += rate.cost(permits);
    }

    /** Lets flow in what has come until a moment. */
    private void settle(long at) {
        if (at - stamp > 0) {
            long warm = warm(Math.min(MOST_WAIT, at - stamp));
            missing = left(warm / SHARES);
            carry = warm % SHARES;
            stamp = at;
        }
    }

    /** What a time is worth, in 1024ths of a nanosecond. */
    private long warm(long nanos) {
        return nanos * share + carry;
    }

    private long left(long nanos) {
        return nanos > missing / rate.dropsPerNano ? 0 : missing - nanos * rate.dropsPerNano;
    }

    @Override
    public synchronized void refund(int permits) {
        checkPermits(permits);
        missing -= Math.min(missing, rate.cost(permits));
    }

    @Override
    public synchronized void refund(int permits, long reservedNanos, long waitNanos) {
        long usable = usableNanos(permits, reservedNanos, waitNanos);
        long now = env.nanoTime();
        missing -= rate.refund(permits, missing, now - usable, stamp - now);
    }

    @Override
    public synchronized String toString() {
        return rate + " at " + share + "/" + SHARES;
    }
}
