package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Service;
import io.fairlead.health.Ejections;
import io.fairlead.strategies.Balancers;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whether an endpoint on trial gets its turn, whatever the strategy's sequence happens to stand at. */
class TrialTurnTest {

    private final ManualTime time = new ManualTime();
    private int status = 500;

    private void calls(BalancedClient client, int count) {
        for (int i = 0; i < count; i++) {
            HttpRequest post = HttpRequest.newBuilder(URI.create("http://payments/charge"))
                    .header("Idempotency-Key", "key-" + i)
                    .POST(BodyPublishers.ofString("x"))
                    .build();
            client.sendAsync(post, BodyHandlers.ofString());
            time.advance(Duration.ofMillis(20));
        }
    }

    /** A pick beside the pick that counts must not use up the turn: else two picks a call meet the same endpoints for ever. */
    @ParameterizedTest
    @CsvSource({"2, 0", "2, 1", "4, 0", "4, 1", "4, 2", "4, 3"})
    void round_robin_comes_to_an_endpoint_on_trial_wherever_its_sequence_stands(int servers, int callsBefore) {
        String[] urls = new String[servers];
        for (int i = 0; i < servers; i++) {
            urls[i] = "http://10.0.0." + (i + 1) + ":80";
        }
        LateTransport transport = new LateTransport(
                time,
                request -> Duration.ofMillis(1),
                request -> StubTransport.Answer.of(request.uri().getHost().equals("10.0.0.1") ? status : 200));
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(11))
                .service(Service.named("payments")
                        .targets(urls)
                        .retryPolicy(Retries.none())
                        .balancer(Balancers.roundRobin())
                        .ejection(Ejections.consecutiveFailures(3))
                        .build())
                .build();
        calls(client, 3 * servers);
        status = 200;
        calls(client, callsBefore);
        time.advance(Duration.ofSeconds(34));
        assertThat(client.service("payments").endpoints().get(0).state()).isEqualTo(EndpointState.TRIAL);
        calls(client, 100);
        assertThat(client.service("payments").endpoints().get(0).state()).isEqualTo(EndpointState.READY);
        client.close();
    }

    /** Answers 503 on trial, so that the trial goes on; keyed and unkeyed payments take turns all the while. */
    @Test
    void an_unkeyed_payment_is_no_trial_as_long_as_safer_requests_come() {
        List<String> tried = new ArrayList<>();
        LateTransport transport = new LateTransport(time, request -> Duration.ofMillis(1), request -> {
            boolean first = request.uri().getHost().equals("10.0.0.1");
            if (first && status == 503) {
                tried.add(request.headers().firstValue("Idempotency-Key").orElse("none"));
            }
            return StubTransport.Answer.of(first ? status : 200);
        });
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(11))
                .service(Service.named("payments")
                        .targets("http://10.0.0.1:80", "http://10.0.0.2:80")
                        .retryPolicy(Retries.none())
                        .balancer(InOrder::new)
                        .ejection(Ejections.consecutiveFailures(3))
                        .build())
                .build();
        calls(client, 3);
        status = 503;
        time.advance(Duration.ofSeconds(34));
        for (int i = 0; i < 1000; i++) { // for twenty seconds
            calls(client, 1);
            client.sendAsync(
                    HttpRequest.newBuilder(URI.create("http://payments/charge"))
                            .POST(BodyPublishers.ofString("x"))
                            .build(),
                    BodyHandlers.ofString());
            time.advance(Duration.ofMillis(20));
        }
        assertThat(tried).hasSizeGreaterThan(10).doesNotContain("none");
        client.close();
    }
}
