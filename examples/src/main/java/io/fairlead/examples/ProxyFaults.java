package io.fairlead.examples;

import io.fairlead.Target;
import io.fairlead.examples.FaultCase.Step;
import java.net.http.HttpClient.Version;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** The rows of the table in which one of two servers stands behind nginx or HAProxy. */
final class ProxyFaults {

    private static final int WORKERS_KILLED = 5;

    private ProxyFaults() {}

    static List<FaultCase> nginx(ProxyProcess nginx, ServerFleet fleet, Version version) {
        Step well = () -> nginx.reload("");
        return List.of(
                row("nginx: return 503", nginx, fleet, version, () -> nginx.reload("return 503;"), well),
                row("nginx: limit_req (429)", nginx, fleet, version, () -> nginx.reload("limit_req zone=all;"), well),
                row(
                        "nginx: its server killed (502)",
                        nginx,
                        fleet,
                        version,
                        fleet.server(0)::kill,
                        fleet.server(0)::start),
                row("nginx: workers killed", nginx, fleet, version, () -> killWorkers(nginx), () -> {}),
                row(
                        "nginx: ends connections after 5 requests",
                        nginx,
                        fleet,
                        version,
                        () -> nginx.reload("keepalive_requests 5;"),
                        well));
    }

    private static void killWorkers(ProxyProcess nginx) throws InterruptedException {
        for (int i = 0; i < WORKERS_KILLED; i++) {
            nginx.killWorkers();
            TimeUnit.MILLISECONDS.sleep(500);
        }
    }

    static List<FaultCase> haproxy(ProxyProcess haproxy, ServerFleet fleet, Version version) {
        return List.of(
                row(
                        "HAProxy: its server killed (503)",
                        haproxy,
                        fleet,
                        version,
                        fleet.server(0)::kill,
                        fleet.server(0)::start),
                row("HAProxy: soft stop, then gone", haproxy, fleet, version, haproxy::stopSoftly, haproxy::start));
    }

    private static FaultCase row(
            String name, ProxyProcess proxy, ServerFleet fleet, Version version, Step begin, Step end) {
        boolean tls = version == Version.HTTP_2;
        Target victim = Target.of(proxy.url(tls));
        Target other = Target.of(fleet.server(1).url(tls));
        return new FaultCase(
                name,
                version,
                List.of(victim, other),
                Set.of(victim),
                List.of(fleet.ledger()),
                false,
                () -> {},
                begin,
                end);
    }
}
