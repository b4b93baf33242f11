package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import java.lang.management.ManagementFactory;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When a report is forgotten, and what reading one costs. */
class LoadReportedTest {

    private static final HttpHeaders REPORT = HttpHeaders.of(
            Map.of("endpoint-load-metrics", List.of("TEXT mem_utilization=0.9, cpu_utilization=0.5")), (n, v) -> true);

    private static FakeAttempt answered(Fleet fleet, HttpHeaders headers) {
        return FakeAttempt.fresh().answer(200, headers).eventAt(fleet.time.nanoTime());
    }

    @Test
    void a_report_is_forgotten_after_three_minutes_at_the_first_attempt_that_begins_then() {
        Fleet fleet = Fleet.equal(Balancers.loadReported(), 2);
        FakeEndpoint reporting = fleet.endpoints.get(0);
        reporting.gauge().answered(answered(fleet, REPORT));
        assertThat(reporting.gauge().value()).isEqualTo(0.5);
        fleet.time.advance(Duration.ofSeconds(178));
        fleet.start(fleet.endpoints.get(1));
        assertThat(reporting.gauge().value()).isEqualTo(0.5);
        fleet.time.advance(Duration.ofSeconds(4));
        assertThat(reporting.gauge().value()).isEqualTo(0.5); // nothing has told the time
        fleet.start(fleet.endpoints.get(1));
        assertThat(reporting.gauge().value()).isZero(); // nor is anything known of another
    }

    @ParameterizedTest
    @ValueSource(ints = {30, 60}) // a stamp can tell 26 days of 52
    void a_report_after_a_long_silence_counts(int days) {
        Fleet fleet = Fleet.equal(Balancers.loadReported(), 1);
        fleet.time.advance(Duration.ofDays(days));
        fleet.endpoints.get(0).gauge().answered(answered(fleet, REPORT));
        assertThat(fleet.endpoints.get(0).gauge().value()).isEqualTo(0.5);
    }

    @Test
    void a_report_in_the_header_is_read_without_allocation() {
        Fleet fleet = Fleet.equal(Balancers.loadReported(), 1);
        FakeAttempt attempt = answered(fleet, REPORT);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 6; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int j = 0; j < 20_000; j++) {
                fleet.endpoints.get(0).gauge().answered(attempt);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(least).isLessThan(20_000); // less than a byte a run
    }

    private static void report(Fleet fleet, int server, double load) {
        FakeAttempt attempt = fleet.start(fleet.endpoints.get(server));
        attempt.answer(
                200,
                HttpHeaders.of(
                        Map.of("endpoint-load-metrics", List.of("TEXT application_utilization=" + load)),
                        (n, v) -> true));
        fleet.endpoints.get(server).gauge().answered(attempt.eventAt(fleet.time.nanoTime()));
        fleet.endpoints.get(server).inFlight(0);
    }

    @Test
    void a_new_endpoint_counts_as_loaded_as_the_others_are() {
        Fleet fleet = Fleet.equal(Balancers.loadReported(), 4);
        for (int i = 0; i < 4; i++) {
            report(fleet, i, 4);
        }
        fleet.endpoints.add(FakeEndpoint.of(Fleet.target(9), fleet.strategy));
        fleet.update();
        assertThat(fleet.shares(10_000)[4] / 10_000.0)
                .as("a fifth would be fair")
                .isLessThan(0.3);
    }

    @Test
    void a_server_that_reports_no_more_counts_as_loaded_as_the_others_are() {
        Fleet fleet = Fleet.equal(Balancers.loadReported(), 2);
        report(fleet, 0, 4);
        fleet.time.advance(Duration.ofSeconds(200));
        report(fleet, 1, 4);
        assertThat(fleet.shares(10_000)[0] / 10_000.0).isLessThan(0.6);
    }
}
