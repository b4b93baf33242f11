package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Balancer;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Ejection;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Listener;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Service;
import io.fairlead.Strategy;
import io.fairlead.Target;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Users' code that throws when an attempt ends: what is counted stays right, and nobody's call is changed by it. */
@Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ThrowingCodeTest {

    private final ManualTime time = new ManualTime();
    private int status = 200;

    /** Permits that are out, which is below 0 if one is given back twice. */
    private static final class Counting implements Admission, Admission.Permit {

        private int out;
        private int released;

        @Override
        public CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos) {
            out++;
            return CompletableFuture.completedFuture(this);
        }

        @Override
        public void release(Attempt attempt) {
            out--;
            released++;
        }

        @Override
        public void cancel() {
            out--;
        }
    }

    /** A limit of 1 that throws wherever it can once an attempt is on its way. */
    private static final class BadCap implements ConcurrencyLimit.Cap {

        private int asked;

        @Override
        public int limit() {
            asked++;
            if (asked > 1) {
                throw new NoClassDefFoundError("of the limit");
            }
            return 1;
        }

        @Override
        public void answered(Attempt attempt, int wanted) {
            throw new NoClassDefFoundError("of the limit");
        }

        @Override
        public void full(int inFlight) {
            throw new NoClassDefFoundError("of the limit");
        }

        @Override
        public void waitedFor(long nowNanos) {
            throw new NoClassDefFoundError("of the limit");
        }
    }

    private record BadStrategy(Environment env) implements Strategy {

        @Override
        public Load newLoad(Target target) {
            return new Load() {
                @Override
                public void started(Attempt attempt) {
                    throw new NoClassDefFoundError("of the load");
                }

                @Override
                public void answered(Attempt attempt) {
                    throw new NoClassDefFoundError("of the load");
                }

                @Override
                public void finished(Attempt attempt) {
                    throw new NoClassDefFoundError("of the load");
                }
            };
        }

        @Override
        public Picker picker(EndpointSet endpoints) {
            return attempt -> endpoints.size() == 0 ? null : endpoints.get(0);
        }
    }

    private static final class BadJudge implements Ejection.Judge {

        @Override
        public long judge(Attempt attempt) {
            if (attempt.status() == 500) {
                return Duration.ofSeconds(1).toNanos();
            }
            throw new NoClassDefFoundError("of the judge");
        }

        @Override
        public void ejected() {
            throw new NoClassDefFoundError("of the judge");
        }

        @Override
        public void returned() {
            throw new NoClassDefFoundError("of the judge");
        }

        @Override
        public long failedTrial(Attempt attempt, long lastNanos) {
            throw new NoClassDefFoundError("of the judge");
        }

        @Override
        public String reason() {
            throw new NoClassDefFoundError("of the judge");
        }
    }

    private static final class BadListener implements Listener {

        @Override
        public void attemptStarted(Attempt attempt) {
            throw new NoClassDefFoundError("of the listener");
        }

        @Override
        public void attemptAnswered(Attempt attempt) {
            throw new NoClassDefFoundError("of the listener");
        }

        @Override
        public void attemptFinished(Attempt attempt) {
            throw new NoClassDefFoundError("of the listener");
        }
    }

    private static Arguments bad(String what, Function<Service.Builder, Service.Builder> user) {
        return Arguments.of(what, user);
    }

    static Stream<Arguments> users() {
        ConcurrencyLimit limit = env -> new BadCap();
        Balancer balancer = BadStrategy::new;
        Ejection ejection = (target, env) -> new BadJudge();
        return Stream.of(
                bad("limit", service -> service.endpointLimit(limit)),
                bad("load", service -> service.balancer(balancer)),
                bad("judge", service -> service.ejection(ejection)),
                bad("listener", service -> service.listener(new BadListener())));
    }

    private static Service.Builder payments(int servers, Admission admission) {
        String[] urls = new String[servers];
        for (int i = 0; i < servers; i++) {
            urls[i] = "http://10.0.0." + (i + 1) + ":80";
        }
        return Service.named("payments")
                .targets(urls)
                .balancer(InOrder::new)
                .retryPolicy(Retries.none())
                .endpointLimit(env -> () -> 1)
                .admission(admission);
    }

    private BalancedClient client(Service.Builder service) {
        LateTransport transport = new LateTransport(
                time,
                request -> Duration.ofMillis(10),
                request -> StubTransport.Answer.of(request.uri().getHost().equals("10.0.0.1") ? status : 200));
        return BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(service.build())
                .build();
    }

    private static CompletableFuture<HttpResponse<String>> call(BalancedClient client) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/charge"))
                .header("Idempotency-Key", "k")
                .POST(BodyPublishers.ofString("x"))
                .build();
        return client.sendAsync(request, BodyHandlers.ofString());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("users")
    void all_that_is_counted_comes_back_and_those_who_wait_are_served(
            String what, Function<Service.Builder, Service.Builder> user) {
        Counting permits = new Counting();
        BalancedClient client = client(user.apply(payments(1, permits)));
        List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            calls.add(call(client));
        }
        time.advance(Duration.ofMillis(60)); // one after the other
        assertThat(calls).allSatisfy(call -> {
            assertThat(call).isCompleted();
            assertThat(call.join().statusCode()).isEqualTo(200);
        });
        assertThat(permits.out).isZero();
        assertThat(permits.released).isEqualTo(4);
        assertThat(client.service("payments").endpoints()).allMatch(endpoint -> endpoint.inFlight() == 0);
        client.shutdownNow();
    }

    @Test
    void an_endpoint_whose_judge_throws_on_its_failed_trial_is_out_for_twice_the_time_and_tried_again() {
        Counting permits = new Counting();
        Ejection ejection = (target, env) -> new BadJudge();
        BalancedClient client = client(payments(2, permits).ejection(ejection));
        status = 500;
        call(client);
        time.advance(Duration.ofMillis(20));
        assertThat(client.service("payments").endpoints().get(0).state()).isEqualTo(EndpointState.EJECTED);
        time.advance(Duration.ofSeconds(1));
        assertThat(client.service("payments").endpoints().get(0).state()).isEqualTo(EndpointState.TRIAL);
        CompletableFuture<HttpResponse<String>> trial = call(client);
        time.advance(Duration.ofMillis(20));
        assertThat(trial.join().statusCode()).isEqualTo(500);
        assertThat(client.service("payments").endpoints().get(0).state()).isEqualTo(EndpointState.EJECTED);
        status = 200;
        time.advance(Duration.ofSeconds(2));
        assertThat(client.service("payments").endpoints().get(0).state()).isEqualTo(EndpointState.TRIAL);
        call(client);
        time.advance(Duration.ofMillis(20));
        assertThat(client.service("payments").endpoints().get(0).state()).isEqualTo(EndpointState.READY);
        assertThat(permits.out).isZero();
        client.shutdownNow();
    }

    @Test
    void a_permit_that_throws_when_it_is_given_back_holds_up_nobody() {
        Admission admission = (attempt, maxWait) -> CompletableFuture.completedFuture(new Admission.Permit() {
            @Override
            public void release(Attempt ended) {
                throw new NoClassDefFoundError("of the permit");
            }

            @Override
            public void cancel() {
                throw new NoClassDefFoundError("of the permit");
            }
        });
        BalancedClient client = client(payments(1, admission));
        List<CompletableFuture<HttpResponse<String>>> calls = List.of(call(client), call(client), call(client));
        calls.get(1).cancel(true); // in the line, with a permit
        time.advance(Duration.ofMillis(60));
        assertThat(calls.get(0).join().statusCode()).isEqualTo(200);
        assertThat(calls.get(2).join().statusCode()).isEqualTo(200);
        assertThat(client.service("payments").endpoints()).allMatch(endpoint -> endpoint.inFlight() == 0);
        client.shutdownNow();
    }

    /** Machines that are out of threads say so with an Error, from wherever a task is handed over. */
    @Test
    void an_executor_that_throws_costs_no_place_and_no_turn() {
        boolean[] broken = {false};
        Environment plain = time.environment(5);
        Environment env = Environment.builder()
                .nanoClock(plain::nanoTime)
                .instants(plain.instants())
                .random(plain.random())
                .scheduler(time)
                .executor(task -> {
                    if (broken[0]) {
                        throw new OutOfMemoryError("unable to create native thread");
                    }
                    task.run();
                })
                .build();
        Counting permits = new Counting();
        LateTransport transport =
                new LateTransport(time, request -> Duration.ofMillis(10), request -> StubTransport.Answer.of(200));
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(env)
                .service(payments(1, permits).build())
                .build();
        List<CompletableFuture<HttpResponse<String>>> calls = List.of(call(client), call(client), call(client));
        broken[0] = true;
        time.advance(Duration.ofMillis(60));
        assertThat(calls).allMatch(CompletableFuture::isDone);
        assertThat(calls.get(2).join().statusCode()).isEqualTo(200);
        assertThat(permits.out).isZero();
        client.shutdownNow();
    }

    /** What runs with a lock held would stop here, since another thread wants the same lock. */
    @Test
    void neither_listeners_nor_those_who_waited_run_with_an_attempts_or_a_clusters_lock_held() {
        List<String> told = new ArrayList<>();
        Map<String, BalancedClient> clients = new java.util.HashMap<>();
        Listener looks = new Listener() {
            @Override
            public void attemptAnswered(Attempt attempt) {
                look("answered", attempt);
            }

            @Override
            public void attemptFinished(Attempt attempt) {
                look("finished", attempt);
            }

            private void look(String when, Attempt attempt) {
                BalancedClient client = clients.get("mine");
                Thread other = new Thread(() -> {
                    client.service("payments").endpoints();
                    ((LiveAttempt) attempt).isAnswered();
                    ((LiveAttempt) attempt).finished(time.nanoTime(), null);
                });
                other.start();
                try {
                    other.join(5_000);
                } catch (InterruptedException e) {
                    throw new AssertionError(e);
                }
                told.add(when + (other.isAlive() ? " with a lock" : ""));
            }
        };
        Counting permits = new Counting();
        BalancedClient client = client(payments(1, permits).listener(looks));
        clients.put("mine", client);
        CompletableFuture<HttpResponse<String>> call = call(client);
        time.advance(Duration.ofMillis(20));
        assertThat(told).containsExactly("answered", "finished");
        assertThat(call.join().statusCode()).isEqualTo(200);
        assertThat(permits.released).isEqualTo(1);
        client.shutdownNow();
    }

    /** The timer that ends an ejection finds callers in line, and a pool that takes nobody: they go on at once, and on no lock. */
    @Test
    void whoever_waited_goes_on_without_the_clusters_lock_where_the_executor_refuses() {
        boolean[] full = {false};
        List<Boolean> locked = new ArrayList<>();
        Environment plain = time.environment(5);
        Environment env = Environment.builder()
                .nanoClock(plain::nanoTime)
                .instants(plain.instants())
                .random(plain.random())
                .scheduler(time)
                .executor(task -> {
                    if (full[0]) {
                        throw new RejectedExecutionException("full");
                    }
                    task.run();
                })
                .build();
        Map<String, BalancedClient> clients = new java.util.HashMap<>();
        Counting permits = new Counting();
        LateTransport transport =
                new LateTransport(time, request -> Duration.ofSeconds(4), request -> StubTransport.Answer.of(200));
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(env)
                .service(payments(2, permits)
                        .signer(request -> {
                            BalancedClient mine = clients.get("mine");
                            locked.add(isLocked(mine));
                            return request;
                        })
                        .build())
                .build();
        clients.put("mine", client);
        client.service("payments").drain("http://10.0.0.2:80");
        time.advance(Duration.ofMillis(20));
        call(client);
        CompletableFuture<HttpResponse<String>> waited = call(client);
        full[0] = true;
        client.service("payments").restore("http://10.0.0.2:80");
        time.advance(Duration.ofMillis(20));
        assertThat(locked).containsExactly(false, false);
        time.advance(Duration.ofSeconds(5));
        assertThat(waited.join().statusCode()).isEqualTo(200);
        client.shutdownNow();
    }

    private static boolean isLocked(BalancedClient client) {
        Thread other = new Thread(() -> client.service("payments").endpoints());
        other.start();
        try {
            other.join(2_000);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return other.isAlive();
    }
}
