package io.fairlead.strategies;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether an endpoint declines (answers 4xx) what its siblings accept. Declines that are as frequent everywhere are the callers'
 * doing and change nothing. Lock-free, without allocation.
 */
final class Declines {

    /*
     * A cumulative sum (Page, "Continuous Inspection Schemes", Biometrika 41, 1954) of the logarithm of how much likelier each answer is
     * where half of what the siblings accept is declined, q = (1 + p)/2, than where the share p is usual. It begins at a decline, ends
     * where it falls to 0, and stands out at h. Where declines are usual it reaches h less than once in e^h answers, however
     * often it is asked (Lorden, "Procedures for Reacting to a Change in Distribution", 1971); with h = ln(answers in three hours) false
     * alarms are rarer than that at any rate. Where nothing but declines comes, h / ln(q/p) of them suffice: three at 1 % and 10
     * answers a second.
     *
     * p is learned from the answers while no sum is under way: a fair sample of what is usual, which an endpoint that declines
     * everything hardly enters. When all begin to decline at once, that shows in what the siblings declined since the sum began.
     */
    private static final double FALSE_ALARM_SECONDS = 10_000;

    /** Before anything is known: as after five answers, a tenth of them declines. */
    private static final double PRIOR_ANSWERS = 5;

    private static final double PRIOR_DECLINES = 0.5;

    /** What is usual weighs like so many answers, against those of the siblings since the sum began. */
    private static final double USUAL_WEIGHT = 4;

    /** What the endpoints of one service share. Counts of declines in the upper half of a word, of answers in the lower. */
    static final class Shared {

        /** Then both are halved: old answers are forgotten, and the share stays. */
        private static final int MOST_USUAL = 1 << 10;

        private final AtomicLong usual = new AtomicLong();
        private final AtomicLong all = new AtomicLong();

        private void addUsual(long one) {
            long before;
            long after;
            do {
                before = usual.get();
                after = before + one;
                if (answers(after) >= MOST_USUAL) {
                    after = ((long) (declines(after) / 2) << 32) | (answers(after) / 2);
                }
            } while (!usual.compareAndSet(before, after));
        }

        private double usualShare() {
            long counts = usual.get();
            return (declines(counts) + PRIOR_DECLINES) / (answers(counts) + PRIOR_ANSWERS);
        }
    }

    private final Shared shared;

    /* The answers of the sum that is under way; 0 if none is. */
    private final AtomicLong own = new AtomicLong();
    private volatile long allBefore;

    Declines(Shared shared) {
        this.shared = shared;
    }

    static boolean isDecline(int status) {
        return status >= 400 && status < 500;
    }

    /**
     * Counts an answer; true if it is one decline too many.
     *
     * @param perSecond answers of the service
     */
    boolean standsOut(int status, double perSecond) {
        long one = isDecline(status) ? (1L << 32) | 1 : 1;
        long everybodys = shared.all.addAndGet(one);
        long before = own.get();
        if (before == 0) {
            shared.addUsual(one);
            if (one == 1) {
                return false;
            }
            allBefore = everybodys - one;
        }
        long mine = own.addAndGet(one);
        double sum = sum(mine, everybodys - allBefore - mine);
        boolean high = sum >= Math.log(FALSE_ALARM_SECONDS * perSecond);
        if (one != 1) {
            return high;
        }
        if (high || sum <= 0) { // after an alarm one that is accepted begins anew
            own.set(0);
        }
        return false;
    }

    private double sum(long mine, long siblings) {
        double usual = shared.usualShare();
        double now = (USUAL_WEIGHT * usual + declines(siblings)) / (USUAL_WEIGHT + Math.max(0, answers(siblings)));
        double p = Math.min(Math.max(usual, now), 0.99);
        double q = (1 + p) / 2;
        int declines = declines(mine);
        return declines * Math.log(q / p) + (answers(mine) - declines) * Math.log((1 - q) / (1 - p));
    }

    private static int declines(long counts) {
        return (int) (counts >>> 32);
    }

    private static int answers(long counts) {
        return (int) counts;
    }
}
