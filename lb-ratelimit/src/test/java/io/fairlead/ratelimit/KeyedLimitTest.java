package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.ThrottledException;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLongArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyedLimitTest {

    private static final long SECOND = 1_000_000_000L;

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(1);

    private Admission keyed(long permits, long burst, long maximumKeys) {
        TokenBucketBuilder each = RateLimiters.tokenBucket(permits, Duration.ofSeconds(1))
                .burst(burst)
                .environment(env);
        return RateLimiters.keyed(Attempt::affinityKey, each, maximumKeys);
    }

    private static FakeAttempt of(String key) {
        return FakeAttempt.fresh().affinityKey(key);
    }

    private static CompletableFuture<Admission.Permit> ask(Admission admission, String key, long maxWait) {
        return admission.admit(of(key), maxWait).toCompletableFuture();
    }

    @Test
    void each_key_has_its_own_bucket_and_those_without_share_one() {
        Admission keyed = keyed(1, 2, 10);
        for (String key : new String[] {"a", "b", null}) {
            assertThat(ask(keyed, key, 0)).isCompleted();
            assertThat(ask(keyed, key, 0)).isCompleted();
            assertThat(ask(keyed, key, 0)).isCompletedExceptionally();
        }
    }

    @Test
    void who_waits_is_admitted_when_the_wait_is_over() {
        Admission keyed = keyed(10, 1, 10);
        assertThat(ask(keyed, "a", SECOND)).isCompleted();
        CompletableFuture<Admission.Permit> first = ask(keyed, "a", SECOND);
        CompletableFuture<Admission.Permit> second = ask(keyed, "a", SECOND);
        time.advance(SECOND / 10 - 1);
        assertThat(first).isNotDone();
        time.advance(1);
        assertThat(first).isCompleted();
        assertThat(second).isNotDone();
        time.advance(SECOND / 10);
        assertThat(second).isCompleted();
    }

    @Test
    void a_refusal_names_the_service_and_the_wait_and_not_the_key() {
        Admission keyed = keyed(1, 1, 10);
        ask(keyed, "4111111111111111", 0);
        assertThatThrownBy(() -> ask(keyed, "4111111111111111", SECOND / 2).get())
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(ThrottledException.class)
                .hasMessage("payments: rate limit of its key: no permit within 500 ms (not processed)");
        assertThat(ask(keyed, "5555", 0).join().toString()).doesNotContain("5555");
    }

    @Test
    void a_permit_that_was_not_used_is_there_for_the_next_of_its_key() throws Exception {
        Admission keyed = keyed(1, 3, 10);
        for (int i = 0; i < 10; i++) {
            Admission.Permit permit =
                    keyed.admit(of("a").permits(3), 0).toCompletableFuture().get();
            assertThat(ask(keyed, "a", 0)).isCompletedExceptionally();
            permit.cancel();
        }
        keyed.admit(of("a").permits(3), 0).toCompletableFuture().get().release(of("a"));
        assertThat(ask(keyed, "a", 0)).isCompletedExceptionally();
    }

    @Test
    void an_evicted_key_does_not_start_afresh() {
        Admission keyed = keyed(1, 5, 8);
        for (int i = 0; i < 5; i++) {
            assertThat(ask(keyed, "bursting", 0)).isCompleted();
        }
        for (int i = 0; i < 60; i++) {
            ask(keyed, "other " + i, 0);
        }
        assertThat(ask(keyed, "bursting", 0)).isCompletedExceptionally();
        time.advance(2 * SECOND);
        assertThat(ask(keyed, "bursting", 0)).isCompleted();
        for (int i = 0; i < 60; i++) {
            ask(keyed, "another " + i, 0);
        }
        assertThat(ask(keyed, "bursting", 0)).isCompleted();
        assertThat(ask(keyed, "bursting", 0)).isCompletedExceptionally();
    }

    @Test
    void a_bucket_that_is_evicted_while_others_wait_for_it_leaves_its_debt() {
        KeyedLimit keyed = (KeyedLimit) keyed(1, 1, 8);
        for (int i = 0; i < 10; i++) {
            assertThat(keyed.reserve("a", 1, 100 * SECOND)).isEqualTo(i * SECOND);
        }
        time.advance(3 * SECOND);
        for (int i = 0; i < 100; i++) {
            keyed.reserve("other " + i, 1, 0);
        }
        assertThat(keyed.reserve("a", 1, 100 * SECOND)).isEqualTo(7 * SECOND);
    }

    @Test
    void a_stranger_pays_for_an_evicted_key_only_rarely() {
        KeyedLimit keyed = (KeyedLimit) keyed(1, 10, 1_000);
        for (int i = 0; i < 1_100; i++) {
            keyed.reserve("evicted " + i, 10, 0);
        }
        int full = 0;
        for (int i = 0; i < 500; i++) {
            full += keyed.reserve("new " + i, 10, 0) == 0 ? 1 : 0;
        }
        assertThat(full).isGreaterThan(350); // few were evicted at first; then each newcomer evicts another
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void no_key_is_granted_more_than_its_bound_however_often_it_is_evicted(long seed) {
        Random random = new Random(seed);
        KeyedLimit keyed = (KeyedLimit) keyed(10, 4, 1 + random.nextInt(20));
        Map<String, List<Long>> grants = new HashMap<>();
        for (int i = 0; i < 60_000; i++) {
            time.advance(random.nextInt(4_000_000));
            String key = "k" + (int) Math.abs(random.nextGaussian() * 15);
            long wait = keyed.reserve(key, 1, random.nextBoolean() ? 0 : random.nextLong(SECOND));
            if (wait != RateLimiter.REFUSED) {
                grants.computeIfAbsent(key, k -> new ArrayList<>()).add(time.nanoTime() + wait);
            }
        }
        grants.forEach((key, dates) -> {
            assertThat(dates).isSorted();
            for (int i = 0; i < dates.size(); i++) {
                for (int j = i; j < Math.min(dates.size(), i + 50); j++) {
                    assertThat(j - i + 1.0)
                            .as("seed %d, %s", seed, key)
                            .isLessThanOrEqualTo(4 + 10.0 * (dates.get(j) - dates.get(i) + 1) / SECOND + 1e-6);
                }
            }
        });
        assertThat(grants.values().stream().mapToInt(List::size).sum()).isGreaterThan(10_000);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 8, 32})
    void threads_that_thrash_the_cache_get_no_key_more_than_its_burst(int threads) throws Exception {
        KeyedLimit keyed = (KeyedLimit) keyed(1, 20, 4);
        AtomicLongArray granted = new AtomicLongArray(40);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Void>> tasks = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                Random random = new Random(t);
                tasks.add(() -> {
                    for (int i = 0; i < 100_000 / threads; i++) {
                        int key = random.nextInt(granted.length());
                        if (keyed.reserve("k" + key, 1, 0) == 0) {
                            granted.incrementAndGet(key);
                        }
                    }
                    return null;
                });
            }
            for (Future<Void> future : pool.invokeAll(tasks)) {
                future.get();
            }
        } finally {
            pool.shutdownNow();
        }
        for (int key = 0; key < granted.length(); key++) {
            assertThat(granted.get(key)).isBetween(1L, 20L);
        }
    }

    @Test
    void a_bucket_that_is_evicted_while_it_is_asked_does_not_forget() {
        KeyedLimit[] keyed = new KeyedLimit[1];
        boolean[] armed = new boolean[1];
        int[] evictions = new int[1];
        Environment reentrant = Environment.builder()
                .nanoClock(() -> {
                    boolean asked = armed[0]
                            && StackWalker.getInstance()
                                    .walk(frames -> frames.anyMatch(
                                            f -> f.getClassName().endsWith("Gcra")
                                                    && f.getMethodName().equals("reserve")));
                    if (asked) { // the bucket of "a" was found, and its permits are not yet taken
                        armed[0] = false;
                        evictions[0]++;
                        for (int i = 0; i < 40; i++) {
                            keyed[0].reserve("other " + evictions[0] + "." + i % 4, 1, 0);
                        }
                    }
                    return time.nanoTime();
                })
                .build();
        TokenBucketBuilder each =
                RateLimiters.tokenBucket(1, Duration.ofSeconds(1)).burst(9).environment(reentrant);
        keyed[0] = (KeyedLimit) RateLimiters.keyed(Attempt::affinityKey, each, 1);
        int granted = 0;
        for (int i = 0; i < 40; i++) {
            armed[0] = true;
            granted += keyed[0].reserve("a", 1, 0) == 0 ? 1 : 0;
        }
        assertThat(evictions[0]).isEqualTo(40);
        assertThat(granted).isBetween(1, 9);
    }

    @Test
    void bad_input_is_named() {
        TokenBucketBuilder each = RateLimiters.tokenBucket(1, Duration.ofSeconds(1));
        assertThatThrownBy(() -> keyed(1, 1, 0))
                .hasMessage("maximum keys of the limit is 0: allowed is 1 to 2147483647");
        assertThatThrownBy(() -> keyed(1, 1, -7)).hasMessageContaining("is -7");
        assertThatThrownBy(() -> keyed(1, 1, Long.MAX_VALUE)).hasMessageContaining("is 9223372036854775807");
        assertThatThrownBy(() -> RateLimiters.keyed(null, each)).hasMessageContaining("key of the limit is null");
        assertThatThrownBy(() -> RateLimiters.keyed(a -> 1, null)).hasMessageContaining("bucket of each key is null");
        assertThatThrownBy(() -> RateLimiters.keyed(a -> 1, each.warmUp(Duration.ofSeconds(2))))
                .hasMessage("warm-up of a bucket for each key is PT2S: allowed is none");
        assertThat(keyed(1, 1, Integer.MAX_VALUE).toString()).startsWith("KeyedLimit[TokenBucket[1 permits");
    }
}
