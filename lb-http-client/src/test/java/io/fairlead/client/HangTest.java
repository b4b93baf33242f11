package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.CallException;
import io.fairlead.CallFailure;
import io.fairlead.Environment;
import io.fairlead.Listener;
import io.fairlead.Service;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Calls that would never end, and what they would keep. Each test is named after a fault that must not come back. */
@Timeout(20)
class HangTest {

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

    /* Not closed: close() of a client that has lost a call waits for ever, which is part of the finding. */
    private static BalancedClient client(Service.Builder service) {
        return BalancedClient.builder().service(service.build()).build();
    }

    private static HttpRequest.Builder get() {
        return HttpRequest.newBuilder(URI.create("http://payments/"));
    }

    private static HttpRequest.Builder charge() {
        return get().POST(BodyPublishers.ofString("pay"));
    }

    private static Throwable inTime(Mode mode, BalancedClient client, HttpRequest request, long millis)
            throws Exception {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        Thread caller = new Thread(
                () -> failure.complete(catchThrowable(() -> mode.send(client, request, BodyHandlers.ofString()))));
        caller.setDaemon(true);
        caller.start();
        return failure.get(millis, TimeUnit.MILLISECONDS);
    }

    private static boolean terminates(BalancedClient client) throws InterruptedException {
        client.shutdownNow();
        return client.awaitTermination(Duration.ofSeconds(2));
    }

    @ParameterizedTest
    @EnumSource
    void an_attempt_timeout_does_not_end_an_attempt_on_which_the_jdk_hangs(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.negativeLength());
        BalancedClient client = client(Service.named("payments")
                .targets(a.url())
                .attemptTimeout(Duration.ofMillis(200))
                .abandonBodiesAfter(Duration.ofMillis(200)));
        assertThat(inTime(mode, client, charge().build(), 15_000)).isInstanceOf(CallFailure.class);
    }

    @Test
    void an_executor_that_refuses_loses_the_call() throws Exception {
        ManualTime time = new ManualTime();
        StubTransport transport = new StubTransport(r -> StubTransport.Answer.of(503, "Retry-After", "1"));
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(Environment.builder()
                        .nanoClock(time::nanoTime)
                        .instants(time::date)
                        .scheduler(time)
                        .executor(task -> {
                            throw new RejectedExecutionException("full");
                        })
                        .build())
                .service(Service.named("payments").targets("http://10.0.0.1").build())
                .build();
        CompletableFuture<HttpResponse<String>> future = client.sendAsync(get().build(), BodyHandlers.ofString());
        time.advance(Duration.ofSeconds(10));
        assertThat(future).isDone();
    }

    @ParameterizedTest
    @EnumSource
    void an_error_of_a_signer_loses_the_call_and_close_waits_for_ever(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.answering(503, "busy"));
        AtomicInteger signed = new AtomicInteger();
        BalancedClient client = client(
                Service.named("payments").targets(a.url(), a.url() + "/second").signer(request -> {
                    if (signed.incrementAndGet() > 1) {
                        throw new NoClassDefFoundError("org/bouncycastle/Provider");
                    }
                    return request;
                }));
        Throwable failure = inTime(mode, client, get().build(), 4000);
        assertThat(failure).isInstanceOf(CallException.class);
        assertThat(terminates(client)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void an_async_signer_that_returns_null_loses_the_call_and_close_waits_for_ever(Mode mode) throws Exception {
        BalancedClient client =
                client(Service.named("payments").targets("http://10.0.0.1").asyncSigner(request -> null));
        Throwable failure = inTime(mode, client, get().build(), 4000);
        assertThat(terminates(client)).as("close() ends").isTrue();
        assertThat(failure).isInstanceOf(CallException.class);
    }

    @ParameterizedTest
    @EnumSource
    void an_error_of_a_listener_at_the_end_of_an_attempt_hangs_the_call(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.ok("paid"));
        BalancedClient client =
                client(Service.named("payments").targets(a.url()).listener(new Listener() {
                    @Override
                    public void attemptFinished(Attempt attempt) {
                        throw new NoClassDefFoundError("io/micrometer/Timer");
                    }
                }));
        assertThat(inTime(mode, client, charge().build(), 3000))
                .as("the payment was made")
                .isNull();
        assertThat(terminates(client)).isTrue();
    }

    @ParameterizedTest
    @EnumSource
    void an_error_of_a_classifier_is_not_told_as_a_failed_call(Mode mode) throws Exception {
        FaultServer a = server(FaultServer.ok("paid"));
        BalancedClient client =
                client(Service.named("payments").targets(a.url()).classifier((attempt, standard) -> {
                    throw new NoClassDefFoundError("com/partner/Codes");
                }));
        Throwable failure = inTime(mode, client, charge().build(), 3000);
        assertThat(terminates(client)).as("close() ends").isTrue();
        assertThat(failure).isInstanceOf(CallException.class);
    }

    /** A continuation of a call that waited in vain runs on the one timer thread of the process, and with the interrupt flag set. */
    @Test
    void a_continuation_of_a_call_that_waited_in_vain_runs_interrupted_on_the_timer_thread() throws Exception {
        BalancedClient waits =
                client(Service.named("payments").maxWait(Duration.ofMillis(50)).discovery((env, sink) -> () -> {}));
        String where = waits.sendAsync(get().build(), BodyHandlers.ofString())
                .handle((response, why) -> Thread.currentThread().getName().replaceAll("-\\d+", "")
                        + (Thread.currentThread().isInterrupted() ? ", interrupted" : ""))
                .get(5, TimeUnit.SECONDS);
        assertThat(where).isNotEqualTo("fairlead-timer, interrupted").doesNotContain("interrupted");
    }

    /** The effect: who blocks there (a slow database) stops every deadline of every client in the process. */
    @Test
    void while_a_continuation_blocks_the_timer_no_deadline_ends_a_body() throws Exception {
        FaultServer silent = server(FaultServer.stallingBody());
        BalancedClient waits =
                client(Service.named("payments").maxWait(Duration.ofMillis(50)).discovery((env, sink) -> () -> {}));
        BalancedClient other = client(Service.named("payments").targets(silent.url()));
        CountDownLatch blocked = new CountDownLatch(1);
        Semaphore release = new Semaphore(0);
        CompletableFuture<?> ended = waits.sendAsync(get().build(), BodyHandlers.ofString())
                .handle((response, why) -> {
                    blocked.countDown();
                    release.acquireUninterruptibly();
                    return null;
                });
        try {
            blocked.await();
            assertThat(inTime(
                            Mode.SYNC,
                            other,
                            charge().timeout(Duration.ofMillis(300)).build(),
                            3000))
                    .isInstanceOf(CallFailure.class);
        } finally {
            release.release();
            ended.join();
        }
    }

    @Test
    void send_async_blocks_its_caller_while_it_reads_a_stream_ahead() throws Exception {
        FaultServer a = server(FaultServer.ok("paid"));
        BalancedClient client = client(Service.named("payments").targets(a.url()));
        try (PipedOutputStream never = new PipedOutputStream();
                InputStream in = new PipedInputStream(never)) {
            CompletableFuture<CompletableFuture<?>> returned = new CompletableFuture<>();
            Thread caller = new Thread(() -> returned.complete(client.sendAsync(
                    get().timeout(Duration.ofMillis(300))
                            .POST(BodyPublishers.ofInputStream(() -> in))
                            .build(),
                    BodyHandlers.ofString())));
            caller.setDaemon(true);
            caller.start();
            returned.get(3, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_body_that_fails_while_it_is_read_ahead_is_told_as_no_endpoint_without_its_cause(Mode mode) throws Exception {
        BalancedClient client = client(Service.named("payments").targets("http://10.0.0.1"));
        HttpRequest request = get().POST(BodyPublishers.fromPublisher(
                        subscriber -> subscriber.onSubscribe(new java.util.concurrent.Flow.Subscription() {
                            @Override
                            public void request(long n) {
                                subscriber.onError(new IOException("disk gone"));
                            }

                            @Override
                            public void cancel() {}
                        })))
                .build();
        Throwable failure = inTime(mode, client, request, 3000);
        Throwable told = Failures.unwrap(failure);
        assertThat(told).isNotInstanceOf(io.fairlead.NoEndpointException.class).hasStackTraceContaining("disk gone");
    }

    /** The source is left subscribed for ever: its file or connection stays open. */
    @Test
    void a_body_that_is_read_ahead_is_not_cancelled_with_its_call() {
        ManualTime time = new ManualTime();
        AtomicInteger cancelled = new AtomicInteger();
        BalancedClient client = BalancedClient.builder()
                .transport(new StubTransport(r -> StubTransport.Answer.of(200)))
                .environment(time.environment(1))
                .service(Service.named("payments").targets("http://10.0.0.1").build())
                .build();
        HttpRequest request = get().POST(BodyPublishers.fromPublisher(
                        subscriber -> subscriber.onSubscribe(new java.util.concurrent.Flow.Subscription() {
                            @Override
                            public void request(long n) {}

                            @Override
                            public void cancel() {
                                cancelled.incrementAndGet();
                            }
                        })))
                .build();
        client.sendAsync(request, BodyHandlers.ofString()).cancel(true);
        assertThat(cancelled).hasValue(1);
    }

    /** A concurrency limit loses a permit each time, until it has none. */
    @Test
    void a_permit_that_comes_after_the_wait_is_over_is_never_given_back() {
        ManualTime time = new ManualTime();
        List<CompletableFuture<Admission.Permit>> queue = new ArrayList<>();
        AtomicInteger cancelled = new AtomicInteger();
        BalancedClient client = BalancedClient.builder()
                .transport(new StubTransport(r -> StubTransport.Answer.of(200)))
                .environment(time.environment(1))
                .service(Service.named("payments")
                        .targets("http://10.0.0.1")
                        .maxWait(Duration.ofSeconds(1))
                        .admission((attempt, most) -> {
                            CompletableFuture<Admission.Permit> mine = new CompletableFuture<>();
                            queue.add(mine);
                            return mine;
                        })
                        .build())
                .build();
        CompletableFuture<?> call = client.sendAsync(charge().build(), BodyHandlers.ofString());
        time.advance(Duration.ofSeconds(2));
        assertThat(call).isCompletedExceptionally();
        queue.get(0).complete(new Admission.Permit() {
            @Override
            public void release(Attempt attempt) {}

            @Override
            public void cancel() {
                cancelled.incrementAndGet();
            }
        });
        assertThat(cancelled).hasValue(1);
    }

    @Test
    void permits_reserved_for_a_retry_are_lost_when_the_call_is_cancelled_before_it() {
        ManualTime time = new ManualTime();
        AtomicInteger out = new AtomicInteger();
        List<HttpResponse.BodyHandler<Object>> handlers = new ArrayList<>();
        List<CompletableFuture<HttpResponse<Object>>> sent = new ArrayList<>();
        BalancedClient client = BalancedClient.builder()
                .transport(new HeldTransport(handlers, sent))
                .environment(time.environment(1))
                .service(Service.named("payments")
                        .targets("http://10.0.0.1", "http://10.0.0.2")
                        .rateLimiter(new io.fairlead.RateLimiter() {
                            @Override
                            public long reserve(int permits, long most) {
                                out.addAndGet(permits);
                                return 0;
                            }

                            @Override
                            public void refund(int permits) {
                                out.addAndGet(-permits);
                            }
                        })
                        .build())
                .build();
        CompletableFuture<?> call = client.sendAsync(get().build(), BodyHandlers.ofString());
        handlers.get(0).apply(HeldTransport.info(503)); // judged: another attempt will follow, its permit is reserved
        call.cancel(true);
        assertThat(sent).hasSize(1);
        assertThat(out).as("one attempt was sent").hasValue(1);
    }

    @Test
    void calls_that_waited_for_targets_in_vain_are_kept_for_ever() {
        ManualTime time = new ManualTime();
        ServiceRuntime runtime = new ServiceRuntime(
                Service.named("payments").discovery((env, sink) -> () -> {}).build(), time.environment(1));
        OpenCalls open = new OpenCalls(runtime.env);
        Transports none = Transports.wrapped(new StubTransport(r -> StubTransport.Answer.of(200)), runtime.env);
        for (int i = 0; i < 100; i++) {
            assertThat(AsyncDriver.send(
                            new Exchange<>(
                                    new Call(runtime, i, get().build()), none, BodyHandlers.ofString(), open, null),
                            null,
                            open))
                    .isNotDone();
        }
        time.advance(Duration.ofSeconds(6));
        assertThat(runtime.cluster.waiting()).isZero();
    }

    /** The hedge dies of an error before it is sent; the primary then fails, and the call waits for the hedge for ever. */
    @Test
    void an_error_in_a_hedge_hangs_the_call() {
        ManualTime time = new ManualTime();
        Duration[] latency = {Duration.ofMillis(10)};
        boolean[] broken = {false};
        AtomicInteger signed = new AtomicInteger();
        LateTransport transport = new LateTransport(
                time,
                r -> latency[0],
                r -> broken[0] ? StubTransport.Answer.failing(new IOException("reset")) : StubTransport.Answer.of(200));
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(7))
                .service(Service.named("payments")
                        .targets("http://10.0.0.1", "http://10.0.0.2")
                        .retryPolicy(Retries.none())
                        .hedging(io.fairlead.Hedging.standard())
                        .signer(request -> {
                            if (broken[0] && signed.incrementAndGet() > 1) {
                                throw new NoClassDefFoundError("com/hsm/Session");
                            }
                            return request;
                        })
                        .build())
                .build();
        for (int i = 0; i < 120; i++) {
            assertThat(client.sendAsync(get().build(), BodyHandlers.ofString())).isNotNull();
            time.advance(Duration.ofMillis(20));
        }
        latency[0] = Duration.ofSeconds(2);
        broken[0] = true;
        CompletableFuture<?> call = client.sendAsync(get().build(), BodyHandlers.ofString());
        time.advance(Duration.ofMinutes(5));
        assertThat(signed).as("a hedge was launched").hasValue(2);
        assertThat(call).isDone();
    }

    @Test
    void a_web_socket_that_is_refused_by_the_jdks_builder_stays_in_flight() throws Exception {
        FaultServer a = server(FaultServer.ok("no"));
        AtomicInteger open = new AtomicInteger();
        BalancedClient client =
                client(Service.named("payments").targets(a.url()).listener(new Listener() {
                    @Override
                    public void attemptStarted(Attempt attempt) {
                        open.incrementAndGet();
                    }

                    @Override
                    public void attemptFinished(Attempt attempt) {
                        open.decrementAndGet();
                    }
                }));
        CompletableFuture<WebSocket> socket = client.newWebSocketBuilder()
                .subprotocols(null)
                .buildAsync(URI.create("ws://payments/feed"), new WebSocket.Listener() {});
        assertThat(catchThrowable(() -> socket.get(3, TimeUnit.SECONDS))).isNotNull();
        assertThat(open).hasValue(0);
    }

    @Test
    void a_web_socket_waits_for_targets_for_ever() {
        ManualTime time = new ManualTime();
        BalancedClient client = BalancedClient.builder()
                .environment(time.environment(1))
                .service(Service.named("payments")
                        .discovery((env, sink) -> () -> {})
                        .build())
                .build();
        CompletableFuture<WebSocket> socket = client.newWebSocketBuilder()
                .connectTimeout(Duration.ofSeconds(1))
                .buildAsync(URI.create("ws://payments/feed"), new WebSocket.Listener() {});
        time.advance(Duration.ofHours(1));
        assertThat(socket).isDone();
    }

    @Test
    void a_closed_client_still_opens_web_sockets() throws Exception {
        FaultServer a = server(FaultServer.ok("no"));
        BalancedClient client = client(Service.named("payments").targets(a.url()));
        client.close();
        assertThat(catchThrowable(() -> client.newWebSocketBuilder()
                        .buildAsync(URI.create("ws://payments/feed"), new WebSocket.Listener() {})
                        .get(3, TimeUnit.SECONDS)))
                .isNotNull();
        assertThat(a.connections()).isZero();
    }
}
