package io.fairlead.health;

import io.fairlead.HealthCheck;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The targets that wait until they are asked, and the places for probes under way. Guarded by the schedule. */
final class ProbeQueue {

    /*
     * Two queues by the time they are due. Those in doubt (sick, or failing) hold half of the places at the most: when half of a
     * fleet is a black hole, each of its probes takes the whole timeout, and without that limit they would hold all the places, so
     * that the other half was no longer asked.
     */

    private final SortedSet<ProbedTarget> settled = new TreeSet<>(ProbedTarget.BY_DUE);
    private final SortedSet<ProbedTarget> doubtful = new TreeSet<>(ProbedTarget.BY_DUE);
    private final int places;
    private final int doubtfulPlaces;
    private int running;
    private int runningDoubtful;

    ProbeQueue(HealthCheck check) {
        this.places = check.concurrency();
        this.doubtfulPlaces = Math.max(1, places / 2);
    }

    private SortedSet<ProbedTarget> queue(ProbedTarget probed) {
        return probed.doubtful() ? doubtful : settled;
    }

    void add(ProbedTarget probed, long dueNanos) {
        probed.dueNanos = dueNanos;
        queue(probed).add(probed);
    }

    void remove(ProbedTarget probed) {
        queue(probed).remove(probed);
    }

    /** The next to be asked for whom there is a place, due or not. */
    @Nullable
    ProbedTarget first() {
        if (running >= places) {
            return null;
        }
        ProbedTarget calm = settled.isEmpty() ? null : settled.first();
        ProbedTarget urgent = runningDoubtful >= doubtfulPlaces || doubtful.isEmpty() ? null : doubtful.first();
        if (calm == null || urgent == null) {
            return calm != null ? calm : urgent;
        }
        return ProbedTarget.BY_DUE.compare(calm, urgent) < 0 ? calm : urgent;
    }

    /** Gives a place to the next that is due, or null. */
    @Nullable
    ProbeRun take(long now) {
        ProbedTarget probed = first();
        if (probed == null || probed.dueNanos - now > 0) {
            return null;
        }
        remove(probed);
        ProbeRun run = new ProbeRun(probed, now);
        probed.run = run;
        running++;
        runningDoubtful += run.doubtful ? 1 : 0;
        return run;
    }

    /** Takes the place back. */
    void release(ProbeRun run) {
        run.over = true;
        run.probed.run = null;
        running--;
        runningDoubtful -= run.doubtful ? 1 : 0;
    }
}
