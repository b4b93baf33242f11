package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Admission.Permit;
import io.fairlead.Environment;
import io.fairlead.health.Admissions.Bulkhead;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What holds for a bulkhead whatever happens, in whatever order. */
class BulkheadPropertyTest {

    /** One who waits, as a model keeps it. */
    private record Waiting(CompletableFuture<Permit> asked, long endNanos) {}

    /** The bulkhead agrees, step by step, with a queue and a number. */
    @Test
    void it_does_what_a_queue_and_a_number_would() {
        for (int seed = 0; seed < 300; seed++) {
            Random random = new Random(seed);
            ManualTime time = new ManualTime();
            int cap = 1 + random.nextInt(4);
            int room = random.nextInt(5);
            Bulkhead bulkhead = Admissions.bulkhead(cap)
                    .queue(room)
                    .environment(time.environment(seed))
                    .build();
            Calls calls = new Calls(time, bulkhead);
            Queue<Waiting> queue = new ArrayDeque<>();
            int inFlight = 0;
            Permit permit = null;
            for (int step = 0; step < 500; step++) {
                int what = random.nextInt(5);
                if (what < 2) {
                    Duration wait = Duration.ofMillis(random.nextInt(50));
                    CompletableFuture<Permit> asked = calls.ask(wait);
                    if (inFlight < cap) {
                        assertThat(asked).isCompleted();
                        permit = asked.join();
                        inFlight++;
                    } else if (queue.size() < room && !wait.isZero()) {
                        queue.add(new Waiting(asked, time.nanoTime() + wait.toNanos()));
                    } else {
                        assertThat(asked).isCompletedExceptionally();
                    }
                } else if (what == 2) {
                    time.advance(Duration.ofMillis(random.nextInt(20)));
                    queue.removeIf(waiting -> {
                        boolean gone = waiting.endNanos <= time.nanoTime();
                        assertThat(waiting.asked.isCompletedExceptionally()).isEqualTo(gone);
                        return gone;
                    });
                } else if (inFlight > 0) {
                    if (random.nextBoolean()) {
                        permit.cancel();
                    } else {
                        permit.release(calls.success());
                    }
                    Waiting next = queue.poll();
                    if (next == null) {
                        inFlight--;
                    } else {
                        assertThat(next.asked)
                                .as("the first in the queue is next")
                                .isCompleted();
                    }
                }
                assertThat(bulkhead.inFlight()).isEqualTo(inFlight);
                assertThat(bulkhead.waiting()).isEqualTo(queue.size());
                assertThat(queue)
                        .allSatisfy(waiting -> assertThat(waiting.asked).isNotDone());
            }
        }
    }

    /** Threads that wait for each other: never more than the cap, and in the end nothing is held and nobody forgotten. */
    @ParameterizedTest
    @ValueSource(ints = {2, 4, 8, 16})
    void threads_never_get_more_permits_than_the_cap_and_none_is_lost(int threads) throws Exception {
        ManualTime time = new ManualTime();
        ExecutorService pool = Executors.newFixedThreadPool(2);
        try {
            for (boolean pooled : new boolean[] {false, true}) {
                Environment env = Environment.builder()
                        .nanoClock(time::nanoTime)
                        .scheduler(time)
                        .executor(pooled ? pool : Runnable::run)
                        .build();
                int cap = Math.max(1, threads / 4);
                Bulkhead bulkhead =
                        Admissions.bulkhead(cap).queue(threads).environment(env).build();
                AtomicInteger inside = new AtomicInteger();
                AtomicInteger most = new AtomicInteger();
                Race.of(threads, thread -> {
                    Random random = new Random(thread);
                    for (int i = 0; i < 2_000; i++) {
                        CompletableFuture<Permit> asked = bulkhead.admit(FakeAttempt.fresh(), 1_000_000_000L)
                                .toCompletableFuture();
                        if (random.nextInt(10) == 0 && asked.cancel(false)) {
                            continue;
                        }
                        Permit permit = asked.get(30, TimeUnit.SECONDS);
                        most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                        inside.decrementAndGet();
                        permit.cancel();
                    }
                });
                assertThat(most.get()).isLessThanOrEqualTo(cap);
                settle(pool);
                assertThat(bulkhead.inFlight()).isZero();
                assertThat(bulkhead.waiting()).isZero();
            }
        } finally {
            pool.shutdownNow();
        }
    }

    /** Waits until the pool has done what it was given, and what that gave it: two threads, so two tasks that meet. */
    private static void settle(ExecutorService pool) throws Exception {
        for (int i = 0; i < 100; i++) {
            List<Future<?>> marks = new ArrayList<>();
            CyclicBarrier meeting = new CyclicBarrier(2);
            for (int t = 0; t < 2; t++) {
                marks.add(pool.submit(() -> meeting.await()));
            }
            for (Future<?> mark : marks) {
                mark.get();
            }
        }
    }
}
