package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fairlead.Balancer;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import io.fairlead.Picker;
import io.fairlead.Providers;
import io.fairlead.Settings;
import io.fairlead.Strategy;
import io.fairlead.Target;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import io.fairlead.testing.ManualTime;
import io.fairlead.testing.ServicesFile;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BalancersTest {

    private static final long SEED = 20260101;

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(SEED);

    private List<FakeEndpoint> endpoints(int n, Strategy strategy) {
        List<FakeEndpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            endpoints.add(FakeEndpoint.of(Target.of("http://10.0.0.1:" + (1000 + i)), strategy));
        }
        return endpoints;
    }

    private static Map<Endpoint, Integer> shares(Picker picker, int picks) {
        Map<Endpoint, Integer> shares = new HashMap<>();
        for (int i = 0; i < picks; i++) {
            shares.merge(picker.pick(FakeAttempt.fresh()), 1, Integer::sum);
        }
        return shares;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 50})
    void round_robin_gives_each_endpoint_exactly_its_turn_and_keeps_the_turn_over_updates(int n) {
        Strategy strategy = Balancers.roundRobin().start(env);
        EndpointSet set = EndpointSet.of(endpoints(n, strategy));
        Map<Endpoint, Integer> shares = new HashMap<>();
        for (int round = 0; round < 20; round++) {
            Picker picker = strategy.picker(set); // an update before each round
            shares(picker, n).forEach((endpoint, picks) -> shares.merge(endpoint, picks, Integer::sum));
        }
        assertThat(shares).hasSize(n);
        assertThat(shares.values()).allMatch(picks -> picks == 20);
    }

    @Test
    void round_robin_survives_the_end_of_its_counter() {
        Random nearTheEnd = new Random(SEED) {
            @Override
            public long nextLong() {
                return (Long.MAX_VALUE >> 1) - 2;
            }
        };
        Environment edge = Environment.builder().random(nearTheEnd).build();
        Strategy strategy = Balancers.roundRobin().start(edge);
        Picker picker = strategy.picker(EndpointSet.of(endpoints(4, strategy)));
        assertThat(shares(picker, 400).values()).allMatch(picks -> picks == 100);
    }

    /** If retries took turns, every call to two servers would begin at the same one. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 10})
    void a_retry_of_round_robin_takes_nobodys_turn(int n) {
        Strategy strategy = Balancers.roundRobin().start(env);
        List<FakeEndpoint> endpoints = endpoints(n, strategy);
        Picker picker = strategy.picker(EndpointSet.of(endpoints));
        Map<Endpoint, Integer> firsts = new HashMap<>();
        for (int call = 0; call < 10 * n; call++) {
            Endpoint first = picker.pick(FakeAttempt.fresh());
            firsts.merge(first, 1, Integer::sum);
            if (first == endpoints.get(0)) {
                Endpoint second = picker.pick(FakeAttempt.fresh().number(2).alreadyTried(first));
                assertThat(second).isNotSameAs(first);
            }
        }
        assertThat(firsts.values()).hasSize(n).allMatch(picks -> picks == 10);
    }

    @Test
    void round_robin_starts_at_random() {
        Map<Endpoint, Integer> first = new HashMap<>();
        List<FakeEndpoint> endpoints = endpoints(4, Balancers.random().start(env));
        for (int i = 0; i < 400; i++) {
            first.merge(
                    Balancers.roundRobin()
                            .start(env)
                            .picker(EndpointSet.of(endpoints))
                            .pick(FakeAttempt.fresh()),
                    1,
                    Integer::sum);
        }
        assertThat(chiSquare(first, 4, 400)).isLessThan(16.3); // p = 0.001 at 3 degrees of freedom
    }

    @ParameterizedTest
    @ValueSource(strings = {"random", "least-request"})
    void equal_endpoints_get_equal_shares(String name) {
        for (int n : new int[] {2, 5, 8, 20}) {
            Strategy strategy =
                    new BalancerFactory().create(name, Settings.none(), env).start(env);
            Picker picker = strategy.picker(EndpointSet.of(endpoints(n, strategy)));
            assertThat(chiSquare(shares(picker, 20_000), n, 20_000)).isLessThan(n + 4 * Math.sqrt(2.0 * n) + 5);
        }
    }

    private static double chiSquare(Map<Endpoint, Integer> shares, int n, int picks) {
        double expected = (double) picks / n;
        double missing = (n - shares.size()) * expected;
        return missing
                + shares.values().stream()
                        .mapToDouble(x -> (x - expected) * (x - expected) / expected)
                        .sum();
    }

    @ParameterizedTest
    @ValueSource(strings = {"round-robin", "random", "least-request"})
    void an_endpoint_that_was_tried_is_left_alone_while_another_is_left(String name) {
        Strategy strategy =
                new BalancerFactory().create(name, Settings.none(), env).start(env);
        List<FakeEndpoint> three = endpoints(3, strategy);
        Picker picker = strategy.picker(EndpointSet.of(three));
        FakeAttempt second =
                FakeAttempt.fresh().number(3).alreadyTried(three.get(0)).alreadyTried(three.get(2));
        for (int i = 0; i < 100; i++) {
            assertThat(picker.pick(second)).isSameAs(three.get(1));
        }
        assertThat(picker.pick(second.alreadyTried(three.get(1)))).isNotNull();
        assertThat(strategy.picker(EndpointSet.of()).pick(FakeAttempt.fresh())).isNull();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 8, 9, 30})
    void least_request_never_picks_a_server_that_hangs(int n) {
        Strategy strategy = Balancers.leastRequest().start(env);
        List<FakeEndpoint> endpoints = endpoints(n, strategy);
        FakeEndpoint hanging = endpoints.get(n / 2);
        hanging.gauge().started(FakeAttempt.fresh());
        assertThat(shares(strategy.picker(EndpointSet.of(endpoints)), 5_000)).doesNotContainKey(hanging);
    }

    @Test
    void least_request_shares_by_weight_under_load() {
        Strategy strategy = Balancers.leastRequest().start(env);
        FakeEndpoint one = FakeEndpoint.of(Target.of("http://a:1").withWeight(1), strategy);
        FakeEndpoint three = FakeEndpoint.of(Target.of("http://b:1").withWeight(3), strategy);
        FakeEndpoint none = FakeEndpoint.of(Target.of("http://c:1").withWeight(0), strategy);
        Picker picker = strategy.picker(EndpointSet.of(one, three, none));
        for (int i = 0; i < 400; i++) { // none is ever finished
            ((FakeEndpoint) picker.pick(FakeAttempt.fresh())).gauge().started(FakeAttempt.fresh());
        }
        assertThat(one.load()).isCloseTo(100, within(2.0));
        assertThat(three.load()).isCloseTo(300, within(2.0));
        assertThat(none.load()).isZero();
    }

    @Test
    void great_costs_in_flight_add_up() {
        Fleet fleet = Fleet.equal(Balancers.leastCost(), 2);
        FakeEndpoint busy = fleet.endpoints.get(0);
        for (int i = 0; i < 2; i++) {
            busy.gauge().started(FakeAttempt.fresh().permits(Integer.MAX_VALUE).startedAt(fleet.time.nanoTime()));
        }
        assertThat(busy.load()).isPositive();
        assertThat(fleet.shares(100)[0]).isZero();
    }

    @Test
    void a_failure_weighs_like_ten_requests_and_halves_in_five_seconds() {
        FakeEndpoint endpoint = FakeEndpoint.of(
                Target.of("http://a:1"), Balancers.leastRequest().start(env));
        fail(endpoint);
        assertThat(endpoint.load()).isCloseTo(10, within(1e-6));
        time.advance(Duration.ofSeconds(5));
        assertThat(endpoint.load()).isCloseTo(5, within(1e-6));
        fail(endpoint);
        assertThat(endpoint.load()).isCloseTo(15, within(1e-6));
        time.advance(Duration.ofSeconds(100));
        assertThat(endpoint.load()).isZero();
    }

    @Test
    void a_server_that_fails_at_once_does_not_attract_the_traffic() {
        Strategy strategy = Balancers.leastRequest().start(env);
        List<FakeEndpoint> endpoints = endpoints(3, strategy);
        Picker picker = strategy.picker(EndpointSet.of(endpoints));
        int toBad = 0;
        for (int i = 0; i < 3_000; i++) { // 100 a second; well ones take 100 ms
            time.advance(Duration.ofMillis(10));
            FakeEndpoint choice = (FakeEndpoint) picker.pick(FakeAttempt.fresh());
            if (choice == endpoints.get(0)) {
                toBad++;
                fail(choice);
            } else {
                FakeAttempt attempt = FakeAttempt.fresh().startedAt(time.nanoTime());
                choice.gauge().started(attempt);
                time.schedule(() -> succeed(choice, attempt), 100, java.util.concurrent.TimeUnit.MILLISECONDS);
            }
        }
        assertThat(toBad).isLessThan(60); // 1 000 would be its share if it were well
    }

    private void fail(FakeEndpoint endpoint) {
        FakeAttempt attempt = FakeAttempt.fresh().startedAt(time.nanoTime());
        endpoint.gauge().started(attempt);
        attempt.eventAt(time.nanoTime()).answer(502, null).verdict(Outcome.FAILED, Delivery.UNKNOWN);
        endpoint.gauge().answered(attempt);
        endpoint.gauge().finished(attempt);
    }

    private void succeed(FakeEndpoint endpoint, FakeAttempt attempt) {
        attempt.eventAt(time.nanoTime()).answer(200, null).verdict(Outcome.SUCCESS, Delivery.PROCESSED);
        endpoint.gauge().answered(attempt);
        endpoint.gauge().finished(attempt);
    }

    @Test
    void unknown_names_are_told_the_known_ones_and_the_nearest() {
        Providers providers = Providers.load();
        assertThat(providers.names(Balancer.class)).contains("least-request", "random", "round-robin");
        assertThatThrownBy(() -> providers.create(Balancer.class, "least_requests", Settings.none(), env))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("round-robin")
                .hasMessageContaining("did you mean least-request?");
        assertThatThrownBy(() -> providers.create(Balancer.class, "random", Settings.of(Map.of("x", "1")), env))
                .hasMessageContaining("setting x is not known");
    }

    @ParameterizedTest
    @CsvSource({
        "prefer-zone, zone, eu-1",
        "subset, size=2;client-id, pod-7",
        "shards, tag, ledger",
        "sticky, within, round-robin",
        "priorities, within, ring",
        "sticky, sessions, 10",
        "least-request, slow-start, PT5S",
        "ring, virtual-nodes, 40",
        "maglev, table-size, 257",
        "rendezvous, bounded-load, 1.5",
        "peak-ewma, decay, PT10S"
    })
    void every_name_takes_its_settings(String name, String settings, String value) {
        Map<String, String> map = new HashMap<>();
        List<String> names = List.of(settings.split(";"));
        for (String setting : names) {
            int equals = setting.indexOf('=');
            map.put(
                    equals < 0 ? setting : setting.substring(0, equals),
                    equals < 0 ? value : setting.substring(equals + 1));
        }
        Providers providers = Providers.load();
        assertThat(providers.create(Balancer.class, name, Settings.of(map), env).start(env))
                .isNotNull();
        map.put("colour", "red");
        assertThatThrownBy(() -> providers.create(Balancer.class, name, Settings.of(map), env))
                .hasMessageContaining("setting colour is not known")
                .hasMessageContaining("slow-start");
    }

    @ParameterizedTest
    @CsvSource({
        "prefer-zone, x, setting zone is not set",
        "subset, size=0, setting size",
        "subset, size=3, setting client-id is not set",
        "shards, x, setting tag is not set",
        "sticky, within=nonsense, setting within",
        "sticky, lifetime=never, setting lifetime",
        "sticky, sessions=0, setting sessions",
        "ring, virtual-nodes=0, setting virtual-nodes",
        "ring, bounded-load=1, setting bounded-load",
        "maglev, table-size=100, table-size",
        "peak-ewma, decay=PT0S, decay"
    })
    void a_bad_setting_is_named(String name, String setting, String message) {
        int equals = setting.indexOf('=');
        Settings settings = equals < 0
                ? Settings.none()
                : Settings.of(Map.of(setting.substring(0, equals), setting.substring(equals + 1)));
        assertThatThrownBy(() -> Providers.load().create(Balancer.class, name, settings, env))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void module_and_class_path_provide_the_same() throws IOException {
        assertThat(ServicesFile.listed(Balancers.class)).isEqualTo(ServicesFile.provided(Balancers.class));
    }
}
