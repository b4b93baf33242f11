package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.CallFailure;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Delivery;
import io.fairlead.Service;
import io.fairlead.Settings;
import io.fairlead.ThrottledException;
import io.fairlead.health.ConcurrencyLimits;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.IntStream;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What becomes of calls where an endpoint has as many in flight as its limit allows. */
class EndpointLimitTest {

    private final ManualTime time = new ManualTime();
    private final List<HttpResponse.BodyHandler<Object>> handlers = new ArrayList<>();
    private final List<CompletableFuture<HttpResponse<Object>>> sent = new ArrayList<>();
    private final List<String> hosts = new ArrayList<>();
    private BalancedClient client = client(fixed(2), 2);

    private static ConcurrencyLimit fixed(int limit) {
        return env -> () -> limit;
    }

    private BalancedClient client(ConcurrencyLimit limit, int endpoints) {
        return client(Service.named("payments")
                .targets(IntStream.range(0, endpoints)
                        .mapToObj(i -> "http://10.0.0." + (i + 1) + ":80")
                        .toArray(String[]::new))
                .balancer(InOrder::new)
                .endpointLimit(limit));
    }

    private BalancedClient client(Service.Builder service) {
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
                .service(service.build())
                .build();
    }

    @AfterEach
    void nothing_is_left_in_flight() {
        for (int i = 0; i < sent.size(); i++) { // grows as those that wait are sent
            if (!sent.get(i).isDone()) {
                answer(i, 200);
            }
        }
        assertThat(client.service("payments").endpoints())
                .allMatch(endpoint -> endpoint.inFlight() == 0, "nothing in flight");
        client.shutdown();
    }

    private CompletableFuture<HttpResponse<String>> call() {
        return call(null);
    }

    private CompletableFuture<HttpResponse<String>> call(Duration timeout) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://payments/charge")).POST(BodyPublishers.ofString("x"));
        if (timeout != null) {
            request.timeout(timeout);
        }
        return client.sendAsync(request.build(), BodyHandlers.ofString());
    }

    private record Answer(int statusCode, HttpHeaders headers) implements HttpResponse<Object> {

        @Override
        public HttpRequest request() {
            return HttpRequest.newBuilder(URI.create("http://10.0.0.1/")).build();
        }

        @Override
        public Optional<HttpResponse<Object>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public Object body() {
            return "body";
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request().uri();
        }

        @Override
        public HttpClient.Version version() {
            return HttpClient.Version.HTTP_1_1;
        }
    }

    private void answer(int i, int status) {
        sent.get(i).complete(new Answer(status, HttpHeaders.of(Map.of(), (n, v) -> true)));
    }

    private static Throwable why(CompletableFuture<?> call) {
        assertThat(call).isCompletedExceptionally();
        try {
            call.join();
        } catch (CompletionException e) {
            return e.getCause();
        }
        throw new AssertionError("it succeeded");
    }

    @Test
    void a_strategy_that_chooses_a_full_endpoint_is_asked_again_and_then_one_with_room_is_taken() {
        for (int i = 0; i < 4; i++) {
            call();
        }
        assertThat(hosts).containsExactly("10.0.0.1", "10.0.0.1", "10.0.0.2", "10.0.0.2");
    }

    @Test
    void calls_wait_in_their_order_when_all_endpoints_are_full() {
        List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            calls.add(call());
        }
        assertThat(sent).hasSize(4);
        answer(2, 200);
        assertThat(sent).hasSize(5);
        answer(4, 200); // the fifth call is done, the sixth is sent
        assertThat(calls)
                .extracting(CompletableFuture::isDone)
                .containsExactly(false, false, true, false, true, false, false);
        assertThat(sent).hasSize(6);
        answer(0, 200);
        assertThat(sent).hasSize(7);
    }

    @Test
    void one_who_waits_longer_than_max_wait_is_refused_and_told_why_proven_unsent() {
        for (int i = 0; i < 4; i++) {
            call();
        }
        CompletableFuture<HttpResponse<String>> waiting = call();
        time.advance(Duration.ofSeconds(5).minusNanos(1));
        assertThat(waiting).isNotDone();
        time.advance(Duration.ofNanos(1));
        Throwable why = why(waiting);
        assertThat(why)
                .isInstanceOf(ThrottledException.class)
                .hasMessageContaining("2 endpoints are at their limit of 4 attempts in flight together");
        assertThat(((CallFailure) why).delivery()).isEqualTo(Delivery.NOT_PROCESSED);
        answer(0, 200);
        assertThat(sent).hasSize(4);
    }

    @Test
    void nobody_waits_beyond_the_deadline_and_who_has_left_takes_no_place() {
        for (int i = 0; i < 4; i++) {
            call();
        }
        CompletableFuture<HttpResponse<String>> hasty = call(Duration.ofSeconds(1));
        CompletableFuture<HttpResponse<String>> cancelled = call();
        CompletableFuture<HttpResponse<String>> patient = call();
        time.advance(Duration.ofSeconds(1));
        assertThat(hasty).isCompletedExceptionally();
        cancelled.cancel(true);
        answer(1, 200);
        assertThat(sent).hasSize(5);
        answer(4, 200);
        assertThat(patient).isCompleted();
    }

    @Test
    void a_connection_that_takes_no_more_streams_lowers_the_limit_and_the_call_goes_elsewhere() {
        client = client(ConcurrencyLimits.aimd(), 2);
        for (int i = 0; i < 3; i++) {
            call();
        }
        CompletableFuture<HttpResponse<String>> fourth = call();
        assertThat(hosts).containsOnly("10.0.0.1");
        sent.get(3).completeExceptionally(new IOException("too many concurrent streams"));
        assertThat(hosts.get(4)).isEqualTo("10.0.0.2");
        answer(4, 200);
        assertThat(fourth).isCompleted();
        int before = sent.size();
        for (int i = 0; i < 10; i++) {
            call();
        }
        assertThat(hosts.subList(before, hosts.size())).containsOnly("10.0.0.2"); // the first has its three
    }

    @Test
    void answers_of_429_lower_the_limit_of_that_endpoint_alone() {
        client = client(ConcurrencyLimits.aimd().initial(4), 2);
        for (int i = 0; i < 8; i++) {
            call();
        }
        time.advance(Duration.ofMillis(10));
        for (int i = 0; i < 8; i++) {
            answer(i, i < 4 ? 402 : 429);
        }
        for (int i = 0; i < 30; i++) {
            call();
        }
        assertThat(client.service("payments").endpoints())
                .extracting(EndpointView::inFlight)
                .containsExactly(6, 2); // one grew as far as it was made use of, the other is halved
    }

    @Test
    void by_default_a_silent_server_is_given_more_after_a_second_and_nobody_is_refused() {
        client = client(Service.named("payments").targets("http://10.0.0.1:80"));
        List<CompletableFuture<HttpResponse<String>>> polls = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            polls.add(call());
        }
        assertThat(sent).hasSize(20);
        time.advance(Duration.ofSeconds(1));
        assertThat(sent).hasSize(40);
        time.advance(Duration.ofSeconds(3));
        assertThat(sent).hasSize(300);
        assertThat(polls).noneMatch(CompletableFuture::isDone);
    }

    @Test
    void a_service_may_have_none() {
        client = client(Service.named("payments").targets("http://10.0.0.1:80").endpointLimit("none", Settings.none()));
        for (int i = 0; i < 300; i++) {
            call();
        }
        assertThat(sent).hasSize(300);
    }
}
