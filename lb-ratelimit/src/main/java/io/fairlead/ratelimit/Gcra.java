package io.fairlead.ratelimit;

import io.fairlead.Environment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A token bucket, or a leaky bucket, that lends: a reservation that must wait is booked at once against what will flow in, so
 * that those who wait are served in the order in which they asked.
 *
 * <p>No interval of length T grants more than burst + rate · T, whatever the pattern. A request for more permits than the burst
 * can never be within that bound and is refused. A refund that names its reservation keeps the bound; one that does not takes the
 * last reservation back. Lock-free, without allocation.
 */
class Gcra extends Limit {

    /*
     * The virtual scheduling form of the generic cell rate algorithm (ITU-T I.371, annex A): the state is one date, the moment
     * when the bucket will be full again if nobody asks. Dates count drops, that is nanoTime · p in wrapping arithmetic, and are
     * compared by subtraction, as nanoTime itself.
     *
     * A date that nobody moves for 2^63 drops would seem to lie ahead, and 2^63 drops can be seconds when p is large. So
     * checkedNanos says since when the date is known not to lie behind it. Permits are taken only within 2^60 drops of it; later
     * callers first move a past date to now (which takes nothing: full then, full now), then checkedNanos, then try again. Beyond 2^62
     * drops the bucket is full without looking, since a date lies at most 2^61 ahead. The order of reads (date, check, clock) and of
     * writes (date, then check) makes every race end in a failed compare-and-set:
     * - A check newer than the date read means that the date was moved meanwhile.
     * - A check older than the date read belongs to a date from which nobody could take yet.
     */
    private static final VarHandle FULL_AT = field("fullAt");

    private static final VarHandle CHECKED = field("checkedNanos");
    private static final VarHandle LAST_BOOKED = field("lastBooked");

    private final GcraRate rate;
    private volatile long fullAt;
    private volatile long checkedNanos;

    /** The latest moment that someone was told and that the date does not tell. */
    private volatile long lastBooked;

    /** A limiter from which so many permits are missing; the fields are plain so that a million of them stay small. */
    Gcra(GcraRate rate, long missingDrops, Environment env) {
        super(env);
        this.rate = rate;
        long now = env.nanoTime();
        this.fullAt = now * rate.dropsPerNano + missingDrops;
        this.checkedNanos = now;
        this.lastBooked = now;
    }

    private static VarHandle field(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(Gcra.class, name, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @Override
    public long reserve(int permits, long maxWaitNanos) {
        checkPermits(permits);
        if (!rate.fits(permits)) {
            return REFUSED;
        }
        while (true) {
            long date = fullAt;
            long checked = checkedNanos;
            long now = env.nanoTime();
            if (isStale(date, checked, now)) {
                continue;
            }
            long missing = Math.max(0, date - now * rate.dropsPerNano);
            long after = missing + rate.cost(permits);
            long wait = rate.nanos(rate.lacking(missing, permits));
            if (wait > maxWaitNanos || rate.isTooFar(after)) {
                if (fullAt == date) {
                    return REFUSED;
                }
            } else if (FULL_AT.compareAndSet(this, date, now * rate.dropsPerNano + after)) {
                return wait;
            }
        }
    }

    @Override
    long waitFrom(int permits, long from) {
        return from(permits, from, false);
    }

    @Override
    boolean bookAt(int permits, long at) {
        return from(permits, at, true) == 0;
    }

    /** As reserve, but as if it were {@code from}; where {@code book}, takes the permits if the answer is 0. */
    private long from(int permits, long from, boolean book) {
        if (!rate.fits(permits)) {
            return REFUSED;
        }
        long p = rate.dropsPerNano;
        while (true) {
            long date = fullAt;
            long checked = checkedNanos;
            long now = env.nanoTime();
            if (isStale(date, checked, now)) {
                continue;
            }
            if (from - now > GcraRate.MOST / p) {
                return REFUSED;
            }
            long ahead = Math.max(from - now, -GcraRate.MOST / p) * p; // of now; what is longer past counts as that
            long missing = Math.max(0, date - now * p - ahead);
            long after = ahead + missing + rate.cost(permits);
            if (rate.isTooFar(after)) {
                return REFUSED;
            }
            long wait = rate.nanos(rate.lacking(missing, permits));
            if (book && from - now > 0) {
                remember(from);
            }
            if (!book || wait > 0 || FULL_AT.compareAndSet(this, date, now * p + after)) {
                return wait;
            }
        }
    }

    private void remember(long moment) {
        for (long known = lastBooked; moment - known > 0; known = lastBooked) {
            LAST_BOOKED.compareAndSet(this, known, moment);
        }
    }

    @Override
    public void refund(int permits) {
        checkPermits(permits);
        refund(permits, 0, true);
    }

    @Override
    public void refund(int permits, long reservedNanos, long waitNanos) {
        refund(permits, usableNanos(permits, reservedNanos, waitNanos), false);
    }

    private void refund(int permits, long usable, boolean last) {
        while (true) {
            long date = fullAt;
            long checked = checkedNanos;
            long now = env.nanoTime();
            if (isStale(date, checked, now)) {
                continue;
            }
            long missing = Math.max(0, date - now * rate.dropsPerNano);
            long back = last ? Math.min(missing, rate.cost(permits)) : worth(permits, missing, usable, now);
            if (back == 0 || FULL_AT.compareAndSet(this, date, date - back)) {
                return;
            }
        }
    }

    private long worth(int permits, long missing, long usable, long now) {
        long told = rate.lastAhead(permits, missing);
        long booked = lastBooked - now;
        long back = rate.refund(permits, missing, now - usable, Math.max(told, booked));
        boolean isLast = told >= booked && rate.isSame(now - usable + told);
        if (back > 0 && told > 0 && !isLast) {
            remember(now + told); // the date is about to forget those who wait behind
        }
        return back;
    }

    /** The drops that are missing from a full bucket. */
    long missing() {
        while (true) {
            long date = fullAt;
            long checked = checkedNanos;
            long now = env.nanoTime();
            if (!isStale(date, checked, now)) {
                return Math.max(0, date - now * rate.dropsPerNano);
            }
        }
    }

    /** Whether the date cannot be relied on at {@code now}; moves it then, so that it can be when read anew. */
    private boolean isStale(long date, long checked, long now) {
        if (now - checked <= GcraRate.MOST / rate.dropsPerNano) {
            return false;
        }
        boolean longIdle = now - checked > 4 * (GcraRate.MOST / rate.dropsPerNano);
        boolean ahead = !longIdle && date - now * rate.dropsPerNano >= 0;
        if (ahead || FULL_AT.compareAndSet(this, date, now * rate.dropsPerNano)) {
            CHECKED.compareAndSet(this, checked, now);
        }
        return true;
    }

    @Override
    public String toString() {
        return rate.toString();
    }
}
