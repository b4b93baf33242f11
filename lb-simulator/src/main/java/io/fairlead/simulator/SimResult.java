package io.fairlead.simulator;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import java.util.Map;

/**
 * What one run of a simulation came to. Times are seconds of virtual time.
 *
 * @param simulation name of the simulation
 * @param seed of this run
 * @param sent calls that were sent
 * @param answered calls that ended, with an answer or a failure, before the simulation did
 * @param successPercent calls that ended with status 200, of those sent
 * @param all the times of the calls that ended
 * @param successful the times of those that ended with status 200
 * @param serverSeconds the time that the servers spent, all together
 * @param attemptsPerCall attempts sent, by calls
 * @param byStatus calls by the status of their answer
 * @param byFailure calls without an answer, by the simple name of their exception
 * @param share part of the attempts that went to each server, by its name
 * @param ejectedAt moments at which a client ejected each server
 * @param returnedAt moments at which a client took each server back
 * @param fairness Jain's index of the clients' mean times: 1 if all are alike
 * @param doubled calls of a method that is not idempotent which more than one server, or one more than once, has processed
 * @param overTime the same in steps of time
 * @param leaked attempts that were started and not finished when all calls had ended: 0, or the client has a defect
 */
public record SimResult(
        String simulation,
        long seed,
        long sent,
        long answered,
        double successPercent,
        Latency all,
        Latency successful,
        double serverSeconds,
        double attemptsPerCall,
        Map<Integer, Long> byStatus,
        Map<String, Long> byFailure,
        Map<String, Double> share,
        Map<String, List<Double>> ejectedAt,
        Map<String, List<Double>> returnedAt,
        double fairness,
        long doubled,
        long leaked,
        @JsonIgnore OverTime overTime) {

    /**
     * What happened in each of some hundred equal steps of time; calls count in the step in which they were sent, and the last step is
     * all that came after the load had ended.
     *
     * @param stepSeconds length of a step
     * @param inFlight the most that each server had in flight within a step
     * @param arrivals attempts that arrived at each server
     * @param ended calls that ended
     * @param succeeded calls that ended with status 200
     * @param meanSeconds mean time of the calls that ended
     */
    public record OverTime(
            double stepSeconds,
            Map<String, List<Integer>> inFlight,
            Map<String, List<Integer>> arrivals,
            List<Integer> ended,
            List<Integer> succeeded,
            List<Double> meanSeconds) {}

    /**
     * Times in seconds; 0 where there are none.
     *
     * @param mean arithmetic mean
     * @param p50 median
     * @param p99 of a hundred calls, one takes longer
     * @param p999 of a thousand calls, one takes longer
     */
    public record Latency(double mean, double p50, double p99, double p999) {

        static Latency of(double[] sorted) {
            if (sorted.length == 0) {
                return new Latency(0, 0, 0, 0);
            }
            double sum = 0;
            for (double seconds : sorted) {
                sum += seconds;
            }
            return new Latency(
                    sum / sorted.length, quantile(sorted, 0.5), quantile(sorted, 0.99), quantile(sorted, 0.999));
        }

        private static double quantile(double[] sorted, double q) {
            return sorted[(int) Math.min(sorted.length - 1L, (long) Math.ceil(q * sorted.length) - 1)];
        }
    }
}
