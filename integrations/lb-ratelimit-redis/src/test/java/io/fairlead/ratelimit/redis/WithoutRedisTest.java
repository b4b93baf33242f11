package io.fairlead.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class WithoutRedisTest {

    private static final long SECOND = 1_000_000_000L;

    private final ManualTime time = new ManualTime();
    private final FakeRedis redis = new FakeRedis(time);
    private final List<String> events = new ArrayList<>();

    private RedisLimits limits() {
        return new RedisLimits(script -> redis)
                .name("payments")
                .environment(time.environment(1))
                .timeout(Duration.ofMillis(200))
                .listener(new RedisLimitListener() {
                    @Override
                    public void redisLost(String limit, Throwable why) {
                        events.add(limit + " lost: " + why.getMessage());
                    }

                    @Override
                    public void redisBack(String limit, long nanos) {
                        events.add(limit + " back after " + nanos / 1_000_000 + " ms");
                    }
                });
    }

    private RedisLimits tenASecond() {
        return limits().limit(10, Duration.ofSeconds(1), 5);
    }

    private static CompletableFuture<Admission.Permit> ask(Admission limit) {
        return Grants.ask(limit, 1, 0);
    }

    @Test
    void a_call_that_is_not_answered_is_decided_within_one_timeout_and_so_are_those_behind_it() {
        RedisAdmission limit = tenASecond().openWithoutRedis().exact();
        redis.mode = FakeRedis.Mode.PAUSED;
        CompletableFuture<Admission.Permit> first = ask(limit);
        time.advance(Duration.ofMillis(150));
        CompletableFuture<Admission.Permit> second = ask(limit);
        time.advance(Duration.ofMillis(49));
        assertThat(first).isNotDone();
        time.advance(Duration.ofMillis(1));
        assertThat(first).isCompleted();
        assertThat(second).isCompleted();
        assertThat(events).containsExactly("payments lost: no answer from Redis within 200 ms");
    }

    @Test
    void while_redis_is_lost_nobody_waits_for_it() {
        RedisAdmission limit = tenASecond().openWithoutRedis().exact();
        redis.mode = FakeRedis.Mode.PAUSED;
        ask(limit);
        time.advance(Duration.ofMillis(200));
        int calls = redis.calls.size();
        for (int i = 0; i < 100; i++) {
            assertThat(ask(limit)).isCompleted();
        }
        assertThat(redis.calls).hasSize(calls);
    }

    @ParameterizedTest
    @EnumSource(
            value = FakeRedis.Mode.class,
            names = {"PAUSED", "FAILING", "GONE"})
    void it_comes_back_by_itself_and_each_way_is_told_once(FakeRedis.Mode mode) {
        RedisAdmission limit = tenASecond().closedWithoutRedis().exact();
        redis.mode = mode;
        ask(limit);
        time.advance(Duration.ofMillis(200));
        assertThatThrownBy(() -> ask(limit).join()).hasMessageContaining("Redis does not answer");
        time.advance(Duration.ofSeconds(10));
        redis.resume();
        time.advance(Duration.ofSeconds(1));
        assertThat(events).hasSize(2);
        assertThat(events.get(1)).startsWith("payments back after 10");
        Grants.ask(limit, 1, SECOND);
        time.advance(SECOND);
        assertThat(ask(limit)).isCompleted();
    }

    @Test
    void a_connection_that_does_not_answer_is_replaced_now_and_then() {
        RedisAdmission limit = tenASecond().exact();
        redis.mode = FakeRedis.Mode.PAUSED;
        ask(limit);
        time.advance(Duration.ofSeconds(12)); // a probe each 400 ms
        assertThat(redis.renewals).isBetween(9, 10);
    }

    @Test
    void a_closed_limit_probes_no_more() {
        RedisAdmission limit = tenASecond().exact();
        redis.mode = FakeRedis.Mode.FAILING;
        ask(limit);
        limit.close();
        time.advance(Duration.ofSeconds(10));
        assertThat(time.pendingTimers()).isZero();
        assertThat(redis.closed).isTrue();
    }

    @Test
    void each_process_grants_its_share_and_begins_empty() {
        RedisAdmission limit = tenASecond().processes(2).exact();
        redis.mode = FakeRedis.Mode.FAILING;
        assertThat(ask(limit)).isCompletedExceptionally();
        Grants grants = new Grants(time);
        for (int i = 0; i < 1_000; i++) {
            time.advance(Duration.ofMillis(10));
            grants.count(limit, 1, 0);
        }
        assertThat(grants.total()).isEqualTo(50);
        time.advance(Duration.ofSeconds(10));
        Grants burst = new Grants(time);
        for (int i = 0; i < 10; i++) {
            burst.count(limit, 1, 0);
        }
        assertThat(burst.total()).isEqualTo(2); // half of five, rounded down
    }

    @Test
    void a_request_for_more_than_the_share_of_the_burst_goes_when_that_is_full() {
        RedisAdmission limit = tenASecond().processes(2).exact();
        redis.mode = FakeRedis.Mode.FAILING;
        ask(limit);
        CompletableFuture<Admission.Permit> heavy = Grants.ask(limit, 5, SECOND);
        time.advance(Duration.ofMillis(400));
        assertThat(heavy).isCompleted();
        CompletableFuture<Admission.Permit> next = Grants.ask(limit, 1, 60 * SECOND);
        time.advance(Duration.ofMillis(799)); // three permits of debt at five a second, and its own
        assertThat(next).isNotDone();
        time.advance(Duration.ofMillis(1));
        assertThat(next).isCompleted();
    }

    @Test
    void those_who_were_told_to_wait_come_first() {
        RedisAdmission limit = tenASecond().exact();
        for (int i = 0; i < 10; i++) {
            Grants.ask(limit, 1, SECOND); // the last one in a second
        }
        redis.mode = FakeRedis.Mode.FAILING;
        assertThat(Grants.ask(limit, 1, SECOND)).isCompletedExceptionally();
        CompletableFuture<Admission.Permit> patient = Grants.ask(limit, 1, 2 * SECOND);
        time.advance(Duration.ofMillis(1_099));
        assertThat(patient).isNotDone();
        time.advance(Duration.ofMillis(1));
        assertThat(patient).isCompleted();
    }

    @Test
    void a_permit_of_the_share_is_given_back_to_the_share() {
        RedisAdmission limit = tenASecond().exact();
        redis.mode = FakeRedis.Mode.FAILING;
        ask(limit);
        time.advance(Duration.ofMillis(100));
        ask(limit).join().cancel();
        assertThat(ask(limit)).isCompleted();
        assertThat(ask(limit)).isCompletedExceptionally();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void no_interval_grants_more_than_the_bound_over_outages_of_every_kind(int seed) {
        Random random = new Random(seed);
        List<RedisAdmission> processes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            RedisLimits limits = limits().limit(40, Duration.ofSeconds(1), 8).processes(4);
            processes.add(seed % 2 == 0 ? limits.exact() : limits.leased(Duration.ofMillis(50)));
        }
        Grants grants = new Grants(time);
        for (int i = 0; i < 4_000; i++) {
            grants.count(processes.get(random.nextInt(4)), 1, 0);
            if (random.nextInt(150) == 0) {
                redis.mode = FakeRedis.Mode.values()[2 + random.nextInt(3)];
            } else if (redis.mode != FakeRedis.Mode.PROMPT && random.nextInt(100) == 0) {
                redis.resume();
            }
            time.advance((long) (random.nextDouble() * SECOND / 50));
        }
        assertThat(events).hasSizeGreaterThan(10);
        assertThat(grants.total()).isGreaterThan(200);
        double lease = seed % 2 == 0 ? 0 : 0.05;
        double apart = 0.2 + 0.2; // by a timeout and a probe, one process may notice earlier than another
        assertThat(grants.excess(8 + 40 * (lease + apart), 40.0 / SECOND)).isLessThan(0.001);
    }

    @Test
    void a_listener_that_throws_changes_nothing() {
        RedisAdmission limit = tenASecond()
                .openWithoutRedis()
                .listener(new RedisLimitListener() {
                    @Override
                    public void redisLost(String name, Throwable why) {
                        throw new IllegalStateException("the listener's own");
                    }
                })
                .exact();
        redis.mode = FakeRedis.Mode.FAILING;
        assertThat(ask(limit)).isCompleted();
        assertThat(ask(limit)).isCompleted();
    }

    /** Its timeouts, its listener and its probes go by the executor; none may be lost, or Redis would be for good. */
    @Test
    void an_executor_that_takes_nobody_keeps_neither_callers_waiting_nor_redis_away() {
        Environment full = Environment.builder()
                .nanoClock(time::nanoTime)
                .scheduler(time)
                .executor(task -> {
                    throw new RejectedExecutionException("full");
                })
                .build();
        RedisAdmission limit = tenASecond().environment(full).openWithoutRedis().exact();
        redis.mode = FakeRedis.Mode.PAUSED;
        CompletableFuture<Admission.Permit> first = ask(limit);
        time.advance(Duration.ofMillis(200));
        assertThat(first).isCompleted();
        redis.resume();
        time.advance(Duration.ofSeconds(1));
        assertThat(events).hasSize(2);
    }
}
