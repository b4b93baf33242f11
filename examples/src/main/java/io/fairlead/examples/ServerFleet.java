package io.fairlead.examples;

import io.fairlead.Target;
import io.fairlead.examples.FaultCase.Step;
import java.io.IOException;
import java.net.http.HttpClient.Version;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** A fleet of servers on one ledger, each a process, and the rows of the table that are about it. */
final class ServerFleet implements AutoCloseable {

    private static final Step NOTHING = () -> {};

    private static final int FLAPS = 3;

    private static final long FLAP_SECONDS = 1;

    /** Something done to one server. */
    @FunctionalInterface
    private interface Action {
        void on(ServerProcess server) throws Exception;
    }

    private final LedgerPort ledger = new LedgerPort();
    private final LedgerPort otherLedger = new LedgerPort();
    private final List<ServerProcess> servers = new ArrayList<>();

    ServerFleet(int size, RunCertificates certificates) throws IOException {
        for (int i = 0; i < size; i++) {
            ServerProcess server = new ServerProcess(ledger, certificates);
            servers.add(server);
            server.start();
        }
    }

    LedgerPort ledger() {
        return ledger;
    }

    ServerProcess server(int i) {
        return servers.get(i);
    }

    /** The rows for one version of HTTP. */
    List<FaultCase> rows(Version version) {
        boolean tls = version == Version.HTTP_2;
        int half = servers.size() / 2;
        Action kill = ServerProcess::kill;
        Action start = ServerProcess::start;
        List<FaultCase> rows = new ArrayList<>(List.of(
                row("kill -9", version, tls, 1, kill, start),
                row("SIGSTOP", version, tls, 1, ServerProcess::pause, ServerProcess::resume),
                withProbes(row("SIGSTOP, with probes", version, tls, 1, ServerProcess::pause, ServerProcess::resume)),
                fromTheStart(row("nothing listens", version, tls, 1, kill, start)),
                row("black hole", version, tls, 1, ServerProcess::vanish, start),
                fault("reset after booking", version, FaultyJetty.Fault.RESET),
                fault("slow first byte (4 s)", version, FaultyJetty.Fault.SLOW_FIRST_BYTE),
                fault("slow body (4 s)", version, FaultyJetty.Fault.SLOW_BODY),
                fault("500 after booking", version, FaultyJetty.Fault.STATUS_500),
                fault("503 + Retry-After", version, FaultyJetty.Fault.STATUS_503),
                fault("garbage after booking", version, FaultyJetty.Fault.GARBAGE),
                row(
                        "certificate expired",
                        version,
                        true,
                        1,
                        server -> server.certificate("expired"),
                        server -> server.certificate("good")),
                row("dies after booking", version, tls, 1, ServerFleet::dieOfTheNextPayment, start),
                row("flapping: kill -9 and restart", version, tls, 1, ServerFleet::flap, start),
                row("kill -9 of all", version, tls, servers.size(), kill, start)));
        if (half > 1) {
            rows.add(row("kill -9 of half", version, tls, half, kill, start));
        }
        if (servers.size() == 2) {
            rows.add(twoDomains(version, tls));
        }
        return rows;
    }

    private static void dieOfTheNextPayment(ServerProcess server) throws IOException {
        server.fault(FaultyJetty.Fault.KILLED_AFTER_COMMIT);
    }

    private static void flap(ServerProcess server) throws Exception {
        for (int i = 0; i < FLAPS; i++) {
            server.kill();
            TimeUnit.SECONDS.sleep(FLAP_SECONDS);
            server.start();
            TimeUnit.SECONDS.sleep(FLAP_SECONDS);
        }
    }

    private FaultCase fault(String name, Version version, FaultyJetty.Fault fault) {
        return row(
                name,
                version,
                version == Version.HTTP_2,
                1,
                server -> server.fault(fault),
                server -> server.fault(FaultyJetty.Fault.NONE));
    }

    private FaultCase row(String name, Version version, boolean tls, int victims, Action begin, Action end) {
        List<Target> targets =
                servers.stream().map(server -> Target.of(server.url(tls))).toList();
        List<ServerProcess> hit = servers.subList(0, victims);
        Set<Target> hitTargets = new LinkedHashSet<>(targets.subList(0, victims));
        return new FaultCase(
                name, version, targets, hitTargets, List.of(ledger), false, NOTHING, each(hit, begin), each(hit, end));
    }

    private static Step each(List<ServerProcess> servers, Action action) {
        return () -> {
            for (ServerProcess server : servers) {
                action.on(server);
            }
        };
    }

    private static FaultCase withProbes(FaultCase of) {
        return new FaultCase(
                of.name(),
                of.version(),
                of.targets(),
                of.victims(),
                of.ledgers(),
                true,
                of.before(),
                of.begin(),
                of.end());
    }

    private static FaultCase fromTheStart(FaultCase of) {
        return new FaultCase(
                of.name(),
                of.version(),
                of.targets(),
                of.victims(),
                of.ledgers(),
                of.probes(),
                of.begin(),
                NOTHING,
                of.end());
    }

    /* Its key protects a payment in one of the two ledgers only. */
    private FaultCase twoDomains(Version version, boolean tls) {
        ServerProcess elsewhere = servers.get(0);
        Target victim = Target.of(elsewhere.url(tls)).withDomain("north");
        Target other = Target.of(servers.get(1).url(tls)).withDomain("south");
        return new FaultCase(
                "two domains, dies after booking",
                version,
                List.of(victim, other),
                Set.of(victim),
                List.of(ledger, otherLedger),
                false,
                () -> elsewhere.restart(otherLedger),
                () -> dieOfTheNextPayment(elsewhere),
                () -> elsewhere.restart(ledger));
    }

    @Override
    public void close() throws IOException {
        for (ServerProcess server : servers) {
            server.close();
        }
        ledger.close();
        otherLedger.close();
    }
}
