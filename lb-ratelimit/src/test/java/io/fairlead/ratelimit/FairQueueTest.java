// over 300: order, bounds and threads of one queue
package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.CallOptions;
import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.ThrottledException;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FairQueueTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(1);
    private final List<String> order = new ArrayList<>();

    private Admission queue(RateLimiter limit, int maximumWaiting) {
        return RateLimiters.fairQueue(limit, Attempt::affinityKey, maximumWaiting);
    }

    private RateLimiter bucket(long perSecond, long burst) {
        return RateLimiters.tokenBucket(perSecond, Duration.ofSeconds(1))
                .burst(burst)
                .environment(env)
                .build();
    }

    private static FakeAttempt of(String key, int priority) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://payments/charge")).build();
        return FakeAttempt.fresh()
                .affinityKey(key)
                .request(CallOptions.none().withPriority(priority).on(request));
    }

    private CompletableFuture<Admission.Permit> ask(Admission queue, String key, int priority, long maxWait) {
        CompletableFuture<Admission.Permit> future =
                queue.admit(of(key, priority), maxWait).toCompletableFuture();
        future.thenAccept(permit -> order.add(key));
        return future;
    }

    @Test
    void those_of_one_key_go_in_the_order_in_which_they_came() {
        Admission queue = queue(bucket(10, 1), 100);
        for (int i = 0; i < 5; i++) {
            int number = i;
            queue.admit(of("a", 0), SECOND).thenAccept(permit -> order.add(number + "@" + at()));
        }
        time.advance(SECOND);
        assertThat(order).containsExactly("0@0", "1@100", "2@200", "3@300", "4@400");
        assertThat(time.pendingTimers()).isZero();
    }

    private long at() {
        return (time.nanoTime() - SECOND) / MILLI; // a ManualTime begins at one second
    }

    @Test
    void a_burst_of_one_key_does_not_make_another_wait() {
        Admission queue = queue(bucket(100, 1), 1_000);
        for (int i = 0; i < 500; i++) {
            ask(queue, "bursting", 0, 60 * SECOND);
        }
        for (int i = 0; i < 20; i++) {
            time.advance(50 * MILLI);
            long asked = time.nanoTime();
            CompletableFuture<Admission.Permit> steady = ask(queue, "steady", 0, 60 * SECOND);
            while (!steady.isDone()) {
                time.advance(MILLI);
            }
            assertThat(time.nanoTime() - asked).isLessThanOrEqualTo(20 * MILLI);
        }
        time.advance(10 * SECOND);
        assertThat(order).hasSize(520);
    }

    @Test
    void keys_that_wait_go_by_turns_however_many_each_has() {
        Admission queue = queue(bucket(10, 1), 1_000);
        ask(queue, "first", 0, 99 * SECOND);
        for (int i = 0; i < 30; i++) {
            ask(queue, "a", 0, 99 * SECOND);
        }
        for (int i = 0; i < 10; i++) {
            ask(queue, "b", 0, 99 * SECOND);
        }
        for (int i = 0; i < 20; i++) {
            ask(queue, "c", 0, 99 * SECOND);
        }
        time.advance(3 * SECOND);
        assertThat(order.subList(1, 31)).satisfies(thirty -> {
            for (String key : List.of("a", "b", "c")) {
                assertThat(thirty.stream().filter(key::equals)).as(key).hasSize(10);
            }
        });
        time.advance(3 * SECOND);
        assertThat(order).hasSize(61);
    }

    @Test
    void a_heavy_key_has_as_many_permits_and_not_as_many_turns() {
        Admission queue = queue(bucket(10, 5), 1_000);
        ask(queue, "first", 0, 99 * SECOND);
        for (int i = 0; i < 20; i++) {
            queue.admit(of("heavy", 0).permits(5), 99 * SECOND).thenAccept(permit -> order.add("heavy"));
            for (int k = 0; k < 5; k++) {
                ask(queue, "light", 0, 99 * SECOND);
            }
        }
        time.advance(10 * SECOND);
        long heavy = order.stream().filter("heavy"::equals).count();
        long light = order.stream().filter("light"::equals).count();
        assertThat(heavy * 5).isBetween(light - 6, light + 6);
    }

    @Test
    void newcomers_with_ever_new_keys_do_not_starve_who_was_there() {
        Admission queue = queue(bucket(10, 1), 1_000);
        ask(queue, "first", 0, 99 * SECOND);
        for (int i = 0; i < 10; i++) {
            ask(queue, "there", 0, 99 * SECOND);
        }
        for (int i = 0; i < 300; i++) { // twice what the limit grants
            ask(queue, "new" + i, 0, 99 * SECOND);
            time.advance(50 * MILLI);
        }
        assertThat(order.stream().filter("there"::equals)).hasSizeGreaterThanOrEqualTo(3);
        time.advance(30 * SECOND);
        assertThat(order.stream().filter("there"::equals)).hasSize(10);
    }

    @Test
    void a_refund_waits_behind_a_charge_and_still_gets_an_eighth() {
        Admission queue = queue(bucket(10, 1), 1_000);
        ask(queue, "first", 0, 99 * SECOND);
        for (int i = 0; i < 10; i++) {
            ask(queue, "refund", -1, 99 * SECOND);
        }
        for (int i = 0; i < 50; i++) {
            ask(queue, "charge", 0, 99 * SECOND);
        }
        time.advance(4 * SECOND);
        assertThat(order.subList(1, 41).stream().filter("refund"::equals)).hasSize(5);
        assertThat(order.subList(1, 8)).containsOnly("charge");
        time.advance(4 * SECOND);
        assertThat(order).hasSize(61);
    }

    // ---- bounds of the queue ----------------------------------------------------------------------------------------

    @Test
    void a_full_queue_refuses_the_key_that_filled_it() {
        Admission queue = queue(bucket(1, 1), 10);
        List<CompletableFuture<Admission.Permit>> bursting = new ArrayList<>();
        for (int i = 0; i < 13; i++) {
            bursting.add(ask(queue, "bursting", 0, 99 * SECOND));
        }
        assertThat(bursting.subList(0, 1)).allMatch(CompletableFuture::isDone);
        assertThat(bursting.subList(1, 11)).noneMatch(CompletableFuture::isDone);
        assertThat(bursting.subList(11, 13)).allMatch(CompletableFuture::isCompletedExceptionally);
        CompletableFuture<Admission.Permit> steady = ask(queue, "steady", 0, 99 * SECOND);
        assertThat(steady).isNotDone();
        assertThatThrownBy(() -> bursting.get(10).get())
                .hasCauseInstanceOf(ThrottledException.class)
                .hasMessageContaining("payments: rate limit: 10 are waiting already (not processed)");
        assertThat(ask(queue, "steady", -1, 99 * SECOND)).isCompletedExceptionally();
        time.advance(30 * SECOND);
        assertThat(steady).isCompleted();
        assertThat(order).hasSize(11);
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void who_cannot_be_in_time_even_as_the_first_is_refused_at_once() {
        Admission queue = queue(bucket(1, 2), 10);
        assertThat(queue.admit(of("a", 0).permits(3), Long.MAX_VALUE).toCompletableFuture())
                .isCompletedExceptionally();
        ask(queue, "a", 0, 0);
        ask(queue, "a", 0, 0);
        CompletableFuture<Admission.Permit> late = ask(queue, "a", 0, SECOND - 1);
        assertThatThrownBy(late::get)
                .hasCauseInstanceOf(ThrottledException.class)
                .hasMessageContaining("payments: rate limit: no permit within 999 ms (not processed)");
        assertThat(ask(queue, "a", 0, SECOND)).isNotDone();
    }

    @Test
    void who_waits_is_granted_at_its_deadline_and_refused_after_it() {
        Admission queue = queue(bucket(10, 1), 10);
        ask(queue, "a", 0, 0);
        CompletableFuture<Admission.Permit> inTime = ask(queue, "a", 0, SECOND / 10);
        CompletableFuture<Admission.Permit> late = ask(queue, "a", 0, 2 * SECOND / 10 - 1);
        CompletableFuture<Admission.Permit> behind = ask(queue, "a", 0, SECOND);
        time.advance(SECOND / 10);
        assertThat(inTime).isCompleted();
        time.advance(SECOND / 10 - 2);
        assertThat(late).isNotDone();
        time.advance(1);
        assertThat(late).isCompletedExceptionally();
        time.advance(1);
        assertThat(behind).as("who left took nothing").isCompleted();
    }

    @Test
    void who_gives_up_leaves_its_place_to_the_next() {
        Admission queue = queue(bucket(10, 1), 10);
        CompletableFuture<Admission.Permit> first = ask(queue, "a", 0, 0);
        CompletableFuture<Admission.Permit> second = ask(queue, "a", 0, SECOND);
        CompletableFuture<Admission.Permit> third = ask(queue, "a", 0, SECOND);
        second.cancel(true);
        first.join().cancel(); // it was not sent
        assertThat(third).isCompleted();
        time.advance(SECOND);
        assertThat(time.pendingTimers()).isZero();
    }

    @Test
    void a_light_one_behind_a_heavy_one_that_gave_up_goes_at_once() {
        Admission queue = queue(bucket(10, 5), 10);
        queue.admit(of("a", 0).permits(4), 0);
        CompletableFuture<Admission.Permit> heavy =
                queue.admit(of("a", 0).permits(5), SECOND / 2).toCompletableFuture();
        CompletableFuture<Admission.Permit> light = ask(queue, "a", 0, SECOND);
        assertThat(light).as("behind the heavy one, though one permit is there").isNotDone();
        heavy.cancel(false);
        time.advance(SECOND / 2);
        assertThat(light).isCompleted();
    }

    // ---- together ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void everyone_is_answered_by_its_deadline_the_limit_is_kept_and_nothing_is_wasted(long seed) {
        Random random = new Random(seed);
        int burst = 1 + random.nextInt(5);
        Admission queue = queue(bucket(100, burst), 50);
        List<Long> grants = new ArrayList<>();
        List<CompletableFuture<Admission.Permit>> all = new ArrayList<>();
        List<Long> deadlines = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            long maxWait = random.nextLong(SECOND);
            int n = 1 + random.nextInt(burst);
            FakeAttempt attempt = of("k" + random.nextInt(6), random.nextInt(3)).permits(n);
            CompletableFuture<Admission.Permit> future =
                    queue.admit(attempt, maxWait).toCompletableFuture();
            future.thenAccept(permit -> {
                for (int k = 0; k < n; k++) {
                    grants.add(time.nanoTime());
                }
            });
            all.add(future);
            deadlines.add(time.nanoTime() + maxWait);
            time.advance(random.nextLong(10 * MILLI)); // offers some four times the rate
            for (int k = Math.max(0, all.size() - 200); k < all.size(); k++) {
                assertThat(all.get(k).isDone() || deadlines.get(k) >= time.nanoTime())
                        .isTrue();
            }
        }
        long end = time.nanoTime();
        time.advance(2 * SECOND);
        assertThat(all).allMatch(CompletableFuture::isDone);
        assertThat(time.pendingTimers()).isZero();
        for (int i = 0; i < grants.size(); i++) {
            for (int j = i; j < Math.min(grants.size(), i + 60); j++) {
                assertThat(j - i + 1.0)
                        .isLessThanOrEqualTo(burst + (grants.get(j) - grants.get(i) + 1) * 100.0 / SECOND + 1e-6);
            }
        }
        assertThat((double) grants.size()).isGreaterThan((end - SECOND) * 100.0 / SECOND * 0.95);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 32, 64})
    void threads_get_exactly_what_is_there_at_once_and_the_rest_as_time_passes(int threads) throws Exception {
        Admission queue = queue(bucket(1_000, 500), 1_000);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        List<CompletableFuture<Admission.Permit>> all = new ArrayList<>();
        try {
            List<Callable<List<CompletableFuture<Admission.Permit>>>> tasks = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                String key = "k" + t;
                tasks.add(() -> {
                    List<CompletableFuture<Admission.Permit>> mine = new ArrayList<>();
                    for (int i = 0; i < 2_048 / threads; i++) {
                        mine.add(queue.admit(of(key, 0), 2 * SECOND).toCompletableFuture());
                    }
                    return mine;
                });
            }
            for (Future<List<CompletableFuture<Admission.Permit>>> future : pool.invokeAll(tasks)) {
                all.addAll(future.get());
            }
        } finally {
            pool.shutdownNow();
        }
        assertThat(all.stream().filter(FairQueueTest::isGranted)).hasSize(500);
        assertThat(all.stream().filter(CompletableFuture::isCompletedExceptionally))
                .hasSize(548);
        time.advance(SECOND);
        assertThat(all.stream().filter(FairQueueTest::isGranted)).hasSize(1_500);
    }

    private static boolean isGranted(CompletableFuture<?> future) {
        return future.isDone() && !future.isCompletedExceptionally();
    }

    @Test
    void bad_input_is_named() {
        RateLimiter bucket = bucket(1, 1);
        assertThatThrownBy(() -> queue(bucket, 0))
                .hasMessage("maximum waiting of the fair queue is 0: allowed is 1 to 1000000");
        assertThatThrownBy(() -> queue((permits, wait) -> 0, 1))
                .hasMessageContaining("allowed is one that RateLimiters made");
        assertThatThrownBy(() -> queue(null, 1)).hasMessageContaining("limit of the fair queue is null");
        assertThatThrownBy(() -> RateLimiters.fairQueue(bucket, null, 1))
                .hasMessageContaining("key of the fair queue is null");
        Admission queue = queue(bucket, 3);
        assertThat(queue.toString()).startsWith("FairQueue[TokenBucket[").endsWith("at most 3 waiting]");
        assertThat(ask(queue, "4111", 0, 0).join().toString()).doesNotContain("4111");
    }
}
