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
}
