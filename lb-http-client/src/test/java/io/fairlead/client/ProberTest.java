package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.HealthCheck;
import io.fairlead.Listener;
import io.fairlead.NoEndpointException;
import io.fairlead.RateLimiter;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.health.Ejections;
import io.fairlead.health.Probes;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Probes within the client, on a clock that stands still. */
class ProberTest {

    private final ManualTime time = new ManualTime();
    private final Map<String, Integer> probes = new HashMap<>();
    private final Map<String, Integer> calls = new HashMap<>();
    private final List<String> told = new ArrayList<>();
    private StubTransport transport;
    private BalancedClient client;

    private void start(Service.Builder service) {
        transport = new StubTransport(r -> {
            Map<String, Integer> answers = r.uri().getPath().equals("/health") ? probes : calls;
            return StubTransport.Answer.of(answers.getOrDefault(r.uri().getHost(), 200));
        });
        client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(3))
                .service(service.retryPolicy(Retries.none())
                        .balancer(InOrder::new)
                        .listener(new Listener() {
                            @Override
                            public void endpointSick(String s, Target target, String reason) {
                                told.add("sick " + target.uri().getHost());
                            }

                            @Override
                            public void endpointReturned(String s, Target target) {
                                told.add("back " + target.uri().getHost());
                            }
                        })
                        .build())
                .build();
    }

    private static Service.Builder payments(int servers) {
        List<String> urls = new ArrayList<>();
        for (int i = 1; i <= servers; i++) {
            urls.add("http://10.0.0." + i + ":80");
        }
        return Service.named("payments").targets(urls.toArray(new String[0]));
    }

    private static HealthCheck check() {
        return HealthCheck.of(Probes.http("/health"));
    }

    private CompletableFuture<HttpResponse<String>> call() {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://payments/rates")).build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    private String host() {
        return call().join().uri().getHost() + "→"
                + BalancedClient.endpointOf(call().join()).target().uri().getHost();
    }

    private EndpointView first() {
        return client.service("payments").endpoints().get(0);
    }

    @Test
    void a_server_whose_probes_fail_gets_no_calls_until_they_pass_again() {
        start(payments(2).healthCheck(check()));
        time.advance(Duration.ofSeconds(10));
        assertThat(host()).isEqualTo("payments→10.0.0.1");
        assertThat(first().nextProbe()).isAfter(time.date());
        probes.put("10.0.0.1", 500);
        for (int i = 0; i < 40; i++) {
            call();
            time.advance(Duration.ofSeconds(1));
        }
        assertThat(told).containsExactly("sick 10.0.0.1");
        assertThat(first().state()).isEqualTo(EndpointState.SICK);
        assertThat(first().reason()).contains("status 500");
        assertThat(host()).isEqualTo("payments→10.0.0.2");
        probes.remove("10.0.0.1");
        time.advance(Duration.ofSeconds(10));
        assertThat(told).containsExactly("sick 10.0.0.1", "back 10.0.0.1");
        assertThat(host()).isEqualTo("payments→10.0.0.1");
    }

    @Test
    void probes_that_fail_for_most_are_not_believed_unless_the_service_says_so() {
        for (boolean closed : new boolean[] {false, true}) {
            probes.clear();
            start(
                    closed
                            ? payments(3).healthCheck(check()).failClosed()
                            : payments(3).healthCheck(check()));
            time.advance(Duration.ofSeconds(10));
            for (int i = 1; i <= 3; i++) {
                probes.put("10.0.0." + i, 503);
            }
            for (int i = 0; i < 60; i++) {
                call();
                time.advance(Duration.ofSeconds(1));
            }
            if (closed) {
                assertThatThrownBy(() -> call().join())
                        .cause()
                        .isInstanceOf(NoEndpointException.class)
                        .hasMessageContaining("http://10.0.0.1:80 is sick (")
                        .hasMessageContaining("status 503");
            } else {
                assertThat(call().join().statusCode()).isEqualTo(200);
            }
            client.close();
        }
    }

    @Test
    void only_a_deep_probe_ends_what_traffic_has_condemned() {
        for (boolean deep : new boolean[] {false, true}) {
            calls.put("10.0.0.1", 500);
            start(payments(2)
                    .ejection(Ejections.consecutiveFailures(3))
                    .healthCheck(deep ? check().withDeep() : check()));
            for (int i = 0; i < 5; i++) {
                call();
                time.advance(Duration.ofMillis(20));
            }
            assertThat(first().state()).isEqualTo(EndpointState.EJECTED);
            time.advance(Duration.ofSeconds(20)); // its probes pass all the time
            assertThat(first().state()).isEqualTo(EndpointState.EJECTED);
            calls.clear();
            time.advance(Duration.ofSeconds(80));
            assertThat(first().state()).isEqualTo(deep ? EndpointState.READY : EndpointState.TRIAL);
            client.close();
        }
    }

    @Test
    void a_probe_that_costs_permits_gives_way_to_payments() {
        List<Integer> reserved = new ArrayList<>();
        start(payments(1).healthCheck(check().withPermits(2)).rateLimiter(new RateLimiter() {
            @Override
            public long reserve(int permits, long most) {
                reserved.add(permits);
                return RateLimiter.REFUSED;
            }
        }));
        probes.put("10.0.0.1", 500);
        time.advance(Duration.ofMinutes(1));
        assertThat(reserved).isNotEmpty().containsOnly(2);
        assertThat(transport.requests).isEmpty();
        assertThat(first().state()).isEqualTo(EndpointState.READY);
    }

    @ParameterizedTest
    @CsvSource({"true,18,23", "false,36,46"}) // in 100 s, every 5 s ±10 %
    void services_with_the_same_check_share_the_probes_of_a_target(boolean shared, int least, int most) {
        HealthCheck check = check().withIntervalWhileIdle(Duration.ofSeconds(5));
        transport = new StubTransport(
                r -> StubTransport.Answer.of(probes.getOrDefault(r.uri().getHost(), 200)));
        client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(3))
                .service(Service.named("charges")
                        .targets("http://10.0.0.1:80", "http://10.0.0.2:80")
                        .healthCheck(check)
                        .build())
                .service(Service.named("refunds")
                        .targets("http://10.0.0.1:80", "http://10.0.0.3:80")
                        .healthCheck(shared ? check : check.withRise(2))
                        .build())
                .build();
        time.advance(Duration.ofSeconds(100));
        assertThat(transport.requests.stream().filter(r -> r.uri().getHost().equals("10.0.0.1")))
                .hasSizeBetween(least, most);
        probes.put("10.0.0.1", 500);
        time.advance(Duration.ofSeconds(10));
        for (String service : List.of("charges", "refunds")) {
            assertThat(client.service(service).endpoints().get(0).state()).isEqualTo(EndpointState.SICK);
        }
        client.close();
        int before = transport.requests.size();
        time.advance(Duration.ofMinutes(1));
        assertThat(transport.requests).hasSize(before);
    }

    @Test
    void a_closed_client_probes_no_more() {
        start(payments(2).healthCheck(check()));
        time.advance(Duration.ofSeconds(10));
        client.close();
        int before = transport.requests.size();
        assertThat(before).isPositive();
        time.advance(Duration.ofMinutes(10));
        assertThat(transport.requests).hasSize(before);
        assertThat(time.pendingTimers()).isZero();
    }
}
