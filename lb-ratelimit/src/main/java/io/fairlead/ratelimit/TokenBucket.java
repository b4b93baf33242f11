package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Require;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket that lends: a reservation that must wait is booked at once against what will flow in, so that those who wait
 * are served in the order in which they asked.
 *
 * <p>No interval of length T grants more than burst + rate · T, whatever the pattern. A request for more permits than the burst
 * can never be within that bound and is refused. A refund is usable at once, so an interval can grant in addition what was
 * refunded after the first of its grants was reserved; never more than a full bucket at once. Lock-free, without allocation.
 */
final class TokenBucket implements RateLimiter {

    /*
     * The virtual scheduling form of the generic cell rate algorithm (ITU-T I.371, annex A): the state is one date, the moment
     * when the bucket will be full again if nobody asks. Exact integers, so that no rate drifts: one nanosecond brings p drops
     * and a permit is worth q drops, where p/q is permits/period in lowest terms. Dates count drops, that is nanoTime · p in
     * wrapping arithmetic, and are compared by subtraction, as nanoTime itself.
     *
     * A date that nobody moves for 2^63 drops would seem to lie ahead, and 2^63 drops can be seconds when p is large. So
     * checkedNanos says since when the date is known not to lie behind it. Permits are taken only within 2^60 drops of it; later
     * callers first move a past date to now (which takes nothing: full then, full now), then checkedNanos, then try again. Beyond 2^62
     * drops the bucket is full without looking, since a date lies at most 2^61 ahead. The order of reads (date, check, clock) and of
     * writes (date, then check) makes every race end in a failed compare-and-set:
     * - A check newer than the date read means that the date was moved meanwhile.
     * - A check older than the date read belongs to a date from which nobody could take yet.
     */
    private static final long MOST = 1L << 60;

    /** 2^60 drops then last a second or more, so that a try fits between two checks; a billion a second, in lowest terms. */
    private static final long MOST_PER_NANO = 1L << 30;

    private final Environment env;
    private final long dropsPerNano;
    private final long dropsPerPermit;
    private final long burst;
    private final long full;
    private final AtomicLong fullAt;
    private final AtomicLong checkedNanos;

    TokenBucket(long permits, long periodNanos, long burst, Environment env) {
        long common = gcd(permits, periodNanos);
        this.env = env;
        this.dropsPerNano = permits / common;
        this.dropsPerPermit = periodNanos / common;
        if (dropsPerNano > MOST_PER_NANO) {
            throw Require.bad(
                    "permits of the token bucket",
                    permits,
                    "at most 2^30 after dividing out what they have in common with the " + periodNanos
                            + " ns of the period");
        }
        this.burst = Require.between(burst, 1, MOST / dropsPerPermit, "burst of the token bucket");
        this.full = burst * dropsPerPermit;
        long now = env.nanoTime();
        this.fullAt = new AtomicLong(now * dropsPerNano);
        this.checkedNanos = new AtomicLong(now);
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    @Override
    public long reserve(int permits, long maxWaitNanos) {
        Require.between(permits, 1, Integer.MAX_VALUE, "permits");
        if (permits > burst) {
            return REFUSED;
        }
        while (true) {
            long date = fullAt.get();
            long checked = checkedNanos.get();
            long now = env.nanoTime();
            if (isStale(checked, now)) {
                check(date, checked, now);
                continue;
            }
            long missing = Math.max(0, date - now * dropsPerNano) + permits * dropsPerPermit;
            long wait = missing <= full ? 0 : (missing - full + dropsPerNano - 1) / dropsPerNano;
            if (wait > maxWaitNanos || missing - full > MOST) {
                if (fullAt.get() == date) {
                    return REFUSED;
                }
            } else if (fullAt.compareAndSet(date, now * dropsPerNano + missing)) {
                return wait;
            }
        }
    }

    @Override
    public void refund(int permits) {
        Require.between(permits, 1, Integer.MAX_VALUE, "permits");
        while (true) {
            long date = fullAt.get();
            long checked = checkedNanos.get();
            long now = env.nanoTime();
            if (isStale(checked, now)) {
                check(date, checked, now);
                continue;
            }
            long missing = Math.max(0, date - now * dropsPerNano);
            long back = Math.min(missing, Math.min(permits, burst) * dropsPerPermit);
            if (fullAt.compareAndSet(date, date - back)) {
                return;
            }
        }
    }

    private boolean isStale(long checked, long now) {
        return now - checked > MOST / dropsPerNano;
    }

    private void check(long date, long checked, long now) {
        boolean longIdle = now - checked > 4 * (MOST / dropsPerNano);
        if (longIdle || date - now * dropsPerNano < 0) {
            if (!fullAt.compareAndSet(date, now * dropsPerNano)) {
                return;
            }
        }
        checkedNanos.compareAndSet(checked, now);
    }

    @Override
    public String toString() {
        return "TokenBucket[" + dropsPerNano + " permits per " + dropsPerPermit + " ns, burst " + burst + "]";
    }
}
