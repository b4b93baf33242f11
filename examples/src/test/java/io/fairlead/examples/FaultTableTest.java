package io.fairlead.examples;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpClient.Version;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows of the fault table: real servers in processes of their own, which are killed, stopped, and made to fail after they have booked. */
@Timeout(300)
class FaultTableTest {

    private static final int LANES = 3;

    /** Slow ones cost more time than they tell: {@code HangTest} has them on the manual clock. */
    private static final Set<String> LEFT_OUT = Set.of(
            "SIGSTOP, with probes",
            "nothing listens",
            "slow first byte (4 s)",
            "slow body (4 s)",
            "flapping: kill -9 and restart");

    /** Those that are condemned by failures in a row, however fast the machine. */
    private static final Set<String> CONDEMNED = Set.of(
            "kill -9",
            "reset after booking",
            "500 after booking",
            "garbage after booking",
            "certificate expired",
            "dies after booking");

    private static FaultLanes.Lane lane(int lane, Version version) {
        return (certificates, run) -> {
            try (ServerFleet fleet = new ServerFleet(2, certificates)) {
                List<FaultCase> rows = fleet.rows(version).stream()
                        .filter(row -> !LEFT_OUT.contains(row.name()))
                        .toList();
                List<FaultCase> mine = new ArrayList<>();
                for (int i = lane; i < rows.size(); i += LANES) {
                    mine.add(rows.get(i));
                }
                return FaultLanes.all(run, mine);
            }
        };
    }

    @ParameterizedTest
    @EnumSource(Version.class)
    void no_fault_doubles_a_payment_or_tries_a_server_out_with_one(Version version, @TempDir Path folder)
            throws Exception {
        List<FaultLanes.Lane> lanes = new ArrayList<>();
        for (int lane = 0; lane < LANES; lane++) {
            lanes.add(lane(lane, version));
        }
        List<FaultRun.Result> results = FaultLanes.run(folder, lanes);
        assertThat(results).hasSizeGreaterThan(10);
        results.forEach(FaultLanes::assertSafe);
        for (FaultRun.Result result : results) {
            if (CONDEMNED.contains(result.row().name())) {
                assertThat(result.ejected()).as("ejected: %s", result).isOne();
            }
            if (result.row().name().startsWith("two domains")) {
                assertThat(result.inDoubt()).as("in doubt: %s", result).isPositive();
            }
        }
    }
}
