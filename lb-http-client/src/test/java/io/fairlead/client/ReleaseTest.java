package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.Listener;
import io.fairlead.RateLimiter;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.health.Ejections;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a call takes, it gives back: permits, in-flight, connections, whatever comes in between. */
@Timeout(60)
class ReleaseTest {

    private final List<AutoCloseable> toClose = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable closeable : toClose) {
            closeable.close();
        }
    }

    private FaultServer server(FaultServer.Script script) {
        FaultServer server = FaultServer.start(script);
        toClose.add(server);
        return server;
    }

    private static HttpRequest.Builder get() {
        return HttpRequest.newBuilder(URI.create("http://payments/"));
    }

    /** Counts what is out; complains of what is given back twice. */
    private static final class Accounts implements Admission, RateLimiter, Listener {

        final AtomicInteger permits = new AtomicInteger();
        final AtomicInteger twice = new AtomicInteger();
        final AtomicInteger attempts = new AtomicInteger();
        final AtomicInteger calls = new AtomicInteger();
        final AtomicInteger started = new AtomicInteger();
        final Semaphore answered = new Semaphore(0);

        @Override
        public CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos) {
            permits.incrementAndGet();
            AtomicBoolean over = new AtomicBoolean();
            return CompletableFuture.completedFuture(new Permit() {
                @Override
                public void release(Attempt attempt) {
                    back();
                }

                @Override
                public void cancel() {
                    back();
                }

                private void back() {
                    permits.decrementAndGet();
                    if (over.getAndSet(true)) {
                        twice.incrementAndGet();
                    }
                }
            });
        }

        @Override
        public long reserve(int permits, long maxWaitNanos) {
            return 0;
        }

        @Override
        public void callStarted(long callId, String service) {
            calls.incrementAndGet();
        }

        @Override
        public void callFinished(long callId, String service, int status, int attempts, long nanos, Throwable failure) {
            calls.decrementAndGet();
        }

        @Override
        public void attemptStarted(Attempt attempt) {
            attempts.incrementAndGet();
            started.incrementAndGet();
        }

        @Override
        public void attemptAnswered(Attempt attempt) {
            answered.release();
        }

        @Override
        public void attemptFinished(Attempt attempt) {
            attempts.decrementAndGet();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_storm_of_cancelled_calls_leaves_nothing_behind(long seed) throws Exception {
        Accounts accounts = new Accounts();
        FaultServer.Script dropping = connection -> {
            connection.read();
            connection.reset();
        };
        BalancedClient client = BalancedClient.builder()
                .service(Service.named("payments")
                        .targets(
                                server(FaultServer.ok("paid")).url(),
                                server(FaultServer.stallingBody()).url(),
                                server(FaultServer.answering(503, "busy")).url(),
                                server(dropping).url(),
                                FaultServer.refusing())
                        .ejection(io.fairlead.Ejection.none())
                        .admission(accounts)
                        .rateLimiter(accounts)
                        .listener(accounts)
                        .build())
                .build();
        Random random = new Random(seed);
        List<CompletableFuture<?>> futures = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            futures.add(disturb(client, random, accounts));
        }
        futures.forEach(future -> future.cancel(true));
        client.shutdownNow();
        assertThat(client.awaitTermination(Duration.ofSeconds(20))).isTrue();
        assertThat(accounts.started.get()).isGreaterThan(100);
        assertThat(accounts.permits).hasValue(0);
        assertThat(accounts.twice).hasValue(0);
        assertThat(accounts.attempts).hasValue(0);
        assertThat(accounts.calls).hasValue(0);
    }

    /* One call, and at some moment of its life one of the things that callers do to it. */
    private static CompletableFuture<?> disturb(BalancedClient client, Random random, Accounts accounts)
            throws InterruptedException {
        HttpRequest.Builder request = random.nextBoolean() ? get() : get().POST(BodyPublishers.ofString("x"));
        if (random.nextInt(4) == 0) {
            request.timeout(Duration.ofMillis(1 + random.nextInt(30)));
        }
        CompletableFuture<?> future;
        if (random.nextBoolean()) {
            future = client.sendAsync(request.build(), BodyHandlers.ofString());
        } else {
            CompletableFuture<HttpResponse<InputStream>> stream =
                    client.sendAsync(request.build(), BodyHandlers.ofInputStream());
            boolean closes = random.nextBoolean();
            future = stream.thenAccept(response -> {
                if (closes) {
                    closeQuietly(response.body());
                }
            });
        }
        switch (random.nextInt(4)) {
            case 0 -> future.cancel(true);
            case 1 -> {
                accounts.answered.acquire(); // some attempt has its headers: this one's are near
                future.cancel(true);
            }
            case 2 -> future.completeExceptionally(new IllegalStateException("the caller's own"));
            default -> {} // left alone
        }
        return future;
    }

    private static void closeQuietly(InputStream body) {
        try {
            body.close();
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void a_body_that_nobody_reads_and_no_deadline_ends_is_given_up_after_a_minute() throws Exception {
        ManualTime time = new ManualTime();
        AtomicInteger abandoned = new AtomicInteger();
        BalancedClient client = BalancedClient.builder()
                .environment(Environment.builder()
                        .nanoClock(time::nanoTime)
                        .scheduler(time)
                        .executor(Runnable::run)
                        .build())
                .service(Service.named("payments")
                        .targets(server(FaultServer.stallingBody()).url())
                        .listener(new Listener() {
                            @Override
                            public void bodyAbandoned(Attempt attempt) {
                                abandoned.incrementAndGet();
                            }
                        })
                        .build())
                .build();
        toClose.add(0, client);
        HttpResponse<InputStream> response = client.send(get().build(), BodyHandlers.ofInputStream());
        time.advance(Duration.ofSeconds(59));
        assertThat(BalancedClient.endpointOf(response).inFlight()).isEqualTo(1);
        time.advance(Duration.ofSeconds(3));
        assertThat(BalancedClient.endpointOf(response).inFlight()).isZero();
        assertThat(abandoned).hasValue(1);
        assertThatThrownBy(() -> response.body().readAllBytes())
                .isInstanceOf(IOException.class)
                .hasStackTraceContaining("abandoned");
    }

    @Test
    void connections_of_more_than_the_most_age_are_used_no_more() throws Exception {
        ManualTime time = new ManualTime();
        FaultServer server = server(FaultServer.ok("ok"));
        BalancedClient client = BalancedClient.builder()
                .environment(Environment.builder().nanoClock(time::nanoTime).build())
                .maxConnectionAge(Duration.ofMinutes(5))
                .service(Service.named("payments").targets(server.url()).build())
                .build();
        toClose.add(0, client);
        for (int minute = 0; minute < 20; minute += 2) {
            client.send(get().build(), BodyHandlers.ofString());
            time.advance(Duration.ofMinutes(2));
        }
        assertThat(server.requests()).hasSize(10);
        assertThat(server.connections()).isEqualTo(4); // renewed at 6, 12 and 18 minutes
    }

    /** A virtual IP: the first connection leads to a server that fails, the next ones to servers that are well. */
    @Test
    void the_only_endpoint_is_not_ejected_but_its_connections_are_left() throws Exception {
        AtomicInteger made = new AtomicInteger();
        FaultServer server = server(connection -> {
            boolean sick = made.incrementAndGet() == 1;
            while (connection.read() != null) {
                connection.send("HTTP/1.1 " + (sick ? "500 Sick" : "200 OK") + "\r\nContent-Length: 0\r\n\r\n");
            }
        });
        List<String> told = new CopyOnWriteArrayList<>();
        BalancedClient client = BalancedClient.builder()
                .service(Service.named("payments")
                        .targets(server.url())
                        .retryPolicy(Retries.none())
                        .listener(new Listener() {
                            @Override
                            public void connectionsLeft(String service, Target target, String reason) {
                                told.add(reason);
                            }
                        })
                        .build())
                .build();
        toClose.add(0, client);
        List<Integer> statuses = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            statuses.add(client.send(get().build(), BodyHandlers.discarding()).statusCode());
        }
        assertThat(statuses).containsExactly(500, 500, 500, 500, 500, 200, 200, 200);
        assertThat(made).hasValue(2);
        assertThat(told).containsExactly("5 failures in a row");
        assertThat(client.service("payments").endpoints().get(0).state()).isEqualTo(EndpointState.READY);
    }

    /** Where everything is down, new connections help nobody: they are not made with each failure. */
    @Test
    void connections_are_left_at_most_as_often_as_the_endpoint_would_be_ejected() throws Exception {
        ManualTime time = new ManualTime();
        FaultServer server = server(connection -> {
            while (connection.read() != null) {
                connection.send("HTTP/1.1 500 Sick\r\nContent-Length: 0\r\n\r\n");
            }
        });
        BalancedClient client = BalancedClient.builder()
                .environment(Environment.builder().nanoClock(time::nanoTime).build())
                .service(Service.named("payments")
                        .targets(server.url())
                        .retryPolicy(Retries.none())
                        .build())
                .build();
        toClose.add(0, client);
        for (int i = 0; i < 100; i++) {
            client.send(get().build(), BodyHandlers.discarding());
        }
        assertThat(server.connections()).isEqualTo(2);
        time.advance(Duration.ofSeconds(34));
        for (int i = 0; i < 100; i++) {
            client.send(get().build(), BodyHandlers.discarding());
        }
        assertThat(server.connections()).isEqualTo(3);
    }

    @Test
    void a_proxy_that_is_down_ejects_no_endpoint() throws Exception {
        int nobody = URI.create(FaultServer.refusing()).getPort();
        BalancedClient client = BalancedClient.builder()
                .proxy(ProxySelector.of(new InetSocketAddress("127.0.0.1", nobody)))
                .service(Service.named("payments")
                        .targets("http://10.9.9.1", "http://10.9.9.2", "http://10.9.9.3")
                        .ejection(Ejections.consecutiveFailures(1))
                        .build())
                .build();
        toClose.add(client);
        for (int i = 0; i < 5; i++) {
            assertThatThrownBy(() ->
                            client.send(get().POST(BodyPublishers.ofString("x")).build(), BodyHandlers.ofString()))
                    .isInstanceOfSatisfying(io.fairlead.CallException.class, failure -> {
                        assertThat(failure.delivery()).isEqualTo(Delivery.NOT_PROCESSED);
                        assertThat(failure.attempts()).hasSize(3);
                    });
        }
    }
}
