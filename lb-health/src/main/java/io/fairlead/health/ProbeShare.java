package io.fairlead.health;

import io.fairlead.Target;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One service's targets in a schedule, which guards them. */
final class ProbeShare implements Probes.Watch {

    final Probes.Result result;

    /** As this service added them. */
    final Map<URI, Target> own = new HashMap<>();

    boolean closed;

    private final ProbeSchedule schedule;

    ProbeShare(ProbeSchedule schedule, Probes.Result result) {
        this.schedule = schedule;
        this.result = result;
    }

    /** The target as this service added it, or null if it has removed it. */
    @Nullable
    Target own(ProbedTarget probed) {
        synchronized (schedule) {
            return probed.shares.contains(this) ? own.get(probed.target.uri()) : null;
        }
    }

    @Override
    public void add(Target target) {
        schedule.add(this, target);
    }

    @Override
    public void remove(Target target) {
        schedule.remove(this, List.of(target.uri()));
    }

    @Override
    public void close() {
        List<URI> all;
        synchronized (schedule) {
            closed = true;
            all = List.copyOf(own.keySet());
        }
        schedule.remove(this, all);
    }
}
