package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.CallTimeoutException;
import io.fairlead.Hedging;
import io.fairlead.Service;
import io.fairlead.ThrottledException;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** An admission that is kept elsewhere, so that its decision takes a while: which is no waiting in line. */
class DecisionTest {

    private final ManualTime time = new ManualTime();
    private final List<Long> waits = new ArrayList<>();
    private Duration slow = Duration.ofMillis(10);
    private int out;
    private LateTransport transport;

    private CompletionStage<Admission.Permit> admit(Attempt attempt, long maxWaitNanos) {
        waits.add(maxWaitNanos);
        CompletableFuture<Admission.Permit> decision = new CompletableFuture<>();
        time.schedule(
                () -> {
                    out++;
                    decision.complete(new Admission.Permit() {
                        @Override
                        public void release(Attempt ended) {
                            out--;
                        }

                        @Override
                        public void cancel() {
                            out--;
                        }
                    });
                },
                slow.toNanos(),
                TimeUnit.NANOSECONDS);
        return decision;
    }

    private BalancedClient client(Service.Builder service) {
        transport = new LateTransport(time, this::latency, request -> StubTransport.Answer.of(200));
        return BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(service.targets("http://10.0.0.1:80", "http://10.0.0.2:80")
                        .balancer(InOrder::new)
                        .admission(this::admit)
                        .build())
                .build();
    }

    private boolean stuck;

    private Duration latency(HttpRequest request) {
        return stuck && request.uri().getHost().equals("10.0.0.1") ? Duration.ofMinutes(1) : Duration.ofMillis(10);
    }

    private static CompletableFuture<HttpResponse<String>> call(BalancedClient client, Duration timeout) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/"))
                .timeout(timeout)
                .build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    @Test
    void a_decision_that_takes_longer_than_the_wait_in_line_is_awaited_for_half_a_second() {
        BalancedClient client = client(Service.named("payments").maxWait(Duration.ofNanos(1)));
        slow = Duration.ofMillis(400);
        CompletableFuture<HttpResponse<String>> call = call(client, Duration.ofSeconds(9));
        time.advance(Duration.ofMillis(420));
        assertThat(call.join().statusCode()).isEqualTo(200);
        assertThat(waits).containsExactly(1L);
        assertThat(out).isZero();
        client.close();
    }

    @Test
    void one_that_takes_longer_is_none_and_its_permit_is_given_back() {
        BalancedClient client = client(Service.named("payments").maxWait(Duration.ofNanos(1)));
        slow = Duration.ofMillis(700);
        CompletableFuture<HttpResponse<String>> call = call(client, Duration.ofSeconds(9));
        time.advance(Duration.ofMillis(501));
        assertThatThrownBy(call::join).hasCauseInstanceOf(ThrottledException.class);
        time.advance(Duration.ofMillis(500));
        assertThat(out).isZero();
        assertThat(transport.begun).isEmpty();
        client.close();
    }

    @Test
    void it_is_not_awaited_beyond_the_deadline() {
        BalancedClient client = client(Service.named("payments").maxWait(Duration.ofNanos(1)));
        slow = Duration.ofMillis(400);
        CompletableFuture<HttpResponse<String>> call = call(client, Duration.ofMillis(100));
        time.advance(Duration.ofMillis(100));
        assertThat(call).isCompletedExceptionally();
        time.advance(Duration.ofSeconds(1));
        assertThat(out).isZero();
        assertThat(transport.begun).isEmpty();
        assertThatThrownBy(call::join)
                .satisfies(why -> assertThat(why.getCause())
                        .isInstanceOfAny(CallTimeoutException.class, ThrottledException.class));
        client.close();
    }

    @Test
    void a_hedge_gets_its_permit_though_the_decision_takes_a_round_trip() {
        BalancedClient client = client(Service.named("payments").hedging(Hedging.standard()));
        for (int i = 0; i < 400; i++) {
            call(client, Duration.ofMinutes(5));
            time.advance(Duration.ofMillis(30));
        }
        stuck = true;
        waits.clear();
        CompletableFuture<HttpResponse<String>> call = call(client, Duration.ofMinutes(5));
        time.advance(Duration.ofSeconds(2));
        assertThat(waits).endsWith(0L).hasSize(2); // the hedge stands in no line
        assertThat(call.join().statusCode()).isEqualTo(200);
        assertThat(transport.begun).endsWith("10.0.0.1", "10.0.0.2");
        time.advance(Duration.ofMinutes(5));
        assertThat(out).isZero();
        client.close();
    }
}
