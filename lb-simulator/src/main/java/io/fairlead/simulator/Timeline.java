package io.fairlead.simulator;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What happened when, in equal steps of time: what the pictures show. */
final class Timeline {

    private static final int STEPS = 100;

    private final long stepNanos;
    private final Map<String, int[]> mostInFlight = new TreeMap<>();
    private final Map<String, int[]> arrivals = new TreeMap<>();
    private final int[] succeeded = new int[STEPS + 1];
    private final int[] ended = new int[STEPS + 1];
    private final double[] seconds = new double[STEPS + 1];

    Timeline(long durationNanos) {
        this.stepNanos = Math.max(1, durationNanos / STEPS);
    }

    private int step(long elapsed) {
        return (int) Math.min(STEPS, elapsed / stepNanos);
    }

    SimResult.OverTime overTime() {
        List<Double> means = new ArrayList<>();
        for (int i = 0; i <= STEPS; i++) {
            means.add(ended[i] == 0 ? 0 : seconds[i] / ended[i]);
        }
        return new SimResult.OverTime(
                stepNanos / 1e9, lists(mostInFlight), lists(arrivals), list(ended), list(succeeded), means);
    }

    private static Map<String, List<Integer>> lists(Map<String, int[]> arrays) {
        Map<String, List<Integer>> lists = new TreeMap<>();
        arrays.forEach((name, values) -> lists.put(name, list(values)));
        return lists;
    }

    private static List<Integer> list(int[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    void arrived(String server, long elapsed, int inFlight) {
        int step = step(elapsed);
        arrivals.computeIfAbsent(server, any -> new int[STEPS + 1])[step]++;
        int[] most = mostInFlight.computeIfAbsent(server, any -> new int[STEPS + 1]);
        most[step] = Math.max(most[step], inFlight);
    }

    /** A call ended; in the step in which it was sent. */
    void ended(long sentElapsed, boolean success, double took) {
        int step = step(sentElapsed);
        ended[step]++;
        seconds[step] += took;
        if (success) {
            succeeded[step]++;
        }
    }
}
