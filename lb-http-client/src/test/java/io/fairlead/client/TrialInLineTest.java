package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Service;
import io.fairlead.health.Ejections;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The way back of an ejected endpoint while the others are full, and while the call that is to try it is signed. */
class TrialInLineTest {

    private static final String SICK = "10.0.0.1";
    private static final String WELL = "10.0.0.2";

    private final ManualTime time = new ManualTime();
    private final List<HttpResponse.BodyHandler<Object>> handlers = new ArrayList<>();
    private final List<CompletableFuture<HttpResponse<Object>>> sent = new ArrayList<>();
    private final List<String> hosts = new ArrayList<>();
    private final List<CompletableFuture<HttpRequest>> signatures = new ArrayList<>();
    private final List<HttpRequest> unsigned = new ArrayList<>();
    private boolean signsLater;

    private final BalancedClient client = client();

    private BalancedClient client() {
        HttpClient transport = new HeldTransport(handlers, sent) {
            @Override
            public <T> CompletableFuture<HttpResponse<T>> sendAsync(
                    HttpRequest request, HttpResponse.BodyHandler<T> handler) {
                hosts.add(request.uri().getHost());
                return super.sendAsync(request, handler);
            }
        };
        return BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(Service.named("payments")
                        .targets("http://" + SICK + ":80", "http://" + WELL + ":80")
                        .balancer(InOrder::new)
                        .retryPolicy(Retries.none())
                        .ejection(Ejections.consecutiveFailures(3))
                        .endpointLimit(env -> () -> 1)
                        .maxWait(Duration.ofMinutes(10))
                        .asyncSigner(request -> {
                            CompletableFuture<HttpRequest> signature = new CompletableFuture<>();
                            signatures.add(signature);
                            unsigned.add(request);
                            if (!signsLater) {
                                signature.complete(request);
                            }
                            return signature;
                        })
                        .build())
                .build();
    }

    @AfterEach
    void nothing_is_left_in_flight() {
        for (int i = 0; i < sent.size(); i++) { // grows as those that wait are sent
            answer(i, 200);
        }
        assertThat(client.service("payments").endpoints())
                .allMatch(endpoint -> endpoint.inFlight() == 0, "nothing in flight");
        client.shutdownNow();
    }

    private CompletableFuture<HttpResponse<String>> call(boolean keyed) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://payments/charge")).POST(BodyPublishers.ofString("x"));
        if (keyed) {
            request.header("Idempotency-Key", "k");
        }
        return client.sendAsync(request.build(), BodyHandlers.ofString());
    }

    private void answer(int i, int status) {
        if (!sent.get(i).isDone()) {
            sent.get(i).complete(new GivenAnswer(status));
        }
    }

    private EndpointState state() {
        return client.service("payments").endpoints().get(0).state();
    }

    private void ejected() {
        for (int i = 0; i < 3; i++) {
            call(true);
            answer(i, 500);
        }
        assertThat(hosts).containsOnly(SICK);
        assertThat(state()).isEqualTo(EndpointState.EJECTED);
    }

    private void onTrial() {
        time.advance(Duration.ofSeconds(34));
        assertThat(state()).isEqualTo(EndpointState.TRIAL);
    }

    @Test
    void an_endpoint_on_trial_is_tried_though_all_others_are_full_and_callers_wait_in_line() {
        ejected();
        time.advance(Duration.ofMillis(20));
        call(true);
        CompletableFuture<HttpResponse<String>> waits = call(true);
        onTrial();
        assertThat(hosts).endsWith(SICK, WELL).hasSize(4);
        call(false); // not with a payment that must not be made twice
        assertThat(hosts).hasSize(4);
        call(true);
        assertThat(hosts).endsWith(WELL, SICK).hasSize(5);
        call(true); // one at a time
        assertThat(hosts).hasSize(5);
        answer(4, 200);
        assertThat(state()).isEqualTo(EndpointState.READY);
        time.advance(Duration.ofMillis(20));
        assertThat(hosts).hasSize(6);
        answer(5, 200);
        assertThat(waits).isCompleted(); // the first in line was the first to be served
    }

    @Test
    void a_trial_whose_endpoint_was_ejected_while_it_was_signed_goes_elsewhere() {
        ejected();
        onTrial();
        signsLater = true;
        call(true);
        assertThat(unsigned.get(3).uri().getHost()).isEqualTo(SICK);
        client.service("payments").eject("http://" + SICK + ":80", Duration.ofMinutes(5));
        time.advance(Duration.ofMillis(20));
        signsLater = false;
        signatures.get(3).complete(unsigned.get(3));
        assertThat(hosts).endsWith(WELL).hasSize(4);
    }

    @Test
    void a_trial_whose_lease_another_call_has_goes_elsewhere() {
        ejected();
        onTrial();
        signsLater = true;
        call(true);
        time.advance(Duration.ofSeconds(31)); // longer than a lease
        signsLater = false;
        call(true);
        assertThat(hosts).endsWith(SICK).hasSize(4);
        signatures.get(3).complete(unsigned.get(3));
        assertThat(hosts).endsWith(SICK, WELL).hasSize(5);
        answer(3, 200);
        assertThat(state()).isEqualTo(EndpointState.READY);
    }

    @Test
    void a_trial_that_is_still_its_own_is_sent_however_long_it_was_signed() {
        ejected();
        onTrial();
        signsLater = true;
        call(true);
        time.advance(Duration.ofSeconds(31));
        signatures.get(3).complete(unsigned.get(3));
        assertThat(hosts).endsWith(SICK).hasSize(4);
    }
}
