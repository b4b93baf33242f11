package io.fairlead.ratelimit;

import io.fairlead.Require;

/**
 * The numbers of a token bucket or a leaky bucket, and the arithmetic that needs no state. Immutable, shared by all limiters
 * that are made alike.
 *
 * <p>Exact integers, so that no rate drifts: one nanosecond brings p drops and a permit is worth q drops, where p/q is
 * permits/period in lowest terms.
 */
final class GcraRate {

    /** The most drops that a burst, or a wait, may be worth. */
    static final long MOST = 1L << 60;

    /** 2^60 drops then last a second or more, so that a try fits between two checks; a billion a second, in lowest terms. */
    private static final long MOST_PER_NANO = 1L << 30;

    /** How many drops a nanosecond brings. */
    final long dropsPerNano;

    /** The most drops there may be at once. */
    final long full;

    private final long dropsPerPermit;
    private final long mostPermits;
    private final boolean spaced;

    private GcraRate(long permits, long periodNanos, long burst, boolean spaced) {
        long common = gcd(permits, periodNanos);
        this.spaced = spaced;
        this.dropsPerNano = permits / common;
        this.dropsPerPermit = periodNanos / common;
        if (dropsPerNano > MOST_PER_NANO) {
            throw Require.bad(
                    "permits of the " + name(),
                    permits,
                    "at most 2^30 after dividing out what they have in common with the " + periodNanos
                            + " ns of the period");
        }
        Require.between(burst, 1, MOST / dropsPerPermit, "burst of the " + name());
        this.full = burst * dropsPerPermit;
        this.mostPermits = spaced ? MOST / dropsPerPermit : burst;
    }

    /** All permits of a reservation must be there at once. */
    static GcraRate tokenBucket(long permits, long periodNanos, long burst) {
        return new GcraRate(permits, periodNanos, burst, false);
    }

    /** One permit must be there; the others of the reservation keep the next ones waiting. */
    static GcraRate leakyBucket(long permits, long periodNanos) {
        return new GcraRate(permits, periodNanos, 1, true);
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    private String name() {
        return spaced ? "leaky bucket" : "token bucket";
    }

    /** Whether so many permits can ever be had in one reservation. */
    boolean fits(int permits) {
        return permits <= mostPermits;
    }

    /** What permits cost, in drops; of more than can be had, what those cost that can. */
    long cost(int permits) {
        return Math.min(permits, mostPermits) * dropsPerPermit;
    }

    /** How many drops are lacking when so many are missing from a full bucket; zero or less if none. */
    long lacking(long missing, int permits) {
        return missing + (spaced ? dropsPerPermit : cost(permits)) - full;
    }

    /** The nanoseconds, rounded up, until what is lacking will have flowed in. */
    long nanos(long lacking) {
        return lacking <= 0 ? 0 : (lacking + dropsPerNano - 1) / dropsPerNano;
    }

    /** Whether a bucket from which so many drops are missing lies beyond what is counted. */
    boolean isTooFar(long missing) {
        return missing - full > MOST;
    }

    /**
     * The nanoseconds until a reservation may be used, if it is the last of those who wait, told from what is missing now; if there is
     * another behind it, those until a moment that is a space later at the least. Below zero if that is over.
     */
    long lastAhead(int permits, long missing) {
        return -Math.floorDiv(-lacking(missing - cost(permits), permits), dropsPerNano);
    }

    /** Whether what lies so far behind is nothing but a clock that was read earlier: half a space, since dates are rounded. */
    boolean isSame(long nanosBehind) {
        return nanosBehind <= dropsPerPermit / dropsPerNano / 2;
    }

    /**
     * What a reservation is worth, in drops, to the next one that is made: the refund that breaks no limit.
     *
     * <p>After it there was room for its own drops in the bucket, and each nanosecond since may have filled p of them, which would
     * have run over had it not been made. The same holds for one in the future and the nanoseconds between it and the last of
     * those who wait behind it. In a leaky bucket, which holds one permit, any later reservation has found the bucket full.
     *
     * @param missing from a full bucket now, not below zero
     * @param age nanoseconds since its permits might have been used; below zero if that is yet to come
     * @param lastAhead nanoseconds until the last moment that anyone was told; below zero if that is over
     */
    long refund(int permits, long missing, long age, long lastAhead) {
        if (spaced && !isSame(age + lastAhead)) {
            return 0;
        }
        long behind = Math.max(0, age + Math.max(0, lastAhead));
        return behind > cost(permits) / dropsPerNano ? 0 : Math.min(missing, cost(permits) - behind * dropsPerNano);
    }

    @Override
    public String toString() {
        String rate = dropsPerNano + " permits per " + dropsPerPermit + " ns";
        return spaced ? "LeakyBucket[" + rate + "]" : "TokenBucket[" + rate + ", burst " + mostPermits + "]";
    }
}
