package io.fairlead.examples;

import io.fairlead.HealthCheck;
import io.fairlead.Service;
import io.fairlead.Settings;
import io.fairlead.client.BalancedClient;
import io.fairlead.health.Ejections;
import io.fairlead.health.Probes;
import java.net.http.HttpClient.Version;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Runs rows of the fault table: calm, fault, repair, return. */
final class FaultRun {

    /** Calls a second: enough that a second shows what happens, little enough for a laptop that runs several rows at once. */
    private static final int CALLS_PER_SECOND = 40;

    /** Calls for each server, so that the first of the row are not those that load classes and shake hands. */
    private static final int WARM_UP = 10;

    /**
     * How long things take.
     *
     * @param calm before the fault, and after the return
     * @param leastFault at least so long it lasts
     * @param mostFault and so long if nobody is ejected
     * @param mostUntilBack how long the return is waited for
     * @param connect connect timeout
     * @param deadline of each call
     * @param ejection base time of ejections, or null for the default
     */
    record Times(
            Duration calm,
            Duration leastFault,
            Duration mostFault,
            Duration mostUntilBack,
            Duration connect,
            Duration deadline,
            @Nullable Duration ejection) {

        /** As users have it; the deadline is longer than the connect timeout, so that a call may go elsewhere after one. */
        static final Times DEFAULT = new Times(
                Duration.ofSeconds(2),
                Duration.ofSeconds(5),
                Duration.ofSeconds(15),
                Duration.ofSeconds(90),
                Duration.ofSeconds(2),
                Duration.ofSeconds(3),
                null);
    }

    /** What a row says. Times are in milliseconds, −1 for never. */
    record Result(
            FaultCase row,
            String balancer,
            int calls,
            int met,
            int unsent,
            int inDoubt,
            int errors,
            int ejected,
            int wronglyEjected,
            long ejectMillis,
            long returnMillis,
            int doubled,
            int mistaken,
            int trials,
            int unkeyedTrials) {

        static String heading() {
            return "| fault | HTTP | fleet | balancer | calls | met it | unsent | in doubt | 5xx | out | after | back"
                    + " after repair | doubled | mistaken | trials | unkeyed |\n"
                    + "|---|---|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|";
        }

        @Override
        public String toString() {
            return String.format(
                    Locale.ROOT,
                    "| %s | %s | %d | %s | %d | %d | %d | %d | %d | %s | %s | %s | %d | %d | %d | %d |",
                    row.name(),
                    row.version() == Version.HTTP_2 ? "2" : "1.1",
                    row.targets().size(),
                    balancer,
                    calls,
                    met,
                    unsent,
                    inDoubt,
                    errors,
                    ejected + " of " + row.victims().size() + (wronglyEjected > 0 ? " + " + wronglyEjected : ""),
                    seconds(ejectMillis),
                    seconds(returnMillis),
                    doubled,
                    mistaken,
                    trials,
                    unkeyedTrials);
        }

        private static String seconds(long millis) {
            return millis < 0 ? "–" : String.format(Locale.ROOT, "%.1f s", millis / 1e3);
        }

        /** Calls that did not bring their caller a good answer. */
        int failed() {
            return unsent + inDoubt + errors;
        }

        /** Whether nothing was paid twice, believed wrongly, or tried out with a payment that must not be repeated. */
        boolean safe() {
            return doubled == 0 && mistaken == 0 && unkeyedTrials == 0;
        }
    }

    private final SSLContext tls;
    private final Times times;
    private final String balancer;

    /** @param balancer name of the strategy */
    FaultRun(SSLContext tls, Times times, String balancer) {
        this.tls = tls;
        this.balancer = balancer;
        this.times = times;
    }

    Result run(FaultCase row) throws Exception {
        row.before().run();
        FaultWatch watch = new FaultWatch(row.victims());
        try (BalancedClient client = client(row, watch)) {
            watch.of(client);
            return run(row, watch, new FaultTraffic(client, row.version(), times.deadline()));
        }
    }

    private BalancedClient client(FaultCase row, FaultWatch watch) {
        Service.Builder service = Service.named("fleet")
                .targets(row.targets())
                .balancer(balancer, Settings.none())
                .listener(watch);
        if (times.ejection() != null) {
            service.ejection(Ejections.standard().baseTime(times.ejection()));
        }
        if (row.probes()) {
            service.healthCheck(HealthCheck.of(Probes.http("/health")));
        }
        return BalancedClient.builder()
                .sslContext(tls)
                .connectTimeout(times.connect())
                .version(row.version())
                .service(service.build())
                .build();
    }

    private Result run(FaultCase row, FaultWatch watch, FaultTraffic traffic) throws Exception {
        traffic.warmUp(WARM_UP * row.targets().size());
        traffic.start(CALLS_PER_SECOND);
        long begun;
        long repaired;
        try {
            sleep(times.calm());
            begun = System.nanoTime();
            watch.faulty(true);
            row.begin().run();
            sleep(times.leastFault().minusNanos(System.nanoTime() - begun));
            await(times.mostFault().minus(times.leastFault()), () -> watch.victimsLeft() >= row.mostOut());
        } finally {
            row.end().run();
            watch.faulty(false);
            repaired = System.nanoTime();
        }
        await(times.mostUntilBack(), watch::allBack);
        sleep(times.calm());
        traffic.stop();
        if (2 * traffic.otherVersion() > traffic.calls()) {
            throw new IllegalStateException(row.name() + ": answers are in another version than " + row.version());
        }
        return result(row, watch, traffic, begun, repaired);
    }

    private Result result(FaultCase row, FaultWatch watch, FaultTraffic traffic, long begun, long repaired) {
        return new Result(
                row,
                balancer,
                traffic.calls(),
                watch.met(),
                traffic.unsent(),
                traffic.inDoubt(),
                traffic.errors(),
                watch.victimsLeft(),
                watch.othersLeft(),
                millis(begun, watch.leftNanos()),
                watch.allBack() ? millis(repaired, watch.backNanos()) : -1,
                traffic.doubled(row.ledgers()),
                traffic.mistaken(row.ledgers()),
                watch.trials(),
                watch.unkeyedTrials());
    }

    private static long millis(long from, long to) {
        return to == -1 ? -1 : Math.max(0, TimeUnit.NANOSECONDS.toMillis(to - from));
    }

    private static void sleep(Duration time) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(time.toNanos());
    }

    private static void await(Duration most, BooleanSupplier over) throws InterruptedException {
        long end = System.nanoTime() + most.toNanos();
        while (!over.getAsBoolean() && System.nanoTime() < end) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }
}
