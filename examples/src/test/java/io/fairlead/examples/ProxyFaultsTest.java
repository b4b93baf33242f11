package io.fairlead.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.http.HttpClient.Version;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The rows of the fault table in which one of two servers stands behind nginx or HAProxy. */
@Timeout(300)
class ProxyFaultsTest {

    /** The rows of one proxy. */
    @FunctionalInterface
    private interface Rows {
        List<FaultCase> of(ProxyProcess proxy, ServerFleet fleet, Version version);
    }

    /** Continuous integration installs them; elsewhere they may be missing. */
    private static String program(String name) {
        String program = ProxyProcess.find(name);
        if (System.getenv("CI") == null) {
            assumeTrue(program != null, name + " is not installed");
        }
        assertThat(program).as("%s is to be installed", name).isNotNull();
        return program;
    }

    private static List<FaultRun.Result> run(Path folder, String name, Rows rows) throws Exception {
        String program = program(name);
        List<FaultLanes.Lane> lanes = new ArrayList<>();
        for (Version version : Version.values()) {
            lanes.add((certificates, run) -> {
                try (ServerFleet fleet = new ServerFleet(2, certificates);
                        ProxyProcess proxy =
                                new ProxyProcess(program, fleet.server(0).plainPort(), certificates)) {
                    return FaultLanes.all(run, rows.of(proxy, fleet, version));
                }
            });
        }
        return FaultLanes.run(folder, lanes);
    }

    @Test
    void nginx_that_refuses_dies_and_ends_connections_doubles_nothing(@TempDir Path folder) throws Exception {
        List<FaultRun.Result> results = run(folder, "nginx", ProxyFaults::nginx);
        assertThat(results).hasSize(10);
        results.forEach(FaultLanes::assertSafe);
    }

    @Test
    void haproxy_that_lost_its_server_or_says_goodbye_doubles_nothing(@TempDir Path folder) throws Exception {
        List<FaultRun.Result> results = run(folder, "haproxy", ProxyFaults::haproxy);
        assertThat(results).hasSize(4);
        results.forEach(FaultLanes::assertSafe);
    }
}
