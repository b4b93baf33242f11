package io.fairlead.simulator;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** Counts the ends of calls while a simulation runs. */
final class Tally {

    private final String name;
    private final long seed;
    private final long sent;
    private final double[] seconds;
    private final boolean[] success;
    private final double[] clientSeconds;
    private final long[] clientCalls;
    private final TreeMap<Integer, Long> byStatus = new TreeMap<>();
    private final TreeMap<String, Long> byFailure = new TreeMap<>();
    private int answered;

    Tally(String name, long seed, int clients, long sent) {
        this.name = name;
        this.seed = seed;
        this.sent = sent;
        this.seconds = new double[(int) sent];
        this.success = new boolean[(int) sent];
        this.clientSeconds = new double[clients];
        this.clientCalls = new long[clients];
    }

    long answered() {
        return answered;
    }

    void answer(int client, int status, double took) {
        byStatus.merge(status, 1L, Long::sum);
        success[answered] = status == 200;
        ended(client, took);
    }

    void failure(int client, String kind, double took) {
        byFailure.merge(kind, 1L, Long::sum);
        ended(client, took);
    }

    private void ended(int client, double took) {
        seconds[answered++] = took;
        clientSeconds[client] += took;
        clientCalls[client]++;
    }

    SimResult result(Collection<RunningServer> servers, Run.Accounts accounts, long doubled, Timeline timeline) {
        Map<String, Double> share = new LinkedHashMap<>();
        double serverSeconds = 0;
        for (RunningServer server : servers) {
            share.put(server.name(), accounts.attempts == 0 ? 0 : (double) server.received / accounts.attempts);
            serverSeconds += server.busyNanos / 1e9;
        }
        double[] good = sorted(true);
        return new SimResult(
                name,
                seed,
                sent,
                answered,
                100.0 * good.length / sent,
                SimResult.Latency.of(sorted(false)),
                SimResult.Latency.of(good),
                serverSeconds,
                (double) accounts.attempts / sent,
                byStatus,
                byFailure,
                share,
                accounts.ejected,
                accounts.returned,
                fairness(),
                doubled,
                answered == sent ? accounts.inFlight : 0,
                timeline.overTime());
    }

    private double[] sorted(boolean onlySuccesses) {
        return IntStream.range(0, answered)
                .filter(i -> success[i] || !onlySuccesses)
                .mapToDouble(i -> seconds[i])
                .sorted()
                .toArray();
    }

    /* Jain's index of the clients' mean times: 1 if all are alike, 1/n if one bears everything. */
    private double fairness() {
        double sum = 0;
        double squares = 0;
        int n = 0;
        for (int i = 0; i < clientCalls.length; i++) {
            if (clientCalls[i] > 0) {
                double mean = clientSeconds[i] / clientCalls[i];
                sum += mean;
                squares += mean * mean;
                n++;
            }
        }
        return squares == 0 ? 1 : sum * sum / (n * squares);
    }
}
