package io.fairlead.ratelimit.redis;

import io.fairlead.Require;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * The numbers of several limits that are kept as one. Immutable.
 *
 * <p>Exact integers, as in the script: one microsecond brings p drops and a permit is worth q drops, where p/q is permits/period in lowest
 * terms. Everything that is counted stays below 2^53, up to which Lua's only number, a double, counts exactly.
 */
final class Quota {

    /** The most that the bucket of a limit may hold, in drops; waits may bring as many again. */
    private static final long MOST_FULL = 1L << 52;

    /** So that the longest wait, 2^32 µs, is worth no more than 2^52 drops. */
    private static final long MOST_PER_MICRO = 1L << 20;

    /** The longest wait that is ever booked, in microseconds: 71 minutes. */
    static final long MOST_WAIT = 1L << 32;

    static final int MOST_LIMITS = 16;

    /** One of the limits, as it was set. */
    record Limit(long permits, long periodNanos, long burst) {

        Limit {
            Require.between(permits, 1, Integer.MAX_VALUE, "permits of the limit");
            Require.between(burst, 1, Integer.MAX_VALUE, "burst of the limit");
        }

        /** Less of a burst, by what the rate brings within the jitter. */
        Limit less(long jitterNanos) {
            double lost = Math.ceil((double) jitterNanos * permits / periodNanos);
            if (lost >= burst) {
                throw Require.bad(
                        "jitter of the limit",
                        Duration.ofNanos(jitterNanos),
                        "one in which the rate brings less than the burst of " + burst);
            }
            return new Limit(permits, periodNanos, burst - (long) lost);
        }

        @Override
        public String toString() {
            return permits + " per " + Duration.ofNanos(periodNanos) + ", burst " + burst;
        }
    }

    private final List<Limit> limits;

    /** Of each limit: the drops that a microsecond brings. */
    final long[] dropsPerMicro;

    /** Of each limit: the drops that a permit is worth. */
    final long[] dropsPerPermit;

    /** Of each limit: the drops of a full bucket. */
    final long[] full;

    private Quota(List<Limit> limits, long[] dropsPerMicro, long[] dropsPerPermit, long[] full) {
        this.limits = limits;
        this.dropsPerMicro = dropsPerMicro;
        this.dropsPerPermit = dropsPerPermit;
        this.full = full;
    }

    static Quota of(List<Limit> limits) {
        Require.between(limits.size(), 1, MOST_LIMITS, "number of limits");
        int n = limits.size();
        Quota quota = new Quota(List.copyOf(limits), new long[n], new long[n], new long[n]);
        for (int i = 0; i < n; i++) {
            quota.count(i, limits.get(i));
        }
        return quota;
    }

    private void count(int i, Limit limit) {
        long perPeriod = limit.permits() * 1_000; // a microsecond is a thousand nanoseconds of the period
        long common = gcd(perPeriod, limit.periodNanos());
        dropsPerMicro[i] = perPeriod / common;
        dropsPerPermit[i] = limit.periodNanos() / common;
        if (dropsPerMicro[i] > MOST_PER_MICRO || dropsPerPermit[i] > MOST_FULL / limit.burst()) {
            throw Require.bad(
                    "limit",
                    limit,
                    "one that can be counted exactly: with permits and period (in microseconds) in lowest terms, permits are at most 2^20 "
                            + "and burst times period at most 2^52");
        }
        full[i] = limit.burst() * dropsPerPermit[i];
    }

    private static long gcd(long a, long b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /**
     * What one of so many processes may use by itself: a permit is worth so many times as much, a burst is a share, but one permit at
     * least. Its drops are so many times those of the whole.
     */
    Quota share(int processes) {
        int n = size();
        long[] each = new long[n];
        long[] burst = new long[n];
        for (int i = 0; i < n; i++) {
            each[i] = Math.multiplyExact(dropsPerPermit[i], processes);
            burst[i] = Math.max(1, limits.get(i).burst() / processes) * each[i];
        }
        return new Quota(limits, dropsPerMicro, each, burst);
    }

    int size() {
        return full.length;
    }

    /** The most permits that one request can ever be granted. */
    long mostPermits() {
        long most = Long.MAX_VALUE;
        for (Limit limit : limits) {
            most = Math.min(most, limit.burst());
        }
        return most;
    }

    @Override
    public String toString() {
        return limits.toString();
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof Quota other && limits.equals(other.limits) && Arrays.equals(full, other.full);
    }

    @Override
    public int hashCode() {
        return limits.hashCode();
    }
}
