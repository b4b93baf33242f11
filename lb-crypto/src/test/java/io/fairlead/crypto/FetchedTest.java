package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import org.junit.jupiter.api.Test;

/** One value, fetched by one, used by all. */
class FetchedTest {

    private static final Duration LIFE = Duration.ofSeconds(100);
    private static final Duration USABLE = Duration.ofSeconds(90);

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(7);
    private final List<CompletableFuture<String>> asked = new ArrayList<>();
    private final Fetched<String> fetched = fetched(env);

    private Fetched<String> fetched(Environment in) {
        return new Fetched<>("the value", Duration.ofSeconds(10).toNanos(), in, (from, wire) -> {
            CompletableFuture<String> one = new CompletableFuture<>();
            synchronized (asked) {
                asked.add(one);
            }
            return one.thenApply(value -> Lease.of(value, from, LIFE.toNanos(), USABLE.toNanos(), in));
        });
    }

    private void has(String value) {
        CompletableFuture<String> first = fetched.get();
        asked.get(asked.size() - 1).complete(value);
        assertThat(first).isCompletedWithValue(value);
    }

    @Test
    void a_thousand_callers_without_a_value_wait_for_one_fetch() throws Exception {
        List<CompletableFuture<String>> callers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        CountDownLatch go = new CountDownLatch(1);
        for (int i = 0; i < 1000; i++) {
            Thread thread = new Thread(() -> {
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                CompletableFuture<String> mine = fetched.get();
                synchronized (callers) {
                    callers.add(mine);
                }
            });
            thread.start();
            threads.add(thread);
        }
        go.countDown();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(asked).hasSize(1);
        asked.get(0).complete("v");
        assertThat(callers).hasSize(1000).allSatisfy(c -> assertThat(c).isCompletedWithValue("v"));
    }

    @Test
    void nobody_waits_while_the_value_is_usable_and_one_refreshes_it_ahead() {
        has("old");
        time.advance(Duration.ofSeconds(69));
        assertThat(fetched.usable()).isEqualTo("old");
        assertThat(asked).hasSize(1);
        time.advance(Duration.ofSeconds(11));
        for (int i = 0; i < 1000; i++) {
            assertThat(fetched.get()).isCompletedWithValue("old");
        }
        assertThat(asked).hasSize(2);
        asked.get(1).complete("new");
        assertThat(fetched.usable()).isEqualTo("new");
    }

    @Test
    void processes_that_began_together_do_not_refresh_together() {
        List<Long> begun = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            Lease<String> lease = Lease.of("v", 0, 1000, 900, env);
            assertThat(lease.refreshAt()).isBetween(700L, 800L);
            begun.add(lease.refreshAt());
        }
        assertThat(begun.stream().distinct().count()).isGreaterThan(25);
    }

    @Test
    void after_its_end_a_value_is_used_by_nobody() {
        has("old");
        time.advance(USABLE);
        CompletableFuture<String> waiting = fetched.get();
        assertThat(waiting).isNotDone();
        assertThat(asked).hasSize(2);
        asked.get(1).complete("new");
        assertThat(waiting).isCompletedWithValue("new");
    }

    @Test
    void a_cancelled_caller_leaves_the_fetch_and_the_others_alone() {
        CompletableFuture<String> cancelled = fetched.get();
        CompletableFuture<String> other = fetched.get();
        cancelled.cancel(true);
        asked.get(0).complete("v");
        assertThat(other).isCompletedWithValue("v");
        assertThat(fetched.usable()).isEqualTo("v");
    }

    @Test
    void a_failed_refresh_is_tried_again_ever_later_while_the_old_value_serves() {
        has("old");
        time.advance(Duration.ofSeconds(80));
        List<Long> pauses = new ArrayList<>();
        long last = time.nanoTime();
        for (int i = 0; asked.size() < 6; i++) {
            assertThat(fetched.get()).isCompletedWithValue("old");
            CompletableFuture<String> newest = asked.get(asked.size() - 1);
            if (!newest.isDone()) {
                pauses.add(time.nanoTime() - last);
                last = time.nanoTime();
                newest.completeExceptionally(new IOException("down"));
            }
            time.advance(Duration.ofMillis(1));
            assertThat(i).isLessThan(10_000);
        }
        for (int i = 1; i < pauses.size(); i++) {
            long grown = 100_000_000L << (i - 1);
            assertThat(pauses.get(i)).isBetween(grown / 2, grown + 1_000_000);
        }
        assertThat(pauses).hasSizeGreaterThanOrEqualTo(4);
    }

    @Test
    void without_a_value_those_who_come_during_the_pause_fail_at_once_with_the_reason() {
        CompletableFuture<String> first = fetched.get();
        asked.get(0).completeExceptionally(new IOException("connection refused"));
        assertThatThrownBy(first::join).hasRootCauseMessage("connection refused");
        assertThatThrownBy(() -> fetched.get().join())
                .hasMessageContaining("the value is not to be had, the next try is in")
                .hasMessageContaining("connection refused");
        assertThat(asked).hasSize(1);
        time.advance(Duration.ofMillis(101));
        assertThat(fetched.get()).isNotDone();
        assertThat(asked).hasSize(2);
    }

    @Test
    void a_server_that_wants_to_be_left_alone_is_for_a_minute_at_most() {
        for (long asks : new long[] {20, 86_400}) {
            Fetched<String> one = fetched(env);
            CompletableFuture<String> waiting = one.get();
            asked.get(asked.size() - 1)
                    .completeExceptionally(
                            new FetchFailure("busy", Duration.ofSeconds(asks).toNanos()));
            assertThat(waiting).isCompletedExceptionally();
            int before = asked.size();
            time.advance(Duration.ofSeconds(Math.min(asks, 60)).minusMillis(1));
            assertThat(one.get()).isCompletedExceptionally();
            assertThat(asked).hasSize(before);
            time.advance(Duration.ofMillis(1));
            assertThat(one.get()).isNotDone();
        }
    }

    @Test
    void a_fetch_that_takes_too_long_is_given_up_and_what_comes_late_is_ignored() {
        CompletableFuture<String> waiting = fetched.get();
        time.advance(Duration.ofSeconds(10));
        assertThatThrownBy(waiting::join).hasMessageContaining("the value was not there within 10000 ms");
        asked.get(0).complete("late");
        assertThat(fetched.latest()).isNull();
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void a_fetch_in_time_leaves_no_timer() {
        has("v");
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void only_the_value_that_was_rejected_is_dropped() {
        has("old");
        String old = fetched.usable();
        assertThat(fetched.drop(new String("old"))).isFalse();
        assertThat(fetched.drop(old)).isTrue();
        assertThat(fetched.drop(old)).isFalse();
        has("new");
        assertThat(fetched.drop(old)).isFalse();
        assertThat(fetched.usable()).isEqualTo("new");
    }

    @Test
    void who_wants_a_newer_value_gets_the_one_that_came_meanwhile() {
        has("old");
        String old = fetched.usable();
        CompletableFuture<String> one = fetched.newer(old);
        CompletableFuture<String> two = fetched.newer(old);
        assertThat(asked).hasSize(2);
        assertThat(fetched.get()).isCompletedWithValue("old");
        asked.get(1).complete("new");
        assertThat(one).isCompletedWithValue("new");
        assertThat(two).isCompletedWithValue("new");
        assertThat(fetched.newer(old)).isCompletedWithValue("new");
        assertThat(asked).hasSize(2);
    }

    @Test
    void a_source_that_throws_fails_the_fetch() {
        Fetched<String> broken = new Fetched<>("the value", 1000, env, (from, wire) -> {
            throw new IllegalStateException("no settings");
        });
        assertThatThrownBy(() -> broken.get().join()).hasRootCauseMessage("no settings");
    }

    @Test
    void an_executor_that_refuses_fails_the_fetch() {
        Environment full = Environment.builder()
                .nanoClock(time::nanoTime)
                .scheduler(time)
                .executor(task -> {
                    throw new RejectedExecutionException("full");
                })
                .build();
        assertThatThrownBy(() -> fetched(full).get().join()).hasRootCauseMessage("full");
    }

    @Test
    void a_scheduler_that_takes_nothing_more_leaves_nobody_waiting() {
        ScheduledThreadPoolExecutor closed = new ScheduledThreadPoolExecutor(1);
        closed.shutdown();
        Fetched<String> its = fetched(Environment.builder()
                .nanoClock(time::nanoTime)
                .scheduler(closed)
                .executor(task -> {
                    try {
                        task.run();
                    } catch (RejectedExecutionException e) {
                        throw new AssertionError("a thread of the executor would have died of it", e);
                    }
                })
                .build());
        assertThat(its.get()).isCompletedExceptionally();
    }

    /** A machine that is out of threads, or a class that is missing: each an Error, and over some time later. */
    @Test
    void an_error_fails_a_fetch_and_not_all_that_follow() {
        List<String> bad = new ArrayList<>(List.of("executor", "source", "scheduler"));
        ScheduledExecutorService scheduler = (ScheduledExecutorService) Proxy.newProxyInstance(
                getClass().getClassLoader(), new Class<?>[] {ScheduledExecutorService.class}, (proxy, method, args) -> {
                    fail(bad, method.getName().equals("schedule") ? "scheduler" : "");
                    return method.invoke(time, args);
                });
        Environment in = Environment.builder()
                .nanoClock(time::nanoTime)
                .scheduler(scheduler)
                .executor(task -> {
                    fail(bad, "executor");
                    task.run();
                })
                .build();
        Fetched<String> its = new Fetched<>("the value", Duration.ofSeconds(10).toNanos(), in, (from, wire) -> {
            fail(bad, "source");
            return CompletableFuture.completedFuture(Lease.of("v", from, LIFE.toNanos(), USABLE.toNanos(), in));
        });
        for (String what : List.of("executor", "source", "scheduler")) {
            assertThatThrownBy(() -> its.get().join()).hasRootCauseMessage(what);
            time.advance(Duration.ofMinutes(1));
        }
        assertThat(its.get()).isCompletedWithValue("v");
    }

    @Test
    void a_fetch_that_takes_too_long_is_given_up_where_no_thread_is_to_be_had() {
        List<String> bad = new ArrayList<>();
        Fetched<String> its = fetched(Environment.builder()
                .nanoClock(time::nanoTime)
                .scheduler(time)
                .executor(task -> {
                    fail(bad, "executor");
                    task.run();
                })
                .build());
        CompletableFuture<String> waiting = its.get();
        bad.add("executor");
        time.advance(Duration.ofSeconds(10));
        assertThat(waiting).isCompletedExceptionally();
    }

    private static void fail(List<String> bad, String what) {
        if (bad.remove(what)) {
            throw new OutOfMemoryError(what);
        }
    }
}
