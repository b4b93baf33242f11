package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Discovery;
import io.fairlead.HealthCheck;
import io.fairlead.Listener;
import io.fairlead.NoEndpointException;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.health.Ejections;
import io.fairlead.health.Probes;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Endpoints that are on their way out: by discovery's word, by their own, by an operator's. */
class DrainTest {

    private static final Map<String, String> DRAINING = Map.of(Target.DRAIN_TAG, "true");

    private final ManualTime time = new ManualTime();
    private final Map<String, String> announced = new HashMap<>();
    private final Map<String, Integer> status = new HashMap<>();
    private final Map<String, Integer> health = new HashMap<>();
    private final List<String> told = new ArrayList<>();
    private Discovery.Sink discovery;
    private BalancedClient client;

    private void start(Service.Builder service) {
        StubTransport transport = new StubTransport(r -> {
            String host = r.uri().getHost();
            boolean probe = r.uri().getPath().equals("/health");
            return StubTransport.Answer.of(
                    (probe ? health : status).getOrDefault(host, 200),
                    "X-Draining",
                    announced.getOrDefault(host, "false"));
        });
        client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(service.retryPolicy(Retries.none())
                        .drainHeader("X-Draining")
                        .balancer(InOrder::new)
                        .listener(new Listener() {
                            @Override
                            public void endpointDrained(String s, Target target, String reason) {
                                told.add("drained " + target.uri().getHost() + ": " + reason);
                            }

                            @Override
                            public void endpointOnTrial(String s, Target target) {
                                told.add("trial " + target.uri().getHost());
                            }

                            @Override
                            public void endpointReturned(String s, Target target) {
                                told.add("back " + target.uri().getHost());
                            }
                        })
                        .build())
                .build();
    }

    private static Target server(String host, Map<String, String> tags) {
        return Target.of("http://" + host + ":80").withTags(tags);
    }

    private Service.Builder two() {
        return Service.named("payments").discovery((env, sink) -> {
            discovery = sink;
            sink.targets(List.of(server("a", Map.of()), server("b", Map.of())));
            return () -> {};
        });
    }

    private String call() {
        HttpRequest get =
                HttpRequest.newBuilder(URI.create("http://payments/rates")).build();
        time.advance(Duration.ofMillis(20));
        return BalancedClient.endpointOf(
                        client.sendAsync(get, BodyHandlers.ofString()).join())
                .target()
                .uri()
                .getHost();
    }

    private List<String> calls(int count) {
        return Stream.generate(this::call).limit(count).toList();
    }

    private EndpointState state(int index) {
        return client.service("payments").endpoints().get(index).state();
    }

    @Test
    void a_tag_of_discovery_drains_until_it_is_gone() {
        start(two());
        assertThat(calls(2)).containsOnly("a");
        discovery.targets(List.of(server("a", DRAINING), server("b", Map.of())));
        assertThat(calls(3)).containsOnly("b");
        assertThat(state(0)).isEqualTo(EndpointState.DRAINING);
        discovery.targets(List.of(server("a", DRAINING), server("b", Map.of())));
        discovery.targets(List.of(server("a", Map.of()), server("b", Map.of())));
        assertThat(calls(3)).containsOnly("a");
        assertThat(told).containsExactly("drained a: discovery says so", "back a");
    }

    @Test
    void a_target_that_is_first_listed_with_the_tag_gets_no_call() {
        start(Service.named("payments").targets(List.of(server("a", DRAINING), server("b", Map.of()))));
        assertThat(calls(3)).containsOnly("b");
    }

    @Test
    void an_ejected_one_that_discovery_drained_comes_back_by_way_of_a_trial() {
        status.put("a", 500);
        start(two().ejection(Ejections.consecutiveFailures(3)));
        calls(3);
        assertThat(state(0)).isEqualTo(EndpointState.EJECTED);
        discovery.targets(List.of(server("a", DRAINING), server("b", Map.of())));
        discovery.targets(List.of(server("a", Map.of()), server("b", Map.of())));
        assertThat(state(0)).isEqualTo(EndpointState.TRIAL);
    }

    @Test
    void an_operators_word_goes_before_discoverys() {
        start(two());
        client.service("payments").drain("http://a:80");
        discovery.targets(List.of(server("a", DRAINING), server("b", Map.of())));
        discovery.targets(List.of(server("a", Map.of()), server("b", Map.of())));
        assertThat(state(0)).isEqualTo(EndpointState.DRAINING);
        client.service("payments").restore("http://a:80");
        assertThat(calls(2)).containsOnly("a");
    }

    @ParameterizedTest
    @CsvSource({"true,60", "'',60", "7,7", "86400,86400", "86401,60", "-3,60", "soon,60", "99999999999999999999,60"})
    void a_server_that_announces_it_is_left_for_as_long_as_it_says_and_then_tried(String value, int seconds) {
        start(two());
        announced.put("a", value);
        assertThat(call()).isEqualTo("a");
        assertThat(calls(3)).containsOnly("b");
        announced.clear();
        time.advance(Duration.ofSeconds(seconds).minusMillis(200));
        assertThat(state(0)).isEqualTo(EndpointState.DRAINING);
        time.advance(Duration.ofMillis(200));
        assertThat(calls(2)).containsOnly("a");
        assertThat(told).containsExactly("drained a: the server announced it by X-Draining", "trial a", "back a");
    }

    @ParameterizedTest
    @CsvSource({"false", "False", "0", "' 0 '"})
    void a_value_that_denies_it_drains_nothing(String value) {
        start(two());
        announced.put("a", value);
        assertThat(calls(3)).containsOnly("a");
    }

    @Test
    void where_all_announce_it_they_are_used_all_the_same_and_arm_one_timer_each() {
        start(two());
        announced.putAll(Map.of("a", "30", "b", "30"));
        assertThat(calls(50)).contains("a", "b");
        assertThat(time.pendingTimers()).isLessThanOrEqualTo(3);
        client.service("payments").drain("http://b:80");
        assertThat(calls(3)).containsOnly("a");
        client.service("payments").drain("http://a:80");
        assertThatThrownBy(this::call).cause().isInstanceOf(NoEndpointException.class);
    }

    @Test
    void while_the_probes_are_not_believed_an_endpoint_on_trial_is_tried_all_the_same() {
        health.putAll(Map.of("a", 500, "b", 500));
        status.put("a", 500);
        start(two().ejection(Ejections.consecutiveFailures(3)).healthCheck(HealthCheck.of(Probes.http("/health"))));
        time.advance(Duration.ofSeconds(1));
        calls(3);
        assertThat(state(0)).isEqualTo(EndpointState.EJECTED);
        time.advance(Duration.ofSeconds(40));
        status.clear();
        assertThat(calls(2)).containsOnly("a");
        assertThat(told).contains("trial a", "back a");
    }

    @Test
    void an_idle_endpoint_is_probed_as_soon_as_traffic_comes() {
        start(two().healthCheck(HealthCheck.of(Probes.http("/health"))));
        time.advance(Duration.ofSeconds(100));
        client.service("payments")
                .endpoints()
                .forEach(e -> assertThat(e.nextProbe()).isAfter(time.date()));
        health.put("a", 500);
        call();
        time.advance(Duration.ofSeconds(4)); // the first failure and its follow-ups, a second apart
        assertThat(state(0)).isEqualTo(EndpointState.SICK);
    }

    @Test
    void what_an_operator_says_while_discovery_brings_an_endpoint_back_stands() {
        start(two().listener(new Listener() {
            @Override
            public void endpointReturned(String s, Target target) {
                if (target.uri().getHost().equals("a")) {
                    time.advance(Duration.ofMillis(1));
                    client.service("payments").drain("http://b:80");
                }
            }
        }));
        discovery.targets(List.of(server("a", DRAINING), server("b", DRAINING), server("c", Map.of())));
        discovery.targets(List.of(server("a", Map.of()), server("b", Map.of()), server("c", Map.of())));
        assertThat(state(0)).isEqualTo(EndpointState.READY);
        assertThat(state(1)).isEqualTo(EndpointState.DRAINING);
    }
}
