package io.fairlead.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** A master, its replica, and three sentinels. */
class SentinelTest {

    private final Events events = new Events();

    private static long count(RedisAdmission limit, int asked) throws Exception {
        long total = 0;
        for (int i = 0; i < asked; i++) {
            try {
                Grants.ask(limit, 1, 0).get(30, TimeUnit.SECONDS);
                total++;
            } catch (ExecutionException e) {
                assertThat(e).hasMessageContaining("rate limit: ");
            }
        }
        return total;
    }

    @Test
    void a_failover_keeps_what_was_granted() throws Exception {
        List<RedisProcess> all = new ArrayList<>();
        try {
            RedisProcess master = RedisProcess.start(RedisProcess.Origin.SYSTEM);
            all.add(master);
            RedisProcess replica = RedisProcess.start(
                    RedisProcess.Origin.SYSTEM,
                    "--replicaof",
                    "127.0.0.1 " + master.port,
                    "--repl-diskless-sync-delay",
                    "0");
            all.add(replica);
            RedisProcess.until(
                    "the replica follows",
                    () -> replica.ask(redis -> redis.info("replication")).contains("master_link_status:up"));
            List<RedisProcess> sentinels = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                sentinels.add(RedisProcess.sentinel(master.port));
                all.add(sentinels.get(i));
            }
            RedisProcess.until(
                    "the sentinels know all",
                    () -> sentinels.stream()
                            .allMatch(
                                    s -> s.ask(redis -> redis.info("sentinel")).contains("slaves=1,sentinels=3")));
            String uri = sentinels.stream().map(s -> "127.0.0.1:" + s.port).collect(Collectors.joining(","));
            failOver(master, replica, "redis-sentinel://" + uri + "#m");
        } finally {
            for (RedisProcess each : all) {
                each.close();
            }
        }
    }

    private void failOver(RedisProcess master, RedisProcess replica, String uri) throws Exception {
        try (RedisAdmission limit = RedisLimits.at(uri)
                .name("payments")
                .timeout(Duration.ofSeconds(20))
                .limit(1, Duration.ofDays(1), 5)
                .closedWithoutRedis()
                .listener(events)
                .exact()) {
            master.ask(redis -> redis.set("fairlead:{payments}", "1000000 0 1000000 1 86400000000 0"));
            assertThat(count(limit, 2)).isEqualTo(2);
            String state = master.ask(redis -> redis.get("fairlead:{payments}"));
            RedisProcess.until(
                    "the replica has it", () -> state.equals(replica.ask(redis -> redis.get("fairlead:{payments}"))));
            master.kill();
            assertThat(count(limit, 5)).isZero();
            events.untilBack();
            String role = replica.ask(redis -> redis.info("replication"));
            assertThat(role).contains("role:master");
            assertThat(count(limit, 10)).isEqualTo(3);
        }
    }
}
