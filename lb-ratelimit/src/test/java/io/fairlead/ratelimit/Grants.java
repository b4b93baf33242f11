package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.RateLimiter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/** The permits that a limiter granted under a random pattern of callers, who come, wait, and give back; and what may be said of them. */
final class Grants {

    /** Permits that may be used from a moment on, and what was reserved for them. */
    record Grant(long at, int permits, long reserved, long waited) {}

    /** How callers come. */
    record Pattern(int steps, long meanGap, int mostPermits, long maxWait, boolean refunds) {}

    private final AtomicLong clock;
    private final List<Grant> used = new ArrayList<>();
    private final long start;

    private Grants(AtomicLong clock) {
        this.clock = clock;
        this.start = clock.get();
    }

    /** Lets callers come; those who give back do so before, at, or shortly after the moment when they might have gone. */
    static Grants of(RateLimiter limiter, AtomicLong clock, Random random, Pattern pattern) {
        Grants grants = new Grants(clock);
        List<Grant> waiting = new ArrayList<>();
        for (int i = 0; i < pattern.steps(); i++) {
            clock.addAndGet(gap(random, pattern.meanGap()));
            int n = 1 + random.nextInt(pattern.mostPermits());
            long maxWait = random.nextBoolean() ? 0 : random.nextLong(pattern.maxWait() + 1);
            long wait = limiter.reserve(n, maxWait);
            assertThat(wait).isBetween(RateLimiter.REFUSED, maxWait);
            if (wait != RateLimiter.REFUSED) {
                Grant grant = new Grant(clock.get() + wait, n, clock.get(), wait);
                (random.nextInt(3) == 0 ? waiting : grants.used).add(grant);
            }
            while (!waiting.isEmpty() && random.nextInt(3) == 0) {
                Grant grant = waiting.remove(random.nextInt(waiting.size()));
                boolean tooLate = clock.get() - grant.at() > 20 * pattern.meanGap();
                if (pattern.refunds() && !tooLate) {
                    limiter.refund(grant.permits(), grant.reserved(), grant.waited());
                } else {
                    grants.used.add(grant);
                }
            }
        }
        grants.used.addAll(waiting);
        grants.used.sort(Comparator.comparingLong(g -> g.at() - grants.start));
        return grants;
    }

    private static long gap(Random random, long mean) {
        return switch (random.nextInt(20)) {
            case 0 -> random.nextLong(40 * mean + 1);
            case 1, 2, 3, 4, 5, 6, 7, 8 -> 0;
            case 9, 10 -> 1;
            default -> random.nextLong(2 * mean + 1);
        };
    }

    /** The grants in order of their moments. */
    List<Grant> used() {
        return used;
    }

    /** What may be granted at most between two moments, both included. */
    interface Bound {
        /** Permits between {@code from} and {@code to}, given in nanoseconds since the limiter was made. */
        double most(long from, long to);
    }

    /** Checks every interval that begins and ends with a grant; those are the fullest. */
    void assertWithin(Bound bound, String what) {
        for (int i = 0; i < used.size(); i++) {
            long sum = 0;
            for (int j = i; j < used.size(); j++) {
                sum += used.get(j).permits();
                long from = used.get(i).at() - start;
                long to = used.get(j).at() - start;
                if (sum > bound.most(from, to) + 1e-6) {
                    throw new AssertionError(what + ": " + sum + " permits from " + from + " to " + to
                            + ", allowed are " + bound.most(from, to));
                }
            }
        }
    }

    /** The clock they came by. */
    AtomicLong clock() {
        return clock;
    }
}
