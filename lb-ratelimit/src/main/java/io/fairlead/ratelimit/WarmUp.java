package io.fairlead.ratelimit;

import io.fairlead.Environment;

/**
 * A token bucket whose rate rises from a part of itself to the whole, in a straight line over the ramp, each time that it is used
 * after a pause as long as the ramp: whom we call may have gone cold, too.
 *
 * <p>Never grants more than the token bucket at its full rate, and no interval of a ramp more than the burst and what the rising rate has
 * brought. A cold bucket holds as much smaller a part of the burst. A short lock, without allocation.
 */
final class WarmUp extends Limit {

    /*
     * Warm time instead of a varying rate: x nanoseconds after its start, a ramp of length w from the part c has brought as much as
     * warm(x) = c · x + (1 - c) · x² / 2w nanoseconds at the full rate, and from then on one for one. So the arithmetic is that of the token
     * bucket, with warm(x) for the clock. The number is rounded down, and never falls as x grows; its inverse is searched, so that
     * both agree to the nanosecond. Guarded by this.
     */
    private static final long MOST_WAIT = 1L << 60;

    private final GcraRate rate;

    private final long ramp;
    private final double part;
    private final long warmRamp;
    private final long coldMissing;

    /** When the ramp began, what was missing then, and when it was last asked or booked for. */
    private long began;

    private long missingAtFirst;

    private long asked;

    /** The last moment that was booked, or when the ramp began, and what was missing then from a full bucket. */
    private long stamp;

    private long missing;

    WarmUp(GcraRate rate, long rampNanos, double part, Environment env) {
        super(env);
        this.rate = rate;
        this.ramp = rampNanos;
        this.part = part;
        this.warmRamp = rising(ramp);
        this.coldMissing = rate.full - Math.max(rate.cost(1), (long) (rate.full * part));
        this.asked = env.nanoTime() - ramp;
        this.began = asked;
        this.stamp = asked;
    }

    // ---- warm time --------------------------------------------------------------------------------------------------

    private long rising(long sinceBegan) {
        double x = sinceBegan;
        return (long) (x * part + x * (x * ((1 - part) / (2.0 * ramp))));
    }

    private long warm(long sinceBegan) {
        return sinceBegan < ramp ? rising(sinceBegan) : warmRamp + (sinceBegan - ramp);
    }

    /** The first moment since the ramp began that is no less warm. */
    private long since(long warm) {
        if (warm >= warmRamp) {
            return ramp + (warm - warmRamp);
        }
        long from = 0;
        long to = ramp;
        while (from < to) {
            long middle = (from + to) >>> 1;
            if (rising(middle) < warm) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    // ---- the bucket -------------------------------------------------------------------------------------------------

    @Override
    public synchronized long reserve(int permits, long maxWaitNanos) {
        checkPermits(permits);
        long now = env.nanoTime();
        cool(now);
        long wait = wait(permits, now);
        if (wait < 0 || wait > maxWaitNanos) {
            return REFUSED;
        }
        book(permits, now + wait);
        return wait;
    }

    @Override
    synchronized long waitFrom(int permits, long from) {
        cool(env.nanoTime());
        return wait(permits, from);
    }

    @Override
    synchronized boolean bookAt(int permits, long at) {
        cool(env.nanoTime());
        if (wait(permits, at) != 0) {
            return false;
        }
        book(permits, at);
        return true;
    }

    /** Begins a ramp if nobody has asked for so long. */
    private void cool(long now) {
        if (now - asked >= ramp) {
            missing = Math.max(coldMissing, missingAt(now));
            missingAtFirst = missing;
            stamp = now;
            began = now;
        }
        asked = now - asked > 0 ? now : asked;
    }

    private long wait(int permits, long from) {
        if (!rate.fits(permits)) {
            return REFUSED;
        }
        long at = from - stamp < 0 ? stamp : from; // nobody overtakes
        long lacking = rate.lacking(missingAt(at), permits);
        long usable = lacking <= 0 ? at : began + since(warm(at - began) + rate.nanos(lacking));
        return usable - from <= MOST_WAIT ? usable - from : REFUSED;
    }

    private void book(int permits, long at) {
        missing = missingAt(at) + rate.cost(permits);
        stamp = at;
        asked = at - asked > 0 ? at : asked;
    }

    /** What is missing at a moment that is not before the last that was booked. */
    private long missingAt(long at) {
        return left(missing, warm(at - began) - warm(stamp - began));
    }

    private long left(long missing, long warmNanos) {
        return warmNanos > missing / rate.dropsPerNano ? 0 : missing - warmNanos * rate.dropsPerNano;
    }

    // ---- refunds ----------------------------------------------------------------------------------------------------

    @Override
    public synchronized void refund(int permits) {
        checkPermits(permits);
        giveBack(rate.cost(permits));
    }

    @Override
    public synchronized void refund(int permits, long reservedNanos, long waitNanos) {
        long usable = usableNanos(permits, reservedNanos, waitNanos);
        long now = env.nanoTime();
        if (usable - began >= 0) { // else what it left has gone cold
            giveBack(rate.refund(permits, missing, now - usable, stamp - now));
        }
    }

    /** No more than what would be there had nobody come since the ramp began. */
    private void giveBack(long drops) {
        missing = Math.max(left(missingAtFirst, warm(stamp - began)), missing - drops);
    }

    @Override
    public String toString() {
        return rate + " warming up in " + ramp + " ns from " + part;
    }
}
