package io.fairlead.examples;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.Listener;
import io.fairlead.Outcome;
import io.fairlead.Target;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;

/** What became of the attempts, by endpoint. */
final class Statistics implements Listener {

    private static final class Row {
        private int attempts;
        private int successes;
        private int retries;
        private long[] latencies = new long[256];
        private String state = "healthy";
    }

    private final Map<URI, Row> rows = new ConcurrentSkipListMap<>();

    @Override
    public void attemptAnswered(Attempt attempt) {
        Endpoint endpoint = attempt.endpoint();
        if (endpoint == null) {
            return;
        }
        Row row = row(endpoint.target());
        synchronized (row) {
            if (row.attempts == row.latencies.length) {
                row.latencies = Arrays.copyOf(row.latencies, 2 * row.attempts);
            }
            row.latencies[row.attempts++] = attempt.latencyNanos();
            row.successes += attempt.outcome() == Outcome.SUCCESS ? 1 : 0;
            row.retries += attempt.number() > 1 ? 1 : 0;
        }
    }

    @Override
    public void endpointEjected(String service, Target target, long nanos, String reason) {
        state(target, "ejected: " + reason);
    }

    @Override
    public void endpointReturned(String service, Target target) {
        state(target, "healthy");
    }

    private void state(Target target, String state) {
        Row row = row(target);
        synchronized (row) {
            row.state = state;
        }
    }

    private Row row(Target target) {
        return rows.computeIfAbsent(target.uri(), uri -> new Row());
    }

    /** A table with one line an endpoint. */
    String table() {
        int all = rows.values().stream().mapToInt(row -> row.attempts).sum();
        StringBuilder table = new StringBuilder(String.format(
                Locale.ROOT,
                "%-28s %7s %9s %9s %9s %8s  %s%n",
                "endpoint",
                "share",
                "success",
                "p50 ms",
                "p99 ms",
                "retries",
                "state"));
        rows.forEach((uri, row) -> table.append(line(uri, row, all)));
        return table.toString();
    }

    private static String line(URI uri, Row row, int all) {
        synchronized (row) {
            long[] sorted = Arrays.copyOf(row.latencies, row.attempts);
            Arrays.sort(sorted);
            return String.format(
                    Locale.ROOT,
                    "%-28s %6.1f%% %8.1f%% %9.1f %9.1f %8d  %s%n",
                    uri,
                    100.0 * row.attempts / Math.max(1, all),
                    100.0 * row.successes / Math.max(1, row.attempts),
                    percentile(sorted, 50),
                    percentile(sorted, 99),
                    row.retries,
                    row.state);
        }
    }

    private static double percentile(long[] sorted, int percent) {
        return sorted.length == 0 ? 0 : sorted[Math.min(sorted.length - 1, sorted.length * percent / 100)] / 1e6;
    }
}
