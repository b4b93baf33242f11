package io.fairlead.examples;

import java.net.http.HttpClient.Version;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Prints what a client with default settings makes of each fault that real servers have, on real sockets: {@code docs/faults.md} explains the
 * table.
 *
 * <pre>{@code
 * ./mvnw -q -pl examples -am compile exec:java -Dexec.mainClass=io.fairlead.examples.FaultTable \
 *     -Dexec.args="kill 2"   # rows whose name contains it, with fleets of 2; all without
 * }</pre>
 */
public final class FaultTable {

    private static final String STANDARD = "standard";

    /** Rows with fleets of one size, so many at once: each lane has a fleet of its own. */
    private record Size(int servers, int lanes, String balancer) {}

    /** Round robin as well, which goes on to pick who fails: the default seldom does, and so leaves little for ejection to see. */
    private static final List<Size> SIZES =
            List.of(new Size(2, 2, STANDARD), new Size(2, 2, "round-robin"), new Size(10, 2, STANDARD));

    /** Stands for the rows with nginx and HAProxy, in the second argument. */
    private static final String PROXIES = "proxies";

    /** The rows of one lane, made where they run. */
    @FunctionalInterface
    private interface Rows {
        List<FaultCase> of(ServerFleet fleet, Version version) throws Exception;
    }

    private final String wanted;
    private final List<String> fleets;
    private final RunCertificates certificates;
    private final ExecutorService lanes = Executors.newCachedThreadPool();
    private final List<Future<List<FaultRun.Result>>> results = new ArrayList<>();

    private FaultTable(String wanted, List<String> fleets) throws Exception {
        this.wanted = wanted.toLowerCase(Locale.ROOT);
        this.fleets = fleets;
        this.certificates = new RunCertificates(Files.createTempDirectory("fault-table"));
    }

    /** Arguments, each may be left out: part of the names of the rows that are wanted; sizes of their fleets, or {@code proxies}. */
    public static void main(String[] args) throws Exception {
        List<String> fleets =
                args.length < 2 ? List.of("2", "10", PROXIES) : List.of(args).subList(1, args.length);
        if (!new FaultTable(args.length == 0 ? "" : args[0], fleets).print()) {
            throw new IllegalStateException(
                    "a payment was doubled, or used as a trial, or its caller told what is not so");
        }
    }

    private boolean print() throws Exception {
        for (Size size : SIZES) {
            for (int lane = 0; lane < size.lanes() && fleets.contains(Integer.toString(size.servers())); lane++) {
                int mine = lane;
                submit(() -> lane(size, mine));
            }
        }
        if (fleets.contains(PROXIES)) {
            proxies();
        }
        System.out.println(FaultRun.Result.heading());
        return awaitLanes();
    }

    private void proxies() {
        proxy("nginx", program -> submit(() -> nginx(program)));
        proxy("haproxy", program -> submit(() -> haproxy(program)));
    }

    private boolean awaitLanes() throws InterruptedException {
        boolean safe = true;
        try {
            for (Future<List<FaultRun.Result>> lane : results) {
                safe &= lane.get().stream().allMatch(FaultRun.Result::safe);
            }
        } catch (ExecutionException e) {
            throw new IllegalStateException("a row could not be run", e.getCause());
        } finally {
            lanes.shutdownNow();
        }
        return safe;
    }

    private void submit(Callable<List<FaultRun.Result>> lane) {
        results.add(lanes.submit(lane));
    }

    private static void proxy(String name, Consumer<String> use) {
        String program = ProxyProcess.find(name);
        if (program == null) {
            System.out.println(name + ": not installed");
        } else {
            use.accept(program);
        }
    }

    /* Every so many rows are this lane's; each row runs over both versions. */
    private List<FaultRun.Result> lane(Size size, int lane) throws Exception {
        try (ServerFleet fleet = new ServerFleet(size.servers(), certificates)) {
            List<FaultCase> mine = new ArrayList<>();
            List<FaultCase> old = fleet.rows(Version.HTTP_1_1);
            List<FaultCase> two = fleet.rows(Version.HTTP_2);
            for (int i = lane; i < old.size(); i += size.lanes()) {
                mine.add(old.get(i));
                mine.add(two.get(i));
            }
            return run(mine, size.balancer());
        }
    }

    private List<FaultRun.Result> nginx(String program) throws Exception {
        try (ServerFleet fleet = new ServerFleet(2, certificates);
                ProxyProcess nginx = new ProxyProcess(program, fleet.server(0).plainPort(), certificates)) {
            return run((servers, version) -> ProxyFaults.nginx(nginx, servers, version), fleet);
        }
    }

    private List<FaultRun.Result> haproxy(String program) throws Exception {
        try (ServerFleet fleet = new ServerFleet(2, certificates);
                ProxyProcess haproxy = new ProxyProcess(program, fleet.server(0).plainPort(), certificates)) {
            return run((servers, version) -> ProxyFaults.haproxy(haproxy, servers, version), fleet);
        }
    }

    private List<FaultRun.Result> run(Rows rows, ServerFleet fleet) throws Exception {
        List<FaultCase> both = new ArrayList<>(rows.of(fleet, Version.HTTP_1_1));
        both.addAll(rows.of(fleet, Version.HTTP_2));
        return run(both, STANDARD);
    }

    private List<FaultRun.Result> run(List<FaultCase> rows, String balancer) throws Exception {
        FaultRun run = new FaultRun(certificates.client(), FaultRun.Times.DEFAULT, balancer);
        List<FaultRun.Result> done = new ArrayList<>();
        for (FaultCase row : rows) {
            if (row.name().toLowerCase(Locale.ROOT).contains(wanted)) {
                FaultRun.Result result = run.run(row);
                System.out.println(result);
                done.add(result);
            }
        }
        return done;
    }
}
