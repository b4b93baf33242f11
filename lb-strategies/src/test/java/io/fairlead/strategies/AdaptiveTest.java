package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Balancer;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.Outcome;
import io.fairlead.Target;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Strategies that learn from what happens, and the decorators. */
class AdaptiveTest {

    private static final Duration SHORT = Duration.ofMillis(50);

    /** A service with a steady load: each step sends one and lets those end that are due. Returns the share of each endpoint. */
    private static double[] run(Fleet fleet, int steps, Duration step, Behaviour behaviour) {
        int[] seen = new int[fleet.endpoints.size()];
        Map<FakeAttempt, Long> due = new HashMap<>();
        List<FakeAttempt> order = new ArrayList<>();
        for (int i = 0; i < steps; i++) {
            FakeEndpoint endpoint = (FakeEndpoint) fleet.pick(FakeAttempt.fresh());
            int index = fleet.endpoints.indexOf(endpoint);
            seen[index]++;
            FakeAttempt attempt = fleet.start(endpoint);
            long takes = behaviour.millis(index, i);
            if (takes >= 0) {
                due.put(attempt, fleet.time.nanoTime() + takes * 1_000_000);
                order.add(attempt);
            }
            fleet.time.advance(step);
            int now = i;
            order.removeIf(open -> {
                if (due.get(open) > fleet.time.nanoTime()) {
                    return false;
                }
                int at = fleet.endpoints.indexOf(open.endpoint());
                int status = behaviour.status(at, now);
                fleet.end(open, status, status >= 500 ? Outcome.FAILED : Outcome.SUCCESS);
                return true;
            });
        }
        double[] shares = new double[seen.length];
        for (int i = 0; i < seen.length; i++) {
            shares[i] = (double) seen[i] / steps;
        }
        return shares;
    }

    private interface Behaviour {
        /** How long an answer takes, −1 for never. */
        long millis(int endpoint, int step);

        default int status(int endpoint, int step) {
            return 200;
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 12})
    void a_black_hole_loses_its_traffic_before_anything_times_out(int n) {
        double[] shares =
                run(Fleet.equal(Balancers.peakEwma(), n), 2000, Duration.ofMillis(10), (i, step) -> i == 0 ? -1 : 50);
        assertThat(shares[0]).isLessThan(0.006);
    }

    /** The sinkhole: least latency alone would send two thirds of the traffic to the server that fails in a millisecond. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 12})
    void a_server_that_fails_fast_is_avoided(int n) {
        double[] shares = run(Fleet.equal(Balancers.peakEwma(), n), 6000, Duration.ofMillis(10), new Behaviour() {
            @Override
            public long millis(int endpoint, int step) {
                return endpoint == 0 ? 1 : 100;
            }

            @Override
            public int status(int endpoint, int step) {
                return endpoint == 0 ? 500 : 200;
            }
        });
        assertThat(shares[0]).isLessThan(0.003);
    }

    @Test
    void a_server_that_asks_to_wait_is_left_alone_so_long() {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 2);
        FakeEndpoint busy = fleet.endpoints.get(0);
        FakeAttempt attempt =
                fleet.start(busy).retryAfterNanos(Duration.ofSeconds(100).toNanos());
        fleet.end(attempt, 429, Outcome.OVERLOADED);
        fleet.time.advance(Duration.ofSeconds(99));
        assertThat(fleet.shares(20)).containsExactly(0, 20);
        fleet.time.advance(Duration.ofSeconds(2));
        assertThat(fleet.shares(20)[0]).isPositive();
    }

    @Test
    void one_request_at_a_time_tries_an_endpoint_that_failed_and_a_success_brings_it_back() {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 2);
        FakeEndpoint failed = fleet.endpoints.get(0);
        fleet.attempt(fleet.endpoints.get(1), SHORT, 200);
        fleet.attempt(failed, SHORT, 500);
        assertThat(fleet.pick(FakeAttempt.fresh())).isNotSameAs(failed);
        fleet.time.advance(Duration.ofSeconds(73));
        FakeAttempt trial = fleet.start(failed);
        assertThat(fleet.shares(20)[0]).isZero();
        fleet.time.advance(SHORT);
        fleet.end(trial, 200, Outcome.SUCCESS);
        assertThat(fleet.shares(200)[0]).isPositive();
    }

    @Test
    void what_began_before_a_failure_neither_ends_nor_lengthens_the_avoidance() {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 2);
        FakeEndpoint failed = fleet.endpoints.get(0);
        FakeAttempt lateSuccess = fleet.start(failed);
        FakeAttempt lateFailure = fleet.start(failed);
        fleet.attempt(failed, SHORT, 500);
        fleet.end(lateSuccess, 200, Outcome.SUCCESS);
        assertThat(failed.load()).isGreaterThan(PeakEwma.AVOIDED);
        fleet.time.advance(Duration.ofSeconds(3));
        fleet.end(lateFailure, 500, Outcome.FAILED);
        fleet.time.advance(Duration.ofMillis(3100)); // 5 s and their jitter after the first failure
        fleet.pick(FakeAttempt.fresh());
        assertThat(failed.load()).isLessThan(PeakEwma.AVOIDED);
    }

    @Test
    void where_most_are_avoided_the_rest_gets_ten_times_their_queue_and_no_more() {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 3);
        fleet.endpoints.forEach(endpoint -> fleet.attempt(endpoint, SHORT, 200));
        fleet.attempt(fleet.endpoints.get(0), SHORT, 500);
        fleet.attempt(fleet.endpoints.get(1), SHORT, 500);
        FakeEndpoint well = fleet.endpoints.get(2);
        assertThat(fleet.shares(300)).containsExactly(0, 0, 300);
        well.inFlight(8);
        assertThat(fleet.shares(300)).containsExactly(0, 0, 300);
        well.inFlight(10);
        int[] shares = fleet.shares(300);
        assertThat(shares[2]).isZero();
        assertThat(shares[0]).isPositive();
        assertThat(shares[1]).isPositive();
    }

    @Test
    void in_a_large_fleet_of_which_a_third_fails_those_who_are_well_are_found() {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 12);
        fleet.endpoints.subList(0, 4).forEach(endpoint -> fleet.attempt(endpoint, SHORT, 500));
        int[] shares = fleet.shares(10_000);
        assertThat(shares[0] + shares[1] + shares[2] + shares[3]).isLessThan(20); // (4/12 · 3/11)⁴ is 7 in 100 000
    }

    @ParameterizedTest
    @CsvSource({"NOT_PROCESSED, 10, 6", "PROCESSED, 10, 72", "UNKNOWN, 10, 72", "UNKNOWN, 40, 18", "PROCESSED, 1000, 6"
    })
    void how_long_a_failed_endpoint_is_avoided_goes_by_what_a_try_costs(Delivery delivery, int perSecond, int seconds) {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 3);
        for (int i = 0; i < 500; i++) {
            fleet.attempt(fleet.endpoints.get(1), Duration.ofNanos(1_000_000_000 / perSecond), 200);
        }
        FakeEndpoint failed = fleet.endpoints.get(0);
        FakeAttempt attempt = fleet.start(failed).verdict(Outcome.FAILED, delivery);
        failed.gauge().answered(attempt.eventAt(fleet.time.nanoTime()));
        failed.gauge().finished(attempt);
        fleet.time.advance(Duration.ofMillis(seconds * 1_000L * 5 / 6 - 100));
        fleet.pick(FakeAttempt.fresh());
        assertThat(failed.load()).isGreaterThan(PeakEwma.AVOIDED);
        fleet.time.advance(Duration.ofMillis(seconds * 1_000L / 6 + 200));
        fleet.pick(FakeAttempt.fresh());
        assertThat(failed.load()).isLessThan(PeakEwma.AVOIDED);
    }

    @Test
    void an_endpoint_that_declines_what_its_siblings_accept_is_avoided() {
        double[] shares = run(Fleet.equal(Balancers.peakEwma(), 2), 3000, Duration.ofMillis(10), new Behaviour() {
            @Override
            public long millis(int endpoint, int step) {
                return endpoint == 0 && step > 300 ? 20 : 120;
            }

            @Override
            public int status(int endpoint, int step) {
                return endpoint == 0 && step > 300 ? 400 : 200;
            }
        });
        assertThat(shares[0]).isLessThan(0.09); // half of the first tenth, and some tries
    }

    @Test
    void declines_that_are_as_frequent_everywhere_change_nothing() {
        Random random = new Random(4);
        double[] shares = run(Fleet.equal(Balancers.peakEwma(), 4), 20_000, Duration.ofMillis(10), new Behaviour() {
            @Override
            public long millis(int endpoint, int step) {
                return 60;
            }

            @Override
            public int status(int endpoint, int step) {
                return random.nextInt(4) == 0 ? 402 : 200;
            }
        });
        for (double share : shares) {
            assertThat(share).isBetween(0.2, 0.3);
        }
    }

    @Test
    void a_new_endpoint_is_neither_flooded_nor_left_out() {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 4);
        run(fleet, 500, Duration.ofMillis(10), (i, step) -> 40 + step * 7 % 20);
        fleet.endpoints.add(FakeEndpoint.of(Fleet.target(9), fleet.strategy));
        fleet.update();
        double[] shares = run(fleet, 500, Duration.ofMillis(10), (i, step) -> 40 + step * 7 % 20);
        assertThat(shares[4]).isBetween(0.1, 0.4);
    }

    @Test
    void a_slow_endpoint_that_was_left_alone_is_tried_again() {
        Fleet fleet = Fleet.equal(Balancers.peakEwma(), 3);
        double[] shares = run(fleet, 6000, Duration.ofMillis(10), (i, step) -> i == 0 && step < 1000 ? 1000 : 50);
        assertThat(shares[0]).isGreaterThan(0.1); // well again for five sixths of the time
    }

    @Test
    void the_share_is_that_of_the_reported_load() {
        Map<Endpoint, Double> loads = new HashMap<>();
        Balancer balancer = Balancers.loadReported(attempt -> loads.getOrDefault(attempt.endpoint(), Double.NaN));
        Fleet fleet = Fleet.equal(balancer, 3);
        loads.put(fleet.endpoints.get(0), 0.0); // w = 1
        loads.put(fleet.endpoints.get(1), 1.0); // w = 1/2
        loads.put(fleet.endpoints.get(2), 3.0); // w = 1/4
        for (int i = 0; i < 40; i++) {
            fleet.endpoints.forEach(endpoint -> fleet.attempt(endpoint, Duration.ofMillis(1), 200));
        }
        int[] shares = fleet.shares(70_000);
        assertThat(shares[0] / 70_000.0).isBetween(4 / 7.0 - 0.01, 4 / 7.0 + 0.01);
        assertThat(shares[1] / 70_000.0).isBetween(2 / 7.0 - 0.01, 2 / 7.0 + 0.01);
        assertThat(shares[2] / 70_000.0).isBetween(1 / 7.0 - 0.01, 1 / 7.0 + 0.01);
        loads.clear();
        fleet.time.advance(Duration.ofSeconds(200)); // reports are forgotten
        fleet.attempt(fleet.endpoints.get(0), Duration.ofMillis(1), 200);
        assertThat(Arrays.stream(fleet.shares(9000)).min().orElseThrow()).isGreaterThan(2700);
    }

    @Test
    void the_load_is_read_from_the_header_of_orca() {
        HttpHeaders headers = HttpHeaders.of(
                Map.of("endpoint-load-metrics", List.of("TEXT cpu_utilization=0.25, application_utilization=0.75")),
                (n, v) -> true);
        assertThat(LoadReported.ofHeader(FakeAttempt.fresh().answer(200, headers)))
                .isEqualTo(0.75);
        HttpHeaders broken =
                HttpHeaders.of(Map.of("endpoint-load-metrics", List.of("TEXT cpu_utilization=much")), (n, v) -> true);
        assertThat(LoadReported.ofHeader(FakeAttempt.fresh().answer(200, broken)))
                .isNaN();
    }

    // ---- decorators ------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "random", "least-request", "peak-ewma"})
    void a_new_endpoint_gets_a_share_that_grows(String name) {
        Balancer inner = io.fairlead.Providers.load()
                .create(Balancer.class, name, io.fairlead.Settings.none(), io.fairlead.Environment.system());
        Fleet fleet = Fleet.equal(Balancers.slowStart(Duration.ofSeconds(10), inner), 4);
        fleet.time.advance(Duration.ofMinutes(1));
        FakeEndpoint fresh = FakeEndpoint.of(Fleet.target(7), fleet.strategy);
        fresh.readySinceNanos(fleet.time.nanoTime());
        fleet.endpoints.add(fresh);
        fleet.update();
        assertThat(fleet.shares(10_000)[4] / 2000.0).isBetween(0.05, 0.15);
        fleet.time.advance(Duration.ofSeconds(5));
        assertThat(fleet.shares(10_000)[4] / 2000.0).isBetween(0.4, 0.6);
        fleet.time.advance(Duration.ofSeconds(5));
        assertThat(fleet.shares(10_000)[4] / 2000.0).isBetween(0.9, 1.1);
    }

    @Test
    void where_all_are_new_all_get_their_shares() {
        Fleet fleet = Fleet.equal(Balancers.slowStart(Duration.ofSeconds(10), Balancers.roundRobin()), 4);
        fleet.endpoints.forEach(endpoint -> endpoint.readySinceNanos(fleet.time.nanoTime()));
        fleet.update();
        assertThat(fleet.shares(400)).containsOnly(100);
    }

    @Test
    void a_subset_is_the_clients_own_even_over_all_and_loses_only_what_leaves() {
        int[] used = new int[50];
        for (int client = 0; client < 500; client++) {
            Fleet fleet = Fleet.equal(Balancers.subset(10, "pod-" + client, Balancers.roundRobin()), 50);
            int[] before = fleet.shares(100);
            int own = 0;
            int leaver = -1;
            for (int i = 0; i < 50; i++) {
                used[i] += before[i] > 0 ? 1 : 0;
                own += before[i] > 0 ? 1 : 0;
                leaver = before[i] > 0 ? i : leaver;
            }
            assertThat(own).isEqualTo(10);
            fleet.endpoints.remove(leaver);
            fleet.update();
            int[] after = fleet.shares(100);
            int kept = 0;
            for (int i = 0; i < after.length; i++) {
                kept += after[i] > 0 && before[i < leaver ? i : i + 1] > 0 ? 1 : 0;
            }
            assertThat(kept).isEqualTo(9);
        }
        for (int clients : used) {
            assertThat(clients).isBetween(60, 140); // 100, give or take four standard deviations
        }
    }

    @Test
    void a_key_goes_to_its_shard_and_never_to_another() {
        Fleet fleet = new Fleet(
                Balancers.shards(
                        "shard",
                        key -> key.startsWith("eu-") ? "eu" : key.startsWith("us-") ? "us" : null,
                        Balancers.roundRobin()),
                4,
                i -> Fleet.target(i).withTags(Map.of("shard", i < 2 ? "eu" : "us")));
        for (int i = 0; i < 20; i++) {
            assertThat(fleet.endpoints.indexOf(fleet.pickKey("eu-" + i))).isLessThan(2);
            assertThat(fleet.endpoints.indexOf(fleet.pickKey("us-" + i))).isGreaterThanOrEqualTo(2);
        }
        assertThat(fleet.pickKey("asia-1")).isNull();
        assertThat(fleet.pick(FakeAttempt.fresh())).isNull();
    }

    // ---- sticky ----------------------------------------------------------------------------------------------------

    @Test
    void a_session_stays_over_updates_falls_over_and_stays_there() {
        Fleet fleet = Fleet.equal(Balancers.sticky(Balancers.roundRobin()), 4);
        FakeEndpoint first = (FakeEndpoint) fleet.pickKey("s1");
        for (int i = 0; i < 10; i++) {
            fleet.update();
            fleet.pickKey("other" + i);
            assertThat(fleet.pickKey("s1")).isSameAs(first);
        }
        fleet.endpoints.remove(first);
        fleet.update();
        Endpoint second = fleet.pickKey("s1");
        assertThat(second).isNotSameAs(first);
        fleet.endpoints.add(first);
        fleet.update();
        assertThat(fleet.pickKey("s1")).isSameAs(second);
        Endpoint third =
                fleet.pick(FakeAttempt.fresh().affinityKey("s1").number(2).alreadyTried(second));
        assertThat(fleet.pickKey("s1")).isSameAs(third); // it failed in a call: the session has moved
    }

    @Test
    void sessions_end_and_are_bounded() {
        Fleet fleet = Fleet.equal(
                Balancers.sticky(Balancers.roundRobin())
                        .lifetime(Duration.ofMinutes(1))
                        .sessions(100),
                4);
        for (int i = 0; i < 5000; i++) {
            fleet.pickKey("s" + i);
        }
        assertThat(fleet.strategy.counters().get("sticky sessions")).isLessThanOrEqualTo(100);
        Endpoint first = fleet.pickKey("mine");
        fleet.time.advance(Duration.ofSeconds(50));
        assertThat(fleet.pickKey("mine")).isSameAs(first); // used, so it lives on
        fleet.time.advance(Duration.ofSeconds(61));
        int moved = 0;
        for (int i = 0; i < 8; i++) {
            moved += fleet.pickKey("mine") == first ? 0 : 1;
            fleet.time.advance(Duration.ofSeconds(61));
        }
        assertThat(moved).isPositive();
    }

    @Test
    void a_session_can_be_a_cookie_of_the_server() {
        Fleet fleet = Fleet.equal(Balancers.sticky(Balancers.roundRobin()).serverCookie("JSESSIONID"), 4);
        FakeEndpoint server = fleet.endpoints.get(2);
        HttpHeaders headers = HttpHeaders.of(Map.of("Set-Cookie", List.of("JSESSIONID=abc; Path=/")), (n, v) -> true);
        FakeAttempt attempt = fleet.start(server);
        attempt.answer(200, headers).verdict(Outcome.SUCCESS, Delivery.PROCESSED);
        server.gauge().answered(attempt);
        HttpRequest next = HttpRequest.newBuilder(URI.create("http://payments/"))
                .header("Cookie", "theme=dark; JSESSIONID=abc")
                .build();
        for (int i = 0; i < 5; i++) {
            assertThat(fleet.pick(FakeAttempt.fresh().request(next))).isSameAs(server);
        }
    }

    @Test
    void keys_are_found_in_headers_cookies_and_queries() {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/a?merchant=m%201&x="))
                .header("X-Merchant", "m1")
                .header("Cookie", "a=1; sid=\"s 1\"")
                .build();
        assertThat(AffinityKeys.header("x-merchant").apply(request)).isEqualTo("m1");
        assertThat(AffinityKeys.cookie("sid").apply(request)).isEqualTo("s 1");
        assertThat(AffinityKeys.cookie("id").apply(request)).isNull();
        assertThat(AffinityKeys.queryParameter("merchant").apply(request)).isEqualTo("m%201");
        assertThat(AffinityKeys.queryParameter("x").apply(request)).isNull();
        assertThat(AffinityKeys.header("X-No").apply(request)).isNull();
        assertThat(Target.of("http://a")).isEqualTo(Target.of("http://a:80"));
    }
}
