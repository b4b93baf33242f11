package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Require;

/**
 * Several limits as one decision: permits are taken from all of them for one and the same moment, or from none.
 *
 * <p>It does not do to ask one after the other: who is told "now" by the first and "in 40 s" by the second would use permits of the
 * first that it counted long ago, and all those who wait for the second would come to the first at once. A short lock, without allocation.
 */
final class AllOf extends Limit {

    private final Limit[] limits;

    private AllOf(Environment env, Limit[] limits) {
        super(env);
        this.limits = limits;
    }

    static RateLimiter of(RateLimiter... limiters) {
        Require.between(Require.notNull(limiters, "limits").length, 1, 64, "number of limits of one decision");
        Limit[] limits = new Limit[limiters.length];
        for (int i = 0; i < limits.length; i++) {
            if (!(limiters[i] instanceof Limit limit)) {
                throw Require.bad("limit " + (i + 1), limiters[i], "one that RateLimiters made");
            }
            limits[i] = limit;
            if (limit.env != limits[0].env) {
                throw Require.bad(
                        "environment of limit " + (i + 1), limit.env, "that of limit 1, for they agree on a moment");
            }
            for (int k = 0; k < i; k++) {
                if (limits[k] == limit) {
                    throw Require.bad("limit " + (i + 1), limit, "another than limit " + (k + 1));
                }
            }
        }
        return limits.length == 1 ? limits[0] : new AllOf(limits[0].env, limits);
    }

    @Override
    public synchronized long reserve(int permits, long maxWaitNanos) {
        checkPermits(permits);
        while (true) {
            long now = env.nanoTime();
            long wait = waitFrom(permits, now);
            if (wait < 0 || wait > maxWaitNanos) {
                return REFUSED;
            }
            if (bookAt(permits, now + wait)) {
                return wait;
            }
        }
    }

    /** Asks each for the first moment not before what the others said, until all say the same. */
    @Override
    synchronized long waitFrom(int permits, long from) {
        long wait = 0;
        for (int i = 0, agreed = 0; agreed < limits.length; i = (i + 1) % limits.length) {
            long more = limits[i].waitFrom(permits, from + wait);
            if (more < 0 || wait + more < 0) {
                return REFUSED;
            }
            agreed = more == 0 ? agreed + 1 : 1;
            wait += more;
        }
        return wait;
    }

    @Override
    synchronized boolean bookAt(int permits, long at) {
        for (int i = 0; i < limits.length; i++) {
            if (!limits[i].bookAt(permits, at)) { // it is shared, and another was faster
                for (int k = 0; k < i; k++) {
                    limits[k].refund(permits, at, 0);
                }
                return false;
            }
        }
        return true;
    }

    @Override
    public synchronized void refund(int permits) {
        checkPermits(permits);
        for (Limit limit : limits) {
            limit.refund(permits);
        }
    }

    @Override
    public synchronized void refund(int permits, long reservedNanos, long waitNanos) {
        long usable = usableNanos(permits, reservedNanos, waitNanos);
        for (Limit limit : limits) {
            limit.refund(permits, usable, 0); // the wait need not have been this one's
        }
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder("AllOf");
        for (int i = 0; i < limits.length; i++) {
            text.append(i == 0 ? "[" : ", ").append(limits[i]);
        }
        return text.append(']').toString();
    }
}
