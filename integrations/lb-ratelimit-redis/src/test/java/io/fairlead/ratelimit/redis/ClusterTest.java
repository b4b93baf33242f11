package io.fairlead.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.testing.FakeAttempt;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A cluster of three masters. */
class ClusterTest {

    private static final List<RedisProcess> NODES = new ArrayList<>();

    private static RedisClusterClient client;
    private static StatefulRedisClusterConnection<String, String> connection;

    private final Events events = new Events();

    @BeforeAll
    static void create() throws Exception {
        for (int i = 0; i < 3; i++) {
            NODES.add(RedisProcess.start(
                    RedisProcess.Origin.SYSTEM, "--cluster-enabled", "yes", "--cluster-node-timeout", "1000"));
        }
        for (int i = 0; i < 3; i++) {
            int[] slots =
                    IntStream.range(i * 5462, Math.min(16_384, (i + 1) * 5462)).toArray();
            NODES.get(i).ask(redis -> redis.clusterAddSlots(slots));
            NODES.get(i).ask(redis -> redis.clusterMeet("127.0.0.1", NODES.get(0).port));
        }
        untilWhole();
        client = RedisClusterClient.create(RedisURI.create(NODES.get(0).uri()));
        connection = client.connect();
    }

    private static void untilWhole() throws InterruptedException {
        RedisProcess.until(
                "the cluster is whole",
                () -> NODES.stream().allMatch(node -> {
                    String info = node.ask(redis -> redis.clusterInfo());
                    return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:3");
                }));
    }

    @AfterAll
    static void end() throws Exception {
        client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
        for (RedisProcess node : NODES) {
            node.close();
        }
    }

    /** Five at once and one a day, for each key. */
    private RedisLimits fiveADay(RedisLimits limits, String name) {
        return limits.name(name)
                .timeout(Duration.ofSeconds(6))
                .limit(1, Duration.ofDays(1), 5)
                .key(Attempt::affinityKey, 1_000)
                .listener(events);
    }

    private static String uri() {
        return "redis://127.0.0.1:" + NODES.get(0).port + ",127.0.0.1:" + NODES.get(1).port;
    }

    private static boolean granted(Admission limit, String key) throws Exception {
        try {
            return limit.admit(FakeAttempt.fresh().affinityKey(key), 0)
                            .toCompletableFuture()
                            .get(30, TimeUnit.SECONDS)
                    != null;
        } catch (ExecutionException e) {
            return false;
        }
    }

    /** Asks of each key once, which makes it, and fills them all. Returns the keys in Redis. */
    private static List<String> fill(Admission limit, String name, int keys) throws Exception {
        for (int i = 0; i < keys; i++) {
            assertThat(granted(limit, "k" + i)).isFalse();
        }
        List<String> made = connection.sync().keys("fairlead:{" + name + "*");
        assertThat(made).hasSize(keys);
        for (String key : made) {
            connection.sync().set(key, "1000000 0 1000000 1 86400000000 0");
        }
        return made;
    }

    @Test
    void keys_of_all_nodes_are_decided_exactly() throws Exception {
        try (RedisAdmission one =
                        fiveADay(RedisLimits.atCluster(uri()), "exact").exact();
                RedisAdmission two = fiveADay(RedisLimits.over(client), "exact").exact();
                RedisAdmission three =
                        fiveADay(RedisLimits.over(connection), "exact").leased()) {
            List<String> keys = fill(one, "exact", 30);
            assertThat(keys.stream().map(k -> SlotHash.getSlot(k) / 5462).distinct())
                    .hasSize(3);
            long total = 0;
            for (int i = 0; i < 30 * 9; i++) {
                RedisAdmission any = List.of(one, two, three).get(i / 30 % 3);
                total += granted(any, "k" + i % 30) ? 1 : 0;
            }
            assertThat(total).isEqualTo(30 * 5);
            assertThat(events.told).isEmpty();
        }
    }

    @Test
    void a_slot_that_moves_is_followed() throws Exception {
        try (RedisAdmission limit = fiveADay(RedisLimits.atCluster(uri()), "moving")
                .closedWithoutRedis()
                .exact()) {
            String key = fill(limit, "moving", 1).get(0);
            assertThat(granted(limit, "k0")).isTrue();
            int slot = SlotHash.getSlot(key);
            connection.sync().del(key);
            RedisProcess to = NODES.get((slot / 5462 + 1) % 3);
            String id = to.ask(redis -> redis.clusterMyId());
            to.ask(redis -> redis.clusterSetSlotNode(slot, id));
            for (RedisProcess node : NODES) {
                node.ask(redis -> redis.clusterSetSlotNode(slot, id));
            }
            to.ask(redis -> redis.set(key, "1000000 0 1000000 1 86400000000 0"));
            long total = 0;
            for (int i = 0; i < 10; i++) {
                total += granted(limit, "k0") ? 1 : 0;
            }
            assertThat(total).isEqualTo(5);
            assertThat(events.told).isEmpty();
        }
    }

    @Test
    void a_node_that_dies_is_bridged_until_it_is_back() throws Exception {
        try (RedisAdmission limit = fiveADay(RedisLimits.atCluster(uri()), "dying")
                .openWithoutRedis()
                .exact()) {
            String first = fill(limit, "dying", 10).get(0);
            RedisProcess dying = NODES.get(SlotHash.getSlot(first) / 5462);
            dying.kill();
            for (int i = 0; i < 100; i++) {
                granted(limit, "k" + i % 10); // each is answered
            }
            RedisProcess.until("lost", () -> events.told.contains("lost"));
            dying.launch();
            untilWhole();
            events.untilBack();
            RedisProcess.until("keys of that node are decided by it again", () -> {
                try {
                    boolean any = false;
                    for (int i = 0; i < 10; i++) {
                        any |= granted(limit, "k" + i);
                    }
                    return !any; // what was left of the burst is used up, and what was lost began empty
                } catch (Exception e) {
                    throw new AssertionError(e);
                }
            });
        }
    }
}
