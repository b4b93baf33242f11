package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fairlead.Balancer;
import io.fairlead.Discovery;
import io.fairlead.Environment;
import io.fairlead.Listener;
import io.fairlead.Load;
import io.fairlead.OutcomeClassifier;
import io.fairlead.Picker;
import io.fairlead.Service;
import io.fairlead.Strategy;
import io.fairlead.Target;
import io.fairlead.health.Ejections;
import io.fairlead.strategies.Balancers;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Servers judged or chosen wrongly, and what leaks. Each test is named after a fault that must not come back. */
@Timeout(20)
class BlameTest {

    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    private FaultServer server(FaultServer.Script script) {
        FaultServer server = FaultServer.start(script);
        toClose.add(0, server);
        return server;
    }

    private BalancedClient client(Service.Builder service) {
        BalancedClient client =
                BalancedClient.builder().service(service.build()).build();
        toClose.add(client);
        return client;
    }

    private static BalancedClient client(ManualTime time, java.net.http.HttpClient transport, Service.Builder service) {
        return BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(service.build())
                .build();
    }

    private static HttpRequest.Builder get() {
        return HttpRequest.newBuilder(URI.create("http://payments/"));
    }

    private static HttpRequest.Builder charge() {
        return get().POST(BodyPublishers.ofString("pay"));
    }

    private static List<String> hosts(StubTransport transport) {
        return transport.requests.stream().map(r -> r.uri().getHost()).toList();
    }

    /** A body that is wanted whole; {@code begun} runs when the subscriber is in place. */
    private static HttpResponse.BodySubscriber<Void> reading(Runnable begun) {
        return HttpResponse.BodySubscribers.fromSubscriber(new java.util.concurrent.Flow.Subscriber<>() {
            @Override
            public void onSubscribe(java.util.concurrent.Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
                begun.run();
            }

            @Override
            public void onNext(List<java.nio.ByteBuffer> item) {}

            @Override
            public void onError(Throwable throwable) {}

            @Override
            public void onComplete() {}
        });
    }

    private static final class Ejected implements Listener {
        final List<String> reasons = new CopyOnWriteArrayList<>();
        final List<String> finished = new CopyOnWriteArrayList<>();

        @Override
        public void endpointEjected(String service, Target target, long nanos, String reason) {
            reasons.add(reason);
        }

        @Override
        public void attemptFinished(io.fairlead.Attempt attempt) {
            finished.add(String.valueOf(attempt.outcome()));
        }
    }

    /** "Cancelled by the caller: IGNORED", says the table. */
    @Test
    void a_caller_who_cancels_while_the_body_comes_ejects_a_healthy_server() throws Exception {
        FaultServer a = server(FaultServer.stallingBody());
        FaultServer b = server(FaultServer.stallingBody());
        Ejected ejected = new Ejected();
        Semaphore headers = new Semaphore(0);
        BalancedClient client = client(Service.named("payments")
                .targets(a.url(), b.url())
                .balancer(InOrder::new)
                .listener(ejected));
        for (int i = 0; i < 5; i++) {
            CompletableFuture<?> call = client.sendAsync(get().build(), info -> reading(headers::release));
            headers.acquire();
            call.cancel(true);
        }
        assertThat(ejected.finished).doesNotContain("FAILED");
        assertThat(ejected.reasons).isEmpty();
    }

    /** A bug in the caller's own body subscriber takes servers out of service, for all callers. */
    @Test
    void a_body_subscriber_that_throws_ejects_a_healthy_server() {
        ManualTime time = new ManualTime();
        Ejected ejected = new Ejected();
        BalancedClient client = client(
                time,
                new StubTransport(r -> StubTransport.Answer.of(200)),
                Service.named("payments")
                        .targets("http://10.0.0.1", "http://10.0.0.2")
                        .balancer(InOrder::new)
                        .listener(ejected));
        for (int i = 0; i < 5; i++) {
            Throwable failure =
                    catchThrowable(() -> client.send(get().build(), info -> new HttpResponse.BodySubscriber<String>() {
                        @Override
                        public java.util.concurrent.CompletionStage<String> getBody() {
                            return new CompletableFuture<>();
                        }

                        @Override
                        public void onSubscribe(java.util.concurrent.Flow.Subscription subscription) {
                            subscription.request(Long.MAX_VALUE);
                        }

                        @Override
                        public void onNext(List<java.nio.ByteBuffer> buffers) {
                            throw new IllegalStateException("the caller's own bug");
                        }

                        @Override
                        public void onError(Throwable why) {}

                        @Override
                        public void onComplete() {}
                    }));
            assertThat(failure).isNotNull();
        }
        assertThat(ejected.reasons).isEmpty();
    }

    /** The first retry "at another endpoint" goes to the same one at once, because one that the key's domain forbids is counted as left. */
    @Test
    void retry_after_is_ignored_where_only_another_domain_has_an_endpoint_left() throws Exception {
        ManualTime time = new ManualTime();
        StubTransport transport = new StubTransport(r -> StubTransport.Answer.of(503, "Retry-After", "3"));
        BalancedClient client = client(
                time,
                transport,
                Service.named("payments")
                        .balancer(InOrder::new)
                        .targets(List.of(
                                Target.of("http://dc1"), Target.of("http://dc2").withPriority(1))));
        client.send(charge().header("Idempotency-Key", "k").build(), BodyHandlers.ofString());
        assertThat(hosts(transport)).containsOnly("dc1");
        assertThat(time.naps()).as("two retries, two waits").hasSize(2);
    }

    /** "Asks again later": all it does is over within 50 ms, and the server that told the truth is avoided as overloaded. */
    @Test
    void a_payment_in_progress_makes_its_server_look_overloaded() throws Exception {
        ManualTime time = new ManualTime();
        StubTransport transport = new StubTransport(r -> StubTransport.Answer.of(
                r.headers().firstValue("Idempotency-Key").orElse("").equals("busy") ? 409 : 200));
        BalancedClient client = client(
                time,
                transport,
                Service.named("payments")
                        .targets("http://10.0.0.1", "http://10.0.0.2", "http://10.0.0.3")
                        .balancer(Balancers.peakEwma())
                        .classifier(OutcomeClassifier.conflictMeansInProgress()));
        for (int i = 0; i < 30; i++) {
            client.send(charge().header("Idempotency-Key", "k" + i).build(), BodyHandlers.ofString());
        }
        HttpResponse<String> busy =
                client.send(charge().header("Idempotency-Key", "busy").build(), BodyHandlers.ofString());
        assertThat(busy.statusCode()).isEqualTo(409);
        double load = BalancedClient.endpointOf(busy).load();
        assertThat(load).as("the load of the server that answered 409").isLessThan(1e6);
    }

    @Test
    void a_removed_endpoint_gets_a_request_whose_signature_took_longer() throws Exception {
        ManualTime time = new ManualTime();
        Discovery.Sink[] sink = new Discovery.Sink[1];
        CompletableFuture<HttpRequest> token = new CompletableFuture<>();
        HttpRequest[] unsigned = new HttpRequest[1];
        StubTransport transport = new StubTransport(r -> StubTransport.Answer.of(200));
        BalancedClient client = client(
                time,
                transport,
                Service.named("payments")
                        .balancer(InOrder::new)
                        .discovery((env, s) -> {
                            sink[0] = s;
                            s.targets(List.of(Target.of("http://gone"), Target.of("http://b")));
                            return () -> {};
                        })
                        .asyncSigner(request -> {
                            unsigned[0] = unsigned[0] == null ? request : unsigned[0];
                            return unsigned[0] == request ? token : CompletableFuture.completedFuture(request);
                        }));
        CompletableFuture<?> call = client.sendAsync(get().build(), BodyHandlers.ofString());
        sink[0].targets(List.of(Target.of("http://b")));
        time.advance(Duration.ofSeconds(30));
        token.complete(unsigned[0]);
        call.get(1, TimeUnit.SECONDS);
        assertThat(hosts(transport)).as("half a minute after it was removed").doesNotContain("gone");
    }

    /** In-flight is counted when a request is sent, after its signature: what waits for a token is seen by no strategy. */
    @Test
    void bounded_load_is_exceeded_by_what_waits_for_its_signature() {
        ManualTime time = new ManualTime();
        CompletableFuture<String> token = new CompletableFuture<>();
        List<HttpResponse.BodyHandler<Object>> handlers = new ArrayList<>();
        List<CompletableFuture<HttpResponse<Object>>> sent = new ArrayList<>();
        List<String> started = new ArrayList<>();
        BalancedClient client = client(
                time,
                new HeldTransport(handlers, sent),
                Service.named("payments")
                        .targets(
                                "http://10.0.0.1",
                                "http://10.0.0.2",
                                "http://10.0.0.3",
                                "http://10.0.0.4",
                                "http://10.0.0.5")
                        .balancer(Balancers.ring().boundedLoad(1.25))
                        .affinityKey(request -> "hot")
                        .asyncSigner(request -> token.thenApply(t -> request))
                        .listener(new Listener() {
                            @Override
                            public void attemptStarted(io.fairlead.Attempt attempt) {
                                started.add(String.valueOf(attempt.endpoint()));
                            }
                        }));
        for (int i = 0; i < 20; i++) {
            client.sendAsync(get().build(), BodyHandlers.ofString());
        }
        token.complete("t");
        long most = started.stream().filter(started.get(0)::equals).count();
        assertThat(most)
                .as("20 in flight at 5 endpoints, at most 1.25 times the mean of 4")
                .isLessThanOrEqualTo(5);
    }

    /** Sink.targets "never throws": a strategy that fails on one target leaves the cluster without the others. */
    @Test
    void a_strategy_that_fails_on_a_new_target_empties_the_service() throws Exception {
        ManualTime time = new ManualTime();
        Discovery.Sink[] sink = new Discovery.Sink[1];
        Balancer picky = env -> new Strategy() {
            @Override
            public Load newLoad(Target target) {
                if (target.uri().getHost().equals("bad")) {
                    throw new IllegalStateException("tag missing");
                }
                return Load.NONE;
            }

            @Override
            public Picker picker(io.fairlead.EndpointSet endpoints) {
                return attempt -> endpoints.size() == 0 ? null : endpoints.get(endpoints.size() - 1);
            }
        };
        StubTransport transport =
                new StubTransport(r -> StubTransport.Answer.of(r.uri().getHost().equals("b") ? 500 : 200));
        BalancedClient client = client(
                time,
                transport,
                Service.named("payments")
                        .balancer(picky)
                        .ejection(Ejections.consecutiveFailures(1).baseTime(Duration.ofSeconds(1)))
                        .discovery((env, s) -> {
                            sink[0] = s;
                            s.targets(List.of(Target.of("http://a"), Target.of("http://b")));
                            return () -> {};
                        }));
        client.send(charge().build(), BodyHandlers.ofString()); // b is ejected for a second
        Throwable thrown =
                catchThrowable(() -> sink[0].targets(List.of(Target.of("http://bad"), Target.of("http://a"))));
        time.advance(Duration.ofSeconds(3)); // b returns: the snapshot is built anew
        assertThat(client.send(charge().build(), BodyHandlers.ofString()).statusCode())
                .isPositive();
        assertThat(thrown).isNull();
    }

    @Test
    void a_redirect_beside_the_base_path_is_taken_for_one_below_it() {
        HttpHeaders location =
                HttpHeaders.of(Map.of("Location", List.of("http://10.0.0.1:80/basement/x")), (n, v) -> true);
        HttpRequest next =
                Redirects.next(get().build(), Target.of("http://10.0.0.1/base").uri(), 307, location);
        assertThat(next)
                .as("/basement is not below /base: got %s", next == null ? null : next.uri())
                .isNull();
    }

    /** A server under /v1 says "Location: /v1/next", as all servers do; the client asks for /v1/v1/next. */
    @ParameterizedTest
    @EnumSource
    void a_relative_redirect_under_a_base_path_gets_the_base_path_twice(Mode mode) throws Exception {
        FaultServer a = server(connection -> {
            for (FaultServer.Request r = connection.read(); r != null; r = connection.read()) {
                if (r.target().equals("/v1/charge")) {
                    connection.answer(307, "", "Location: /v1/next");
                } else {
                    connection.answer(r.target().equals("/v1/next") ? 200 : 404, r.target());
                }
            }
        });
        BalancedClient client =
                client(Service.named("payments").targets(a.url() + "/v1").followRedirects(2));
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://payments/charge")).build();
        assertThat(mode.send(client, request, BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
    }

    /** A token file that ends with a line break is a common mistake; the token is then in every log that has the exception. */
    @Test
    void a_token_with_a_line_break_is_told_in_the_message_of_the_failure() {
        BalancedClient client = client(
                new ManualTime(),
                new StubTransport(r -> StubTransport.Answer.of(200)),
                Service.named("payments")
                        .targets("http://10.0.0.1")
                        .signer(request -> HttpRequest.newBuilder(request, (n, v) -> true)
                                .setHeader("Authorization", "Bearer s3cr3t\nX")
                                .build()));
        Throwable failure = catchThrowable(() -> client.send(get().build(), BodyHandlers.ofString()));
        assertThat(failure.getMessage()).doesNotContain("s3cr3t");
    }

    /** C1 controls are controls, too: U+009B begins a terminal's escape sequence, U+0085 a new line. */
    @Test
    void control_characters_of_a_hostile_server_reach_the_message() {
        FaultServer a = server(connection -> {
            connection.read();
            connection.send("NONSENSE \u009b31m\u0085forged\r\n\r\n");
        });
        BalancedClient client = client(Service.named("payments").targets(a.url()));
        Throwable failure = catchThrowable(() -> client.send(charge().build(), BodyHandlers.ofString()));
        assertThat(failure.getMessage()).doesNotContain("\u009b").doesNotContain("\u0085");
    }

    /** JDK's out-of-threads error on the asynchronous way: counted in flight for ever. */
    @Test
    void an_error_of_the_transport_leaves_the_asynchronous_call_in_flight() {
        Ejected ejected = new Ejected();
        StubTransport broken = new StubTransport(r -> {
            throw new OutOfMemoryError("unable to create native thread");
        });
        BalancedClient client = client(
                new ManualTime(),
                broken,
                Service.named("payments").targets("http://10.0.0.1").listener(ejected));
        Throwable thrown = catchThrowable(() ->
                client.sendAsync(charge().build(), BodyHandlers.ofString()).join());
        assertThat(thrown).isNotNull();
        assertThat(ejected.finished).hasSize(1);
    }

    @Test
    void a_watch_of_one_service_is_left_open_when_another_services_discovery_fails_the_build() {
        List<String> closed = new ArrayList<>();
        Throwable failure = catchThrowable(() -> BalancedClient.builder()
                .service(Service.named("a")
                        .discovery((env, sink) -> () -> closed.add("a"))
                        .build())
                .service(Service.named("b")
                        .discovery((env, sink) -> {
                            throw new IllegalStateException("no registry");
                        })
                        .build())
                .build());
        assertThat(failure).isNotNull();
        assertThat(closed).containsExactly("a");
    }

    /** Its own wait is bounded; what a caller does with a slow reader's deadline must not be held against the server. */
    @Test
    void a_reader_who_is_slower_than_the_deadline_ejects_a_healthy_server() throws Exception {
        FaultServer a = server(FaultServer.answering(200, "x".repeat(200_000)));
        FaultServer b = server(FaultServer.ok("b"));
        Ejected ejected = new Ejected();
        BalancedClient client = client(Service.named("payments")
                .targets(a.url(), b.url())
                .balancer(InOrder::new)
                .listener(ejected));
        for (int i = 0; i < 5; i++) {
            var response = client.send(get().timeout(Duration.ofMillis(100)).build(), BodyHandlers.ofInputStream());
            while (ejected.finished.size() <= i) {
                Thread.onSpinWait(); // until the deadline has ended the body that nobody reads
            }
            assertThat(catchThrowable(() -> response.body().readAllBytes())).isNotNull();
        }
        assertThat(ejected.reasons).isEmpty();
    }

    /** A password in a target that cannot be read is told; only in one that can be read it is hidden. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://admin:s3cr3t@10.0.0 .1:8080",
                "admin:s3cr3t@10.0.0.1:8080",
                "http://admin:s3cr3t@payments_v2:8080",
                "//admin:s3cr3t@10.0.0.1:8080"
            })
    void a_password_in_a_bad_target_is_told(String target) {
        assertThat(catchThrowable(() -> Service.named("payments").targets(target)))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("s3cr3t"));
    }

    /** Everything that is refused at build time elsewhere is silently ignored here. */
    @Test
    void a_tls_name_over_targets_without_tls_is_ignored() {
        assertThat(catchThrowable(() -> BalancedClient.builder()
                        .environment(Environment.system())
                        .service(Service.named("payments")
                                .targets("http://10.0.0.1:8443")
                                .tlsName("api.bank.com")
                                .build())
                        .build()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
