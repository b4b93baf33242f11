package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A fixed window counter: so many permits in each of the windows that follow one another from when the limiter was made.
 *
 * <p>Permits of one reservation come from one window. Those who do not fit into the current one wait for the start of the next that
 * has room, in the order in which they asked; what is left of the windows they skip is lost. Lock-free, without allocation.
 */
final class FixedWindow extends Limit {

    /*
     * All permits of all windows have one row of numbers: window w holds those from w · limit on. The state is the number that is given
     * out next; a number says by itself in which window it may be used, so nothing has to be reset when a window ends.
     */
    private final AtomicLong next = new AtomicLong();

    private final long start;
    private final long limit;
    private final long period;

    FixedWindow(long permits, long periodNanos, Environment env) {
        super(env);
        // Then the numbers last as long as the clock, 292 years.
        this.limit = Require.between(permits, 1, periodNanos, "permits of the fixed window (one a nanosecond at most)");
        this.period = periodNanos;
        this.start = env.nanoTime();
    }

    @Override
    public long reserve(int permits, long maxWaitNanos) {
        checkPermits(permits);
        while (true) {
            long number = next.get();
            long elapsed = elapsed(env.nanoTime());
            long after = after(number, permits, elapsed);
            long wait = after < 0 ? REFUSED : waitNanos(after, elapsed);
            if (wait < 0 || wait > maxWaitNanos) {
                if (next.get() == number) {
                    return REFUSED;
                }
            } else if (next.compareAndSet(number, after)) {
                return wait;
            }
        }
    }

    @Override
    long waitFrom(int permits, long from) {
        long elapsed = elapsed(from);
        long after = after(next.get(), permits, elapsed);
        return after < 0 ? REFUSED : waitNanos(after, elapsed);
    }

    @Override
    boolean bookAt(int permits, long at) {
        while (true) {
            long number = next.get();
            long elapsed = elapsed(at);
            long after = after(number, permits, elapsed);
            if (after < 0 || waitNanos(after, elapsed) > 0) {
                return false;
            }
            if (next.compareAndSet(number, after)) {
                return true;
            }
        }
    }

    private long elapsed(long now) {
        return Math.max(0, now - start);
    }

    /** The number after those of a reservation, or below zero if there are no such numbers. */
    private long after(long number, int permits, long elapsed) {
        if (permits > limit) {
            return REFUSED;
        }
        long first = Math.max(number, elapsed / period * limit);
        long room = limit - first % limit;
        long after = (permits > room ? first + room : first) + permits;
        return (after - 1) / limit < Long.MAX_VALUE / period ? after : REFUSED;
    }

    private long waitNanos(long after, long elapsed) {
        return Math.max(0, (after - 1) / limit * period - elapsed);
    }

    @Override
    public void refund(int permits) {
        checkPermits(permits);
        long number = next.get();
        if (number > 0) {
            giveBack(permits, (number - 1) / limit);
        }
    }

    @Override
    public void refund(int permits, long reservedNanos, long waitNanos) {
        long usable = elapsed(usableNanos(permits, reservedNanos, waitNanos));
        // Who waited, waited for the start of a window, and read the clock a little before the limiter did.
        giveBack(permits, waitNanos > 0 ? (usable + period - 1) / period : usable / period);
    }

    /** Takes permits of a window back while it is the last that any were taken from: the numbers before it are not known one by one. */
    private void giveBack(int permits, long window) {
        while (true) {
            long number = next.get();
            if (number == 0 || (number - 1) / limit != window) {
                return;
            }
            if (next.compareAndSet(number, Math.max(window * limit, number - permits))) {
                return;
            }
        }
    }

    @Override
    public String toString() {
        return "FixedWindow[" + limit + " permits per " + period + " ns]";
    }
}
