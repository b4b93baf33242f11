package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Require;

/**
 * A token bucket that lends: a reservation that must wait is booked at once against what will flow in, so that the waiting
 * come first in the order in which they asked.
 *
 * <p>No interval of length T grants more than burst + rate · T, whatever the pattern. A request for more permits than the burst
 * can never be within that bound and is refused. Thread-safe: a monitor is held for a few additions; without allocation.
 */
final class TokenBucket implements RateLimiter {

    /*
     * Exact integers, so that no rate drifts: one nanosecond brings p drops and a permit is worth q drops, where p/q is
     * permits/period in lowest terms. The level is at most burst · q and is negative while reservations wait.
     */
    private static final long MOST = 1L << 60;

    private final Environment env;
    private final long dropsPerNano;
    private final long dropsPerPermit;
    private final long burst;
    private final long full;
    private long level;
    private long stampNanos;

    TokenBucket(long permits, long periodNanos, long burst, Environment env) {
        long common = gcd(permits, periodNanos);
        this.env = env;
        this.dropsPerNano = Require.between(permits / common, 1, MOST, "permits of the token bucket");
        this.dropsPerPermit = periodNanos / common;
        this.burst = Require.between(burst, 1, MOST / dropsPerPermit, "burst of the token bucket");
        this.full = burst * dropsPerPermit;
        this.level = full;
        this.stampNanos = env.nanoTime();
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    @Override
    public synchronized long reserve(int permits, long maxWaitNanos) {
        Require.between(permits, 1, Integer.MAX_VALUE, "permits");
        if (permits > burst) {
            return REFUSED;
        }
        fill();
        long after = level - permits * dropsPerPermit;
        long wait = after >= 0 ? 0 : (-after + dropsPerNano - 1) / dropsPerNano;
        if (wait > maxWaitNanos || after < -MOST) {
            return REFUSED;
        }
        level = after;
        return wait;
    }

    @Override
    public synchronized void refund(int permits) {
        Require.between(permits, 1, Integer.MAX_VALUE, "permits");
        fill();
        level = Math.min(full, level + Math.min(permits, burst) * dropsPerPermit);
    }

    private void fill() {
        long now = env.nanoTime();
        long passed = now - stampNanos; // right across the clock's overflow
        if (passed <= 0) {
            return;
        }
        stampNanos = now;
        long missing = full - level;
        level = passed > missing / dropsPerNano ? full : level + passed * dropsPerNano;
    }

    @Override
    public String toString() {
        return "TokenBucket[" + dropsPerNano + " permits per " + dropsPerPermit + " ns, burst " + burst + "]";
    }
}
