package io.fairlead.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.ThrottledException;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExactLimitTest {

    private static final long SECOND = 1_000_000_000L;

    private final ManualTime time = new ManualTime();
    private final FakeRedis redis = new FakeRedis(time);

    private RedisLimits limits() {
        return new RedisLimits(script -> redis).name("payments").environment(time.environment(1));
    }

    /** Ten a second and a burst of five, after the time that it takes to fill. */
    private RedisAdmission full() {
        RedisAdmission limit = limits().limit(10, Duration.ofSeconds(1), 5).exact();
        Grants.ask(limit, 1, SECOND);
        time.advance(SECOND);
        redis.calls.clear();
        return limit;
    }

    private static CompletableFuture<Admission.Permit> ask(Admission limit, long maxWaitNanos) {
        return Grants.ask(limit, 1, maxWaitNanos);
    }

    @Test
    void a_new_key_begins_empty_and_then_has_its_burst() {
        RedisAdmission limit = limits().limit(10, Duration.ofSeconds(1), 5).exact();
        assertThat(ask(limit, 0)).isCompletedExceptionally();
        time.advance(Duration.ofMillis(100));
        assertThat(ask(limit, 0)).isCompleted();
        time.advance(Duration.ofSeconds(5));
        for (int i = 0; i < 5; i++) {
            assertThat(ask(limit, 0)).isCompleted();
        }
        assertThat(ask(limit, 0)).isCompletedExceptionally();
    }

    @Test
    void who_waits_goes_in_the_order_of_asking_as_soon_as_the_rate_allows() {
        RedisAdmission limit = full();
        List<CompletableFuture<Admission.Permit>> asked = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            asked.add(ask(limit, SECOND));
        }
        assertThat(asked).filteredOn(CompletableFuture::isDone).hasSize(5);
        time.advance(Duration.ofMillis(99));
        assertThat(asked.get(5)).isNotDone();
        time.advance(Duration.ofMillis(1));
        assertThat(asked.get(5)).isCompleted();
        assertThat(asked.get(6)).isNotDone();
        time.advance(Duration.ofMillis(200));
        assertThat(asked.get(7)).isCompleted();
    }

    @Test
    void a_refusal_names_the_wait_and_neither_key_nor_request() {
        RedisAdmission limit = limits().limit(10, Duration.ofSeconds(1), 5)
                .key(Attempt::affinityKey, 10)
                .exact();
        CompletableFuture<Admission.Permit> asked = limit.admit(
                        FakeAttempt.fresh().affinityKey("card-4111"),
                        Duration.ofMillis(20).toNanos())
                .toCompletableFuture();
        assertThatThrownBy(asked::join)
                .hasCauseInstanceOf(ThrottledException.class)
                .hasMessageContaining("no permit within 20 ms")
                .hasMessageNotContaining("4111");
        assertThat(redis.calls.get(0).key()).startsWith("fairlead:{payments:").doesNotContain("4111");
    }

    @Test
    void several_limits_are_taken_from_for_one_moment_or_not_at_all() {
        RedisAdmission limit = limits().limit(10, Duration.ofSeconds(1), 5)
                .limit(20, Duration.ofMinutes(1), 6)
                .exact();
        ask(limit, 0);
        time.advance(Duration.ofMinutes(2));
        Grants grants = new Grants(time);
        for (int i = 0; i < 100; i++) {
            grants.count(limit, 1, 0);
            time.advance(Duration.ofMillis(100));
        }
        assertThat(grants.total()).isEqualTo(6 + 3); // a burst of 6, and one each 3 s
    }

    @Test
    void more_permits_than_the_burst_are_refused_without_a_call() {
        RedisAdmission limit = full();
        assertThatThrownBy(() -> Grants.ask(limit, 6, 60 * SECOND).join())
                .hasMessageContaining("more permits than the burst of 5");
        assertThat(redis.calls).isEmpty();
        assertThat(Grants.ask(limit, 5, 0)).isCompleted();
    }

    @Test
    void what_is_asked_while_a_call_is_on_its_way_shares_the_next_one_in_order() {
        RedisAdmission limit = full();
        redis.mode = FakeRedis.Mode.SLOW;
        List<CompletableFuture<Admission.Permit>> asked = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            asked.add(ask(limit, 0));
        }
        assertThat(redis.calls).hasSize(1);
        redis.answer();
        assertThat(redis.calls).hasSize(2);
        assertThat(redis.calls.get(1).requests()).hasSize(7);
        assertThat(asked.get(1)).isNotDone();
        redis.resume();
        assertThat(asked.subList(0, 5)).allMatch(f -> !f.isCompletedExceptionally());
        assertThat(asked.subList(5, 8)).allMatch(CompletableFuture::isCompletedExceptionally);
    }

    @Test
    void a_call_carries_at_most_256_decisions() {
        RedisAdmission limit = full();
        redis.mode = FakeRedis.Mode.SLOW;
        for (int i = 0; i < 600; i++) {
            ask(limit, 0);
        }
        redis.answer();
        redis.answer();
        redis.resume();
        assertThat(redis.calls).extracting(c -> c.requests().size()).containsExactly(1, 256, 256, 87);
    }

    @Test
    void the_time_in_the_queue_counts_as_waiting() {
        RedisAdmission limit = full();
        redis.mode = FakeRedis.Mode.SLOW;
        ask(limit, 0);
        ask(limit, Duration.ofMillis(150).toNanos());
        time.advance(Duration.ofMillis(100));
        redis.answer();
        assertThat(redis.calls.get(1).requests().get(0).most()).isEqualTo(50_000);
    }

    @Test
    void a_permit_that_is_not_used_goes_to_the_next_one_and_not_twice() {
        RedisAdmission limit = full();
        List<Admission.Permit> permits = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            permits.add(ask(limit, 0).join());
        }
        assertThat(ask(limit, 0)).isCompletedExceptionally();
        permits.get(4).cancel();
        assertThat(ask(limit, 0)).isCompleted();
        assertThat(ask(limit, 0)).isCompletedExceptionally();
    }

    @Test
    void a_permit_given_back_late_is_worth_what_breaks_no_limit() {
        RedisAdmission limit = full();
        Admission.Permit last = null;
        for (int i = 0; i < 5; i++) {
            last = ask(limit, 0).join();
        }
        time.advance(Duration.ofMillis(50)); // half a permit has come in, and half of the one given back is void
        last.cancel();
        assertThat(ask(limit, 0)).isCompleted();
        assertThat(ask(limit, 0)).isCompletedExceptionally();
    }

    @Test
    void keys_have_permits_of_their_own() {
        RedisAdmission limit = limits().limit(1, Duration.ofSeconds(1), 1)
                .key(Attempt::affinityKey, 10)
                .exact();
        for (int round = 0; round < 2; round++) {
            for (String key : new String[] {"a", "b", null}) {
                CompletableFuture<Admission.Permit> asked =
                        limit.admit(FakeAttempt.fresh().affinityKey(key), 0).toCompletableFuture();
                assertThat(asked.isCompletedExceptionally()).isEqualTo(round == 0);
            }
            time.advance(SECOND);
        }
    }

    @Test
    void a_lost_key_begins_empty_and_behind_those_who_still_wait() {
        RedisAdmission limit = full();
        for (int i = 0; i < 10; i++) {
            ask(limit, SECOND); // five at once, five within half a second
        }
        redis.flush();
        CompletableFuture<Admission.Permit> next = ask(limit, SECOND);
        time.advance(Duration.ofMillis(599));
        assertThat(next).isNotDone();
        time.advance(Duration.ofMillis(1));
        assertThat(next).isCompleted();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void no_interval_grants_more_than_the_bound_when_permits_are_given_back_or_a_key_is_lost(int seed) {
        Random random = new Random(seed);
        List<RedisAdmission> processes = new ArrayList<>();
        int count = seed % 2 == 0 ? 3 : 1; // what others were told before a key was lost, a process cannot know
        for (int i = 0; i < count; i++) {
            processes.add(limits().limit(20, Duration.ofSeconds(1), 4)
                    .limit(100, Duration.ofSeconds(10), 10)
                    .exact());
        }
        Grants grants = new Grants(time);
        for (int i = 0; i < 2_000; i++) {
            int permits = 1 + random.nextInt(4);
            CompletableFuture<Admission.Permit> asked =
                    grants.count(processes.get(random.nextInt(count)), permits, random.nextInt(3) * SECOND / 4);
            if (asked.isDone() && !asked.isCompletedExceptionally() && random.nextInt(4) == 0) {
                grants.uncount(permits);
                asked.join().cancel();
            }
            if (count == 1 && random.nextInt(200) == 0) {
                redis.flush();
            }
            time.advance((long) (random.nextDouble() * SECOND / 10));
        }
        assertThat(grants.total()).isGreaterThan(300);
        assertThat(grants.excess(4, 20.0 / SECOND)).isLessThan(0.001);
        assertThat(grants.excess(10, 10.0 / SECOND)).isLessThan(0.001);
    }

    @Test
    void bad_numbers_are_named() {
        assertThatThrownBy(() -> limits().exact()).hasMessageContaining("number of limits is 0");
        assertThatThrownBy(() -> limits().limit(0, Duration.ofSeconds(1)))
                .hasMessageContaining("permits of the limit is 0");
        assertThatThrownBy(() -> limits().limit(1, Duration.ZERO)).hasMessageContaining("period of the limit");
        assertThatThrownBy(() -> limits().limit(1, Duration.ofSeconds(1), -1))
                .hasMessageContaining("burst of the limit is -1");
        assertThatThrownBy(() -> limits().limit(1_000_003, Duration.ofSeconds(1_000_000_007), 1_000_000)
                        .exact())
                .hasMessageContaining("counted exactly");
        assertThatThrownBy(() -> limits().limit(10, Duration.ofSeconds(1), 5)
                        .jitter(Duration.ofSeconds(1))
                        .exact())
                .hasMessageContaining("jitter of the limit");
        assertThatThrownBy(() -> new RedisLimits(script -> redis)
                        .limit(1, Duration.ofSeconds(1))
                        .exact())
                .hasMessageContaining("name of the limit");
        assertThatThrownBy(() -> limits().name("a}b")).hasMessageContaining("name of the limit");
        assertThatThrownBy(() -> limits().timeout(Duration.ofNanos(1))).hasMessageContaining("timeout of Redis");
        assertThatThrownBy(() -> limits().limit(1, Duration.ofSeconds(1)).leased(Duration.ofDays(1)))
                .hasMessageContaining("lease");
    }

    @Test
    void jitter_takes_off_the_burst_what_the_rate_brings_meanwhile() {
        RedisAdmission limit = limits().limit(10, Duration.ofSeconds(1), 5)
                .jitter(Duration.ofMillis(200))
                .exact();
        ask(limit, SECOND);
        time.advance(Duration.ofSeconds(2));
        Grants grants = new Grants(time);
        for (int i = 0; i < 6; i++) {
            grants.count(limit, 1, 0);
        }
        assertThat(grants.total()).isEqualTo(3);
    }
}
