package io.fairlead.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.testing.FakeAttempt;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real servers, on the machine's own clock: asserted are counts and orders, never how long something took. */
class RealRedisTest {

    private static final long MINUTE = 60_000_000_000L;

    private final Events events = new Events();

    /** A burst of five, and then one a day. */
    private RedisLimits fiveADay(RedisLimits limits) {
        return limits.name("payments")
                .timeout(Duration.ofSeconds(20))
                .limit(1, Duration.ofDays(1), 5)
                .listener(events);
    }

    private static CompletableFuture<Admission.Permit> ask(Admission limit) {
        return Grants.ask(limit, 1, 0);
    }

    /** Whether a permit is granted; in its own time, but not never. */
    private static boolean granted(Admission limit) throws InterruptedException {
        try {
            return ask(limit).get(30, TimeUnit.SECONDS) != null;
        } catch (ExecutionException e) {
            return false;
        } catch (java.util.concurrent.TimeoutException e) {
            throw new AssertionError("a call hangs", e);
        }
    }

    /** A key whose bucket has been full for long. */
    private static void fill(RedisProcess server, String key) {
        server.ask(redis -> redis.set(key, "1000000 0 1000000 1 86400000000 0"));
    }

    private static long count(Admission limit, int asked) throws InterruptedException {
        long total = 0;
        for (int i = 0; i < asked; i++) {
            total += granted(limit) ? 1 : 0;
        }
        return total;
    }

    @ParameterizedTest
    @EnumSource
    void processes_and_threads_share_one_quota_to_the_permit(RedisProcess.Origin origin) throws Exception {
        try (RedisProcess server = RedisProcess.start(origin);
                RedisAdmission one = fiveADay(RedisLimits.at(server.uri())).exact();
                RedisAdmission other = fiveADay(RedisLimits.at(server.uri())).exact();
                RedisAdmission leased = fiveADay(RedisLimits.at(server.uri())).leased()) {
            fill(server, "fairlead:{payments}");
            ExecutorService threads = Executors.newFixedThreadPool(12);
            AtomicInteger total = new AtomicInteger();
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                Admission mine = List.of(one, other, leased).get(i % 3);
                all.add(threads.submit(() -> {
                    total.addAndGet((int) count(mine, 50));
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get(60, TimeUnit.SECONDS);
            }
            threads.shutdown();
            assertThat(total.get()).isEqualTo(5);
            assertThat(events.told).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_flushed_script_cache_is_not_noticed(RedisProcess.Origin origin) throws Exception {
        try (RedisProcess server = RedisProcess.start(origin);
                RedisAdmission limit = fiveADay(RedisLimits.at(server.uri())).exact()) {
            fill(server, "fairlead:{payments}");
            assertThat(granted(limit)).isTrue();
            server.ask(redis -> redis.scriptFlush());
            assertThat(count(limit, 10)).isEqualTo(4);
            assertThat(events.told).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_crash_is_bridged_and_what_comes_back_empty_grants_no_burst(RedisProcess.Origin origin) throws Exception {
        try (RedisProcess server = RedisProcess.start(origin);
                RedisAdmission limit = fiveADay(RedisLimits.at(server.uri()))
                        .openWithoutRedis()
                        .exact()) {
            fill(server, "fairlead:{payments}");
            assertThat(granted(limit)).isTrue();
            server.kill();
            assertThat(count(limit, 20)).isEqualTo(20);
            server.launch();
            events.untilBack();
            assertThat(count(limit, 10)).isZero();
            assertThat(events.told).containsExactly("lost", "back");
        }
    }

    @Test
    void a_pause_is_bridged_and_nothing_of_it_is_decided_twice() throws Exception {
        try (RedisProcess server = RedisProcess.start(RedisProcess.Origin.SYSTEM);
                RedisAdmission limit = fiveADay(RedisLimits.at(server.uri()))
                        .timeout(Duration.ofSeconds(3))
                        .closedWithoutRedis()
                        .exact()) {
            fill(server, "fairlead:{payments}");
            assertThat(granted(limit)).isTrue();
            server.pause();
            assertThat(count(limit, 20)).isZero();
            server.unpause();
            events.untilBack();
            // The one call that was on its way was decided: its permit is lost, and no other.
            assertThat(count(limit, 10)).isBetween(3L, 4L);
            assertThat(events.told).containsExactly("lost", "back");
        }
    }

    @Test
    void decisions_that_timed_out_are_not_sent_when_the_connection_is_there_again() throws Exception {
        try (RedisProcess server = RedisProcess.start(RedisProcess.Origin.SYSTEM)) {
            fill(server, "fairlead:{payments}");
            RedisClient client = RedisClient.create(server.uri()); // by default it keeps commands and sends them again
            try (var connection = client.connect();
                    RedisAdmission limit = fiveADay(RedisLimits.over(connection))
                            .timeout(Duration.ofSeconds(3))
                            .closedWithoutRedis()
                            .exact()) {
                assertThat(granted(limit)).isTrue();
                server.pause();
                assertThat(granted(limit)).isFalse();
                server.kill();
                server.launch();
                fill(server, "fairlead:{payments}");
                events.untilBack();
                assertThat(count(limit, 10)).isEqualTo(5);
            } finally {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
            }
        }
    }

    @Test
    void who_is_not_there_at_the_start_is_lost_until_it_comes() throws Exception {
        RedisProcess server = RedisProcess.start(RedisProcess.Origin.SYSTEM);
        server.kill();
        try (RedisAdmission limit =
                fiveADay(RedisLimits.at(server.uri())).openWithoutRedis().exact()) {
            assertThat(count(limit, 3)).isEqualTo(3);
            server.launch();
            events.untilBack();
            fill(server, "fairlead:{payments}");
            assertThat(count(limit, 10)).isEqualTo(5);
            assertThat(events.told).containsExactly("lost", "back");
        } finally {
            server.close();
        }
    }

    @Test
    void a_key_that_holds_something_else_is_a_loss_until_it_is_gone() throws Exception {
        try (RedisProcess server = RedisProcess.start(RedisProcess.Origin.SYSTEM);
                RedisAdmission limit = fiveADay(RedisLimits.at(server.uri()))
                        .closedWithoutRedis()
                        .exact()) {
            server.ask(redis -> redis.rpush("fairlead:{payments}", "not", "ours"));
            assertThatThrownBy(() -> ask(limit).get(30, TimeUnit.SECONDS))
                    .hasMessageContaining("Redis does not answer");
            server.ask(redis -> redis.del("fairlead:{payments}"));
            events.untilBack();
        }
    }

    @Test
    void a_users_client_and_a_users_connection_are_left_open() throws Exception {
        try (RedisProcess server = RedisProcess.start(RedisProcess.Origin.SYSTEM)) {
            RedisClient client = RedisClient.create();
            try (var connection = client.connect(RedisURI.create(server.uri()))) {
                fill(server, "fairlead:{payments}");
                try (RedisAdmission byClient = fiveADay(RedisLimits.over(client, RedisURI.create(server.uri())))
                                .exact();
                        RedisAdmission byConnection =
                                fiveADay(RedisLimits.over(connection)).exact()) {
                    assertThat(count(byClient, 3)).isEqualTo(3);
                    assertThat(count(byConnection, 3)).isEqualTo(2);
                }
                assertThat(connection.sync().ping()).isEqualTo("PONG");
                RedisProcess.until(
                        "the connection of its own is closed",
                        () -> connection.sync().clientList().lines().count() == 1);
            } finally {
                client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
            }
        }
    }

    @Test
    void what_waits_for_the_rate_goes_by_itself() throws Exception {
        try (RedisProcess server = RedisProcess.start(RedisProcess.Origin.SYSTEM);
                RedisAdmission limit = RedisLimits.at(server.uri())
                        .name("quick")
                        .limit(200, Duration.ofSeconds(1), 1)
                        .key(Attempt::affinityKey, 100)
                        .exact();
                RedisAdmission leased = RedisLimits.at(server.uri())
                        .name("quick-too")
                        .limit(200, Duration.ofSeconds(1), 1)
                        .leased()) {
            List<CompletableFuture<Admission.Permit>> all = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                all.add(limit.admit(FakeAttempt.fresh().affinityKey("k" + i % 3), MINUTE)
                        .toCompletableFuture());
                all.add(Grants.ask(leased, 1, MINUTE));
            }
            for (CompletableFuture<Admission.Permit> each : all) {
                each.get(60, TimeUnit.SECONDS);
            }
        }
    }
}
