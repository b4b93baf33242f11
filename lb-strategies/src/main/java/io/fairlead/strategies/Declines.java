package io.fairlead.strategies;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether an endpoint declines (answers 4xx) what its siblings accept. Declines that are as frequent everywhere are the callers'
 * doing and change nothing. Lock-free, without allocation.
 *
 * <p>Two tests against the siblings' share p of the last seconds: so many declines in a row as would come by chance less than
 * once in 2000 times (p^run), which takes three where the siblings decline nothing; and, for an endpoint that declines only a part, a
 * share four standard deviations above p.
 */
final class Declines {

    private static final double CHANCE = 1.0 / 2000;
    private static final int LEAST_OF_SIBLINGS = 5;
    private static final int LEAST_OF_SHARE = 20;
    private static final double DEVIATIONS = 4;

    private final SlidingCounts all;
    private final SlidingCounts own = new SlidingCounts();
    private final AtomicInteger run = new AtomicInteger();

    /** {@code all}: the counts of all endpoints together. */
    Declines(SlidingCounts all) {
        this.all = all;
    }

    /** Whether the last answer was a decline. */
    boolean isRunning() {
        return run.get() > 0;
    }

    /** Counts an answer; true if it is one decline too many. */
    boolean standsOut(int status, long now) {
        boolean declined = status >= 400 && status < 500;
        all.add(declined, now);
        own.add(declined, now);
        if (!declined) {
            if (run.get() != 0) {
                run.set(0);
            }
            return false;
        }
        int inARow = run.incrementAndGet();
        long mine = own.counts(now);
        long everybodys = all.counts(now);
        int siblings = SlidingCounts.total(everybodys) - SlidingCounts.total(mine);
        if (siblings < LEAST_OF_SIBLINGS) {
            return false;
        }
        int siblingsDeclined = Math.max(0, SlidingCounts.hits(everybodys) - SlidingCounts.hits(mine));
        double p = (siblingsDeclined + 1.0) / (siblings + 2.0); // Laplace's rule: never 0
        return Math.pow(p, inARow) < CHANCE || isShareAbove(p, mine);
    }

    private static boolean isShareAbove(double p, long mine) {
        int total = SlidingCounts.total(mine);
        double share = (double) SlidingCounts.hits(mine) / total;
        return total >= LEAST_OF_SHARE && share > p + DEVIATIONS * Math.sqrt(p * (1 - p) / total);
    }
}
