package io.fairlead.simulator;

import io.fairlead.Require;
import io.fairlead.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * A scripted server: phases of behaviour in the order of their ends. The phase in force when a request arrives decides how long the
 * answer takes; its status is decided when the answer leaves. Where a phase has a capacity, its answers report in flight by capacity as their load
 * ({@code endpoint-load-metrics}, which the load-reported strategy reads). Immutable; the same definition can be used by many simulations.
 */
public final class SimServer {

    private final String name;
    private final List<Phase> phases;
    private final UnaryOperator<Target> target;
    private final long fromNanos;
    private final long untilNanos;

    private SimServer(String name, List<Phase> phases, UnaryOperator<Target> target, long fromNanos, long untilNanos) {
        this.name = name;
        this.phases = phases;
        this.target = target;
        this.fromNanos = fromNanos;
        this.untilNanos = untilNanos;
    }

    /** A server of this name, which must be given a phase; listed by discovery from the start to the end. */
    public static SimServer named(String name) {
        return new SimServer(Require.notBlank(name, "name of the server"), List.of(), t -> t, 0, Long.MAX_VALUE);
    }

    /** The same with one phase more, after those that it has; only the last may be without end. */
    public SimServer phase(Phase phase) {
        Require.notNull(phase, "phase of " + name);
        if (!phases.isEmpty() && phases.get(phases.size() - 1).untilNanos >= phase.untilNanos) {
            throw Require.bad("end of a phase of " + name, phase, "later than that of the phase before");
        }
        List<Phase> more = new ArrayList<>(phases);
        more.add(phase);
        return new SimServer(name, List.copyOf(more), target, fromNanos, untilNanos);
    }

    /** The same with what discovery says of it: weight, zone, priority, tags. */
    public SimServer target(UnaryOperator<Target> change) {
        Require.notNull(change, "target of " + name);
        return new SimServer(name, phases, t -> change.apply(target.apply(t)), fromNanos, untilNanos);
    }

    /** The same listed by discovery only from then on, since the start of the simulation. */
    public SimServer listedFrom(Duration from) {
        return new SimServer(name, phases, target, Require.nanos(from, "start of " + name), untilNanos);
    }

    /** The same listed by discovery only until then; what it has in flight it finishes. */
    public SimServer listedUntil(Duration until) {
        return new SimServer(name, phases, target, fromNanos, Require.positiveNanos(until, "end of " + name));
    }

    String name() {
        return name;
    }

    boolean isListed(long elapsed) {
        return elapsed >= fromNanos && elapsed < untilNanos;
    }

    /** The moments, in nanoseconds since the start, at which discovery has news of it. */
    List<Long> changes() {
        List<Long> changes = new ArrayList<>();
        changes.add(fromNanos);
        if (untilNanos != Long.MAX_VALUE) {
            changes.add(untilNanos);
        }
        return changes;
    }

    Target targetAt(String url) {
        return target.apply(Target.of(url));
    }

    Phase phaseAt(long elapsed) {
        for (Phase phase : phases) {
            if (elapsed < phase.untilNanos) {
                return phase;
            }
        }
        return phases.get(phases.size() - 1);
    }

    List<Phase> phases() {
        return phases;
    }

    @Override
    public String toString() {
        return name + Map.of("phases", phases);
    }

    /** How a server behaves for a while. Immutable. */
    public static final class Phase {

        enum Time {
            FIXED,
            LINEAR,
            QUEUEING,
            RECORDED,
            NEVER
        }

        final Time time;
        final long[] nanos;
        final int capacity;
        final int status;
        final int okUpTo;
        final double failureRate;
        final int quota;
        final long untilNanos;

        private Phase(
                Time time,
                long[] nanos,
                int capacity,
                int status,
                int okUpTo,
                double failureRate,
                int quota,
                long untilNanos) {
            this.time = time;
            this.nanos = nanos;
            this.capacity = capacity;
            this.status = status;
            this.okUpTo = okUpTo;
            this.failureRate = failureRate;
            this.quota = quota;
            this.untilNanos = untilNanos;
        }

        private static Phase timed(Time time, int capacity, Duration... times) {
            long[] nanos = new long[times.length];
            for (int i = 0; i < nanos.length; i++) {
                nanos[i] = Require.nanos(times[i], "response time");
            }
            return new Phase(time, nanos, capacity, 200, 0, 1, 0, Long.MAX_VALUE);
        }

        /** Every answer takes the same time. */
        public static Phase fixed(Duration time) {
            return timed(Time.FIXED, 0, time);
        }

        /**
         * With n requests in flight at arrival, this one included, an answer takes time · (1 + n/capacity), and 5 · time where n is above
         * the capacity.
         */
        public static Phase linear(Duration time, int capacity) {
            return timed(Time.LINEAR, Require.between(capacity, 1, Integer.MAX_VALUE, "capacity"), time);
        }

        /** So many workers, each busy with one request for the time; others wait in a queue without bound. */
        public static Phase queueing(Duration time, int workers) {
            return timed(Time.QUEUEING, Require.between(workers, 1, Integer.MAX_VALUE, "workers"), time);
        }

        /** Each answer takes one of these times, drawn at random: recorded latencies. */
        public static Phase recorded(List<Duration> times) {
            if (Require.notNull(times, "recorded times").isEmpty()) {
                throw Require.bad("recorded times", "empty", "at least one");
            }
            return timed(Time.RECORDED, 0, times.toArray(new Duration[0]));
        }

        /** A black hole: takes requests and never answers. */
        public static Phase silent() {
            return timed(Time.NEVER, 0);
        }

        /** The same with another status than 200. */
        public Phase status(int status) {
            return new Phase(
                    time,
                    nanos,
                    capacity,
                    Require.between(status, 200, 599, "status of a phase"),
                    okUpTo,
                    failureRate,
                    quota,
                    untilNanos);
        }

        /** The same with 200 as long as there are at most so many in flight when the answer leaves, and the status above. */
        public Phase okUpTo(int inFlight) {
            Require.between(inFlight, 1, Integer.MAX_VALUE, "in flight up to which a phase answers 200");
            return new Phase(time, nanos, capacity, status, inFlight, failureRate, quota, untilNanos);
        }

        /** The same with the status by chance only, 0 to 1, and 200 else. */
        public Phase failureRate(double rate) {
            return new Phase(
                    time,
                    nanos,
                    capacity,
                    status,
                    okUpTo,
                    Require.between(rate, 0.0, 1.0, "failure rate of a phase"),
                    quota,
                    untilNanos);
        }

        /** The same with so many answers in each second of the clock, and 429 at once for what comes beyond, which counts as well. */
        public Phase quota(int perSecond) {
            Require.between(perSecond, 1, Integer.MAX_VALUE, "quota of a phase");
            return new Phase(time, nanos, capacity, status, okUpTo, failureRate, perSecond, untilNanos);
        }

        /** The same with an end, since the start of the simulation; the last phase of a server lasts for ever whatever its end. */
        public Phase until(Duration end) {
            return new Phase(
                    time,
                    nanos,
                    capacity,
                    status,
                    okUpTo,
                    failureRate,
                    quota,
                    Require.positiveNanos(end, "end of a phase"));
        }

        @Override
        public String toString() {
            return time + " " + status + (untilNanos == Long.MAX_VALUE ? "" : " until " + untilNanos / 1e9 + " s");
        }
    }
}
