package io.fairlead.simulator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Balancer;
import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.Settings;
import io.fairlead.simulator.SimServer.Phase;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What the settings of a simulation mean. */
class SimulationTest {

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

    @Test
    void rate_and_duration_of_more_requests_than_there_may_be_are_told() {
        Simulation huge = Simulation.named("huge")
                .servers(SimServer.named("a").phase(Phase.fixed(ms(1))))
                .rate(1e6)
                .duration(Duration.ofHours(1));
        assertThatThrownBy(() -> huge.run(1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("requests (rate times duration) of the simulation huge is 3600000000");
    }

    @Test
    void the_order_of_requests_and_rate_does_not_matter() {
        Simulation base = Simulation.named("order")
                .servers(SimServer.named("a").phase(Phase.fixed(ms(1))))
                .configuration(named("random"));
        SimResult one = base.rate(10).requests(100).run(1);
        SimResult other = base.requests(100).rate(10).run(1);
        assertThat(other.overTime().stepSeconds()).isEqualTo(one.overTime().stepSeconds());
    }

    @Test
    void servers_with_a_capacity_report_their_load() {
        Simulation unequal = Simulation.named("unequal")
                .servers(
                        SimServer.named("fast").phase(Phase.queueing(ms(10), 8)),
                        SimServer.named("slow").phase(Phase.queueing(ms(100), 8)))
                .rate(100)
                .duration(s(20))
                .configuration(named("load-reported"));
        assertThat(unequal.run(1).share().get("slow")).isLessThan(0.45);
    }
}
