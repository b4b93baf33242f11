package io.fairlead.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Balancer;
import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.Settings;
import io.fairlead.simulator.SimServer.Phase;
import java.time.Duration;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.ToDoubleFunction;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The standard strategy in scenarios that it was not made with. */
class StandardStrategyTest {

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    private static Duration s(long seconds) {
        return Duration.ofSeconds(seconds);
    }

    private static Simulation.Configuration named(String name) {
        Balancer balancer = Providers.load().create(Balancer.class, name, Settings.none(), Environment.system());
        return (service, env) -> service.balancer(balancer).classifier(Scenarios.classifier());
    }

    private static SimServer[] servers(int n, IntFunction<SimServer> make) {
        SimServer[] servers = new SimServer[n];
        for (int i = 0; i < n; i++) {
            servers[i] = make.apply(i);
        }
        return servers;
    }

    /** So many servers, of which the first few answer fast with a status for a while. */
    private static SimServer[] failing(int n, int sick, long well, int status, int from, int to) {
        return servers(
                n,
                i -> i >= sick
                        ? SimServer.named("s" + i).phase(Phase.fixed(ms(well)))
                        : SimServer.named("s" + i)
                                .phase(Phase.fixed(ms(well)).until(s(from)))
                                .phase(Phase.fixed(ms(5)).status(status).until(s(to)))
                                .phase(Phase.fixed(ms(well))));
    }

    private static Simulation scenario(String name) {
        Simulation ten = Simulation.named(name).clients(10);
        return switch (name) {
            case "fast 503s on three of four" ->
                ten.servers(failing(4, 3, 100, 503, 5, 15)).rate(100).duration(s(30));
            case "fast 500s on one of four" ->
                ten.servers(failing(4, 1, 120, 500, 3, 10)).rate(100).duration(s(30));
            case "fast 500s on two of three" ->
                ten.servers(failing(3, 2, 120, 500, 5, 20)).rate(50).duration(s(30));
            case "fast 500s on three of twelve" ->
                ten.servers(failing(12, 3, 100, 500, 5, 15)).rate(200).duration(s(30));
            case "one of four flaky" ->
                ten.servers(servers(
                                4,
                                i -> SimServer.named("s" + i)
                                        .phase(
                                                i > 0
                                                        ? Phase.fixed(ms(50))
                                                        : Phase.fixed(ms(50))
                                                                .status(500)
                                                                .failureRate(0.3))))
                        .rate(100)
                        .duration(s(60));
            case "fast 400s on one of two at a low rate" ->
                ten.servers(
                                SimServer.named("s0")
                                        .phase(Phase.fixed(ms(100)).until(s(10)))
                                        .phase(Phase.fixed(ms(20)).status(400).until(s(60)))
                                        .phase(Phase.fixed(ms(100))),
                                SimServer.named("s1").phase(Phase.fixed(ms(100))))
                        .rate(5)
                        .duration(s(120));
            default -> throw new IllegalArgumentException(name);
        };
    }

    private static double median(List<SimResult> results, ToDoubleFunction<SimResult> of) {
        double[] values = results.stream().mapToDouble(of).sorted().toArray();
        return values[values.length / 2];
    }

    /** Scenarios of the same kind as those that the peer published, and that are not among them. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "fast 503s on three of four",
                "fast 500s on one of four",
                "fast 500s on two of three",
                "fast 500s on three of twelve",
                "one of four flaky",
                "fast 400s on one of two at a low rate"
            })
    void it_is_not_dominated_by_a_policy_like_the_peers(String name) {
        List<SimResult> ours = scenario(name).configuration(named("standard")).runSeeds(5);
        List<SimResult> peers =
                scenario(name).configuration(PeerPolicy::configure).runSeeds(5);
        double success = median(ours, SimResult::successPercent);
        double peer = median(peers, SimResult::successPercent);
        assertThat(success).as("success %% beside the peer's %.2f", peer).isGreaterThanOrEqualTo(peer - 0.1);
    }

    @ParameterizedTest
    @CsvSource({"0.02, 300", "0.3, 300", "0.1, 300"})
    void no_server_stands_idle_because_of_declines_that_are_equal_everywhere(double declined, double rate) {
        SimResult result = Simulation.named("declines")
                .servers(servers(
                        3,
                        i -> SimServer.named("s" + i)
                                .phase(Phase.fixed(ms(50)).status(402).failureRate(declined))))
                .rate(rate)
                .duration(s(60))
                .configuration(named("standard"))
                .run(1);
        int starved = 0;
        for (int step = 20; step < 100; step++) { // 0.6 s each; after the slow start
            int at = step;
            List<Integer> arrivals = result.overTime().arrivals().values().stream()
                    .map(all -> all.get(at))
                    .toList();
            int sum = arrivals.stream().mapToInt(n -> n).sum();
            starved += arrivals.stream().anyMatch(n -> n < 0.05 * sum) ? 1 : 0;
        }
        assertThat(starved)
                .as("steps of 80 in which a server got less than 5 %")
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 10, 100})
    void the_defaults_need_no_tuning_for_the_size_of_the_fleet(int size) {
        assertThat(FleetSizes.run(size, false).ejections()).isZero();
        assertThat(FleetSizes.run(size, true).callsToSick()).isBetween(1L, 50L);
    }
}
