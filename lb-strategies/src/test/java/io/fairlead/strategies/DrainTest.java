package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Balancer;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the strategy: an endpoint of weight 0 gets nothing while another has a weight. */
class DrainTest {

    private final ManualTime time = new ManualTime();

    private static Target target(String host) {
        return Target.of("http://" + host + ":80");
    }

    private static double share(Picker picker, Endpoint of, int picks) {
        int seen = 0;
        for (int i = 0; i < picks; i++) {
            seen += picker.pick(FakeAttempt.fresh()) == of ? 1 : 0;
        }
        return (double) seen / picks;
    }

    /** Old servers are set to weight 0 and new ones are listed in the same report. */
    @Test
    void the_standard_strategy_sends_nothing_to_drained_servers_when_new_ones_come() {
        time.advance(Duration.ofHours(1));
        Strategy strategy = Balancers.standard().start(time.environment(1));
        FakeEndpoint drained = FakeEndpoint.of(target("old").withWeight(0), strategy);
        FakeEndpoint fresh = FakeEndpoint.of(target("new"), strategy);
        drained.readySinceNanos(time.nanoTime() - Duration.ofMinutes(30).toNanos());
        fresh.readySinceNanos(time.nanoTime());
        assertThat(share(strategy.picker(EndpointSet.of(drained, fresh)), drained, 1000))
                .isZero();
    }

    /** A data centre is drained by weight 0 on all of its servers. */
    @ParameterizedTest
    @ValueSource(strings = {"priorities", "zone", "subset"})
    void a_drained_data_centre_gets_no_traffic(String how) {
        Balancer balancer = switch (how) {
            case "priorities" -> Balancers.priorities(Balancers.roundRobin());
            case "zone" -> Balancers.preferZone("a", Balancers.roundRobin());
            default -> Balancers.subset(1, "client-0", Balancers.roundRobin());
        };
        Strategy strategy = balancer.start(time.environment(1));
        FakeEndpoint drained = FakeEndpoint.of(target("old").withZone("a").withWeight(0), strategy);
        FakeEndpoint backup = FakeEndpoint.of(target("x2").withZone("b").withPriority(1), strategy);
        assertThat(share(strategy.picker(EndpointSet.of(drained, backup)), drained, 100))
                .isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void a_drained_server_loses_its_sessions(boolean ownCookie) {
        StickyCookie cookie = StickyCookie.of("SERVER", new byte[16]);
        StickyBalancer sticky = Balancers.sticky(Balancers.roundRobin());
        Strategy strategy = (ownCookie ? sticky.cookie(cookie) : sticky).start(time.environment(1));
        FakeEndpoint before = FakeEndpoint.of(target("a"), strategy);
        FakeEndpoint other = FakeEndpoint.of(target("b"), strategy);
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/"))
                .header("Cookie", cookie.issue(before, Duration.ofMinutes(1)).split(";", 2)[0])
                .build();
        FakeAttempt attempt = FakeAttempt.fresh().request(request).affinityKey("session");
        Picker picker = strategy.picker(EndpointSet.of(before));
        assertThat(picker.pick(attempt)).isSameAs(before);
        FakeEndpoint drained = FakeEndpoint.of(target("a").withWeight(0), strategy);
        time.advance(Duration.ofMinutes(2)); // longer than the cookie was to live
        assertThat(strategy.picker(EndpointSet.of(drained, other)).pick(attempt))
                .isSameAs(other);
    }
}
