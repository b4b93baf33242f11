package io.fairlead.ratelimit.redis;

import io.fairlead.Admission;
import io.fairlead.ThrottledException;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What was granted, and when. */
final class Grants {

    private record Grant(long nanos, int permits) {}

    private final ManualTime time;
    private final List<Grant> grants = new ArrayList<>();
    int refused;

    Grants(ManualTime time) {
        this.time = time;
    }

    static CompletableFuture<Admission.Permit> ask(Admission admission, int permits, long maxWaitNanos) {
        return admission
                .admit(FakeAttempt.fresh().permits(permits), maxWaitNanos)
                .toCompletableFuture();
    }

    /** Asks, and counts what is granted at once or later. */
    CompletableFuture<Admission.Permit> count(Admission admission, int permits, long maxWaitNanos) {
        CompletableFuture<Admission.Permit> asked = ask(admission, permits, maxWaitNanos);
        asked.whenComplete((permit, why) -> {
            if (why == null) {
                grants.add(new Grant(time.nanoTime(), permits));
            } else if (why instanceof ThrottledException) {
                refused++;
            } else {
                throw new AssertionError(why);
            }
        });
        return asked;
    }

    /** Counts one grant less, which was at this moment and is not used. */
    void uncount(int permits) {
        grants.remove(new Grant(time.nanoTime(), permits));
    }

    long total() {
        return grants.stream().mapToLong(Grant::permits).sum();
    }

    /** The most permits by which any interval is above {@code burst + permits · T / period}; below zero if none is. */
    double excess(double burst, double permitsPerNano) {
        double worst = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < grants.size(); i++) {
            long sum = 0;
            for (int j = i; j < grants.size(); j++) {
                sum += grants.get(j).permits();
                worst = Math.max(
                        worst,
                        sum
                                - burst
                                - permitsPerNano
                                        * (grants.get(j).nanos() - grants.get(i).nanos()));
            }
        }
        return worst;
    }
}
