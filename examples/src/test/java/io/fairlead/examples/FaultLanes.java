package io.fairlead.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Runs rows of the fault table for tests: with short faults and ejections, with a strategy that goes on to pick who fails, and with timeouts
 * that a busy machine keeps. Only counts are judged, never times.
 */
final class FaultLanes {

    private static final FaultRun.Times SHORT = new FaultRun.Times(
            Duration.ofMillis(500),
            Duration.ofSeconds(1),
            Duration.ofSeconds(8),
            Duration.ofSeconds(5),
            Duration.ofSeconds(4),
            Duration.ofSeconds(20),
            Duration.ofSeconds(1));

    /** The rows of one lane, which has a fleet of its own. */
    @FunctionalInterface
    interface Lane {
        List<FaultRun.Result> run(RunCertificates certificates, FaultRun run) throws Exception;
    }

    private FaultLanes() {}

    /** Runs the lanes at the same time. */
    static List<FaultRun.Result> run(Path folder, List<Lane> lanes) throws Exception {
        RunCertificates certificates = new RunCertificates(folder);
        FaultRun run = new FaultRun(certificates.client(), SHORT, "round-robin");
        ExecutorService threads = Executors.newFixedThreadPool(lanes.size());
        try {
            List<Future<List<FaultRun.Result>>> running = new ArrayList<>();
            for (Lane lane : lanes) {
                running.add(threads.submit(() -> lane.run(certificates, run)));
            }
            List<FaultRun.Result> results = new ArrayList<>();
            for (Future<List<FaultRun.Result>> lane : running) {
                results.addAll(lane.get());
            }
            return results;
        } finally {
            threads.shutdownNow();
        }
    }

    static List<FaultRun.Result> all(FaultRun run, List<FaultCase> rows) throws Exception {
        List<FaultRun.Result> results = new ArrayList<>();
        for (FaultCase row : rows) {
            results.add(run.run(row));
        }
        return results;
    }

    /** No payment was doubled, believed wrongly or used as a trial; no call failed that did not meet the fault. */
    static void assertSafe(FaultRun.Result result) {
        assertThat(result.doubled()).as("doubled: %s", result).isZero();
        assertThat(result.mistaken()).as("mistaken: %s", result).isZero();
        assertThat(result.unkeyedTrials()).as("unkeyed trials: %s", result).isZero();
        assertThat(result.met()).as("met the fault: %s", result).isPositive();
        assertThat(result.failed()).as("failed: %s", result).isLessThanOrEqualTo(result.met());
    }
}
