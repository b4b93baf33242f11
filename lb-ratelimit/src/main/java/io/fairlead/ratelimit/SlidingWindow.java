package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A sliding window counter: it takes the permits of the window before as if they had been spread evenly, and grants while the
 * share of them that is still within one period, and those of the current window, are within the limit.
 *
 * <p>Two numbers stand for any limit. Where the earlier permits came at the end of their window, the estimate is too low: no interval
 * of length T grants more than limit · (1 + T / period), and no window more than the limit. Lock-free, without allocation.
 */
final class SlidingWindow extends Limit {

    /*
     * The state is one word: the number of the window of the last permit, modulo what is left of the word, and two counts, of that window
     * and of the one before. It is compared with the clock's window as dates are, by the sign of the difference, which holds for 18 years
     * without a call. From the counts follows when the last permit of those who wait may be used, so that no date is kept: the moment
     * from which the estimate is within the limit.
     *
     * In a window of length P, t after its start, the estimate is before · (P - t) / P + current. So n more may be used from
     * t = P - (limit - current - n) · P / before on.
     */
    private static final int LASTING = 60;

    /** The longest wait, in nanoseconds: half of what can be told from the past. */
    private static final long MOST_WAIT = 1L << (LASTING - 2);

    private final AtomicLong state = new AtomicLong();
    private final long start;
    private final long limit;
    private final long period;
    private final int countBits;
    private final int coarse;

    SlidingWindow(long permits, long periodNanos, Environment env) {
        super(env);
        int periodBits = Long.SIZE - Long.numberOfLeadingZeros(periodNanos);
        int mostBits = Math.min(31, (Long.SIZE - LASTING + periodBits - 1) / 2);
        this.limit = Require.between(permits, 1, (1L << mostBits) - 1, "permits of the sliding window in that period");
        this.period = periodNanos;
        this.countBits = Long.SIZE - Long.numberOfLeadingZeros(limit);
        this.coarse = Math.max(0, periodBits + countBits - (Long.SIZE - 1)); // of the period times a count
        this.start = env.nanoTime();
    }

    @Override
    public long reserve(int permits, long maxWaitNanos) {
        checkPermits(permits);
        while (permits <= limit) {
            long before = state.get();
            long elapsed = Math.max(0, env.nanoTime() - start);
            long after = after(before, permits, elapsed);
            long wait = waitNanos(after, elapsed);
            if (wait > Math.min(maxWaitNanos, MOST_WAIT)) {
                if (state.get() == before) {
                    return REFUSED;
                }
            } else if (state.compareAndSet(before, after)) {
                return wait;
            }
        }
        return REFUSED;
    }

    @Override
    long waitFrom(int permits, long from) {
        if (permits > limit) {
            return REFUSED;
        }
        long elapsed = Math.max(0, from - start);
        long wait = waitNanos(after(state.get(), permits, elapsed), elapsed);
        return wait > MOST_WAIT ? REFUSED : wait;
    }

    @Override
    boolean bookAt(int permits, long at) {
        while (permits <= limit) {
            long before = state.get();
            long elapsed = Math.max(0, at - start);
            long after = after(before, permits, elapsed);
            if (waitNanos(after, elapsed) > 0) {
                return false;
            }
            if (state.compareAndSet(before, after)) {
                return true;
            }
        }
        return false;
    }

    // ---- the word ---------------------------------------------------------------------------------------------------

    private long word(long window, long earlier, long current) {
        return (window << (2 * countBits)) | (earlier << countBits) | current;
    }

    private long current(long word) {
        return word & ((1L << countBits) - 1);
    }

    private long earlier(long word) {
        return current(word >>> countBits);
    }

    /** How many windows a word is ahead of a window. */
    private long ahead(long word, long window) {
        return (word - (window << (2 * countBits))) >> (2 * countBits);
    }

    // ---- the estimate -----------------------------------------------------------------------------------------------

    /** The state with permits, at most the limit, taken in the first window in which they can be used. */
    private long after(long word, int permits, long elapsed) {
        long now = elapsed / period;
        long ahead = ahead(word, now);
        long window = now + Math.max(0, ahead);
        long earlier = ahead >= 0 ? earlier(word) : ahead == -1 ? current(word) : 0;
        long current = ahead >= 0 ? current(word) : 0;
        while (usableFrom(earlier, current + permits) >= period) {
            window++;
            earlier = current;
            current = 0;
        }
        return word(window, earlier, current + permits);
    }

    /** When in its window the last of the current permits may be used; the period or more if not in this window. */
    private long usableFrom(long earlier, long current) {
        long free = limit - current;
        if (free < 0) {
            return period;
        }
        return earlier <= free ? 0 : period - ((free * (period >> coarse) / earlier) << coarse);
    }

    private long waitNanos(long word, long elapsed) {
        long now = elapsed / period;
        long into = ahead(word, now) * period - elapsed % period;
        return Math.max(0, into + usableFrom(earlier(word), current(word)));
    }

    // ---- refunds ----------------------------------------------------------------------------------------------------

    @Override
    public void refund(int permits) {
        checkPermits(permits);
        while (true) {
            long word = state.get();
            if (state.compareAndSet(word, word - Math.min(permits, current(word)))) {
                return;
            }
        }
    }

    @Override
    public void refund(int permits, long reservedNanos, long waitNanos) {
        long usable = Math.max(0, usableNanos(permits, reservedNanos, waitNanos) - start);
        while (true) {
            long word = state.get();
            long ahead = ahead(word, usable / period);
            long back = ahead == 0
                    ? Math.min(permits, current(word))
                    : ahead == 1 ? Math.min(permits, earlier(word)) << countBits : 0;
            if (back == 0 || state.compareAndSet(word, word - back)) {
                return;
            }
        }
    }

    @Override
    public String toString() {
        return "SlidingWindow[" + limit + " permits per " + period + " ns]";
    }
}
