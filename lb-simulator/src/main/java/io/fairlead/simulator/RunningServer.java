package io.fairlead.simulator;

import java.util.PriorityQueue;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/** A scripted server at work: what is in flight, and what it has done. */
final class RunningServer {

    /** Tells the client of the answer. */
    @FunctionalInterface
    interface Answer {
        /** {@code utilization}: what the server reports of its load, in flight by capacity; NaN if it has no capacity. */
        void leave(int status, double utilization);
    }

    private final SimServer script;
    private final VirtualTime time;
    private final RandomGenerator random;
    private final PriorityQueue<Long> workers = new PriorityQueue<>();
    private final Timeline timeline;
    private int inFlight;
    private int inSecond;
    private long second;

    final TreeMap<Integer, Long> byStatus = new TreeMap<>();
    long received;
    long busyNanos;

    RunningServer(SimServer script, VirtualTime time, RandomGenerator random, Timeline timeline) {
        this.script = script;
        this.time = time;
        this.random = random;
        this.timeline = timeline;
    }

    String name() {
        return script.name();
    }

    int inFlight() {
        return inFlight;
    }

    void receive(Answer answer) {
        received++;
        inFlight++;
        timeline.arrived(script.name(), time.elapsed(), inFlight);
        SimServer.Phase phase = script.phaseAt(time.elapsed());
        if (phase.time == SimServer.Phase.Time.NEVER) {
            return;
        }
        boolean refused = phase.quota > 0 && countInSecond() > phase.quota;
        long takes = refused ? 0 : takes(phase);
        busyNanos += takes;
        time.after(takes, () -> {
            int status = refused ? 429 : status(phase);
            double utilization = phase.capacity > 0 ? (double) inFlight / phase.capacity : Double.NaN;
            inFlight--;
            byStatus.merge(status, 1L, Long::sum);
            answer.leave(status, utilization);
        });
    }

    /** How many have arrived within the second of now. */
    private int countInSecond() {
        long now = time.elapsed() / 1_000_000_000L;
        inSecond = now == second ? inSecond + 1 : 1;
        second = now;
        return inSecond;
    }

    private long takes(SimServer.Phase phase) {
        return switch (phase.time) {
            case FIXED -> phase.nanos[0];
            case LINEAR ->
                inFlight > phase.capacity
                        ? 5 * phase.nanos[0]
                        : phase.nanos[0] + phase.nanos[0] * inFlight / phase.capacity;
            case QUEUEING -> queued(phase);
            case RECORDED -> phase.nanos[random.nextInt(phase.nanos.length)];
            case NEVER -> throw new IllegalStateException("a black hole does not answer");
        };
    }

    private long queued(SimServer.Phase phase) {
        long now = time.elapsed();
        while (!workers.isEmpty() && workers.peek() <= now) {
            workers.poll();
        }
        long free = now;
        while (workers.size() >= phase.capacity) {
            free = workers.remove(); // waits for the one who is free first
        }
        workers.add(free + phase.nanos[0]);
        return free - now + phase.nanos[0];
    }

    /* The answer that leaves is still in flight. */
    private int status(SimServer.Phase phase) {
        if (phase.okUpTo > 0) {
            return inFlight <= phase.okUpTo ? 200 : phase.status;
        }
        return phase.failureRate >= 1 || random.nextDouble() <= phase.failureRate ? phase.status : 200;
    }
}
