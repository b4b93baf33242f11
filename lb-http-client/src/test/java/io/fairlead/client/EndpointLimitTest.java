// over 300: what a call meets at a full endpoint, and the transport that holds it
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
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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

    private void answer(int i, int status) {
        sent.get(i).complete(new GivenAnswer(status));
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

    /** Answers at once, on the thread that sends, and counts how many it has at the most. */
    private static final class Counting extends StubTransport {
        private final Map<String, AtomicInteger> atOnce = new ConcurrentHashMap<>();
        private final AtomicInteger most = new AtomicInteger();
        private final AtomicInteger answered = new AtomicInteger();

        Counting() {
            super(request -> Answer.of(200));
        }

        @Override
        public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler) throws IOException {
            AtomicInteger here = atOnce.computeIfAbsent(request.uri().getHost(), host -> new AtomicInteger());
            most.accumulateAndGet(here.incrementAndGet(), Math::max);
            for (int i = 0; i < 200; i++) {
                Thread.onSpinWait();
            }
            here.decrementAndGet();
            synchronized (this) {
                answered.incrementAndGet();
                return super.send(request, handler);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 64})
    void threads_never_have_more_at_an_endpoint_than_its_limit_and_all_are_served(int threads) throws Exception {
        Counting transport = new Counting();
        BalancedClient own = BalancedClient.builder()
                .transport(transport)
                .service(Service.named("payments")
                        .targets("http://10.0.0.1:80", "http://10.0.0.2:80")
                        .endpointLimit(fixed(1))
                        .maxWait(Duration.ofMinutes(5))
                        .build())
                .build();
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                tasks.add(() -> {
                    int good = 0;
                    for (int k = 0; k < 1_280 / threads; k++) {
                        HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/"))
                                .build();
                        good += own.send(request, BodyHandlers.ofString()).statusCode() == 200 ? 1 : 0;
                    }
                    return good;
                });
            }
            int good = 0;
            for (Future<Integer> task : pool.invokeAll(tasks)) {
                good += task.get();
            }
            assertThat(good).isEqualTo(1_280);
            assertThat(transport.answered).hasValue(1_280);
            assertThat(transport.most).hasValue(1);
            assertThat(own.service("payments").endpoints()).allMatch(endpoint -> endpoint.inFlight() == 0);
        } finally {
            pool.shutdownNow();
            own.shutdown();
        }
    }
}
