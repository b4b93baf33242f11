package io.fairlead.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.sync.RedisCommands;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The script on a real server, by a clock that the tests set. */
class ScriptTest {

    private static final long SECOND = 1_000_000;

    /** The script, but for where it has the time from. */
    private static final Script SCRIPT =
            Script.of(Script.decide().text().replace("redis.call('TIME')", "redis.call('LRANGE', 'clock', 0, 1)"));

    private RedisProcess server;
    private RedisClient client;
    private RedisCommands<String, String> redis;
    private long now = 1_800_000_000L * SECOND;
    private Redis.Reply last = new Redis.Reply(0, 0, List.of());

    private void start(RedisProcess.Origin origin) throws Exception {
        server = RedisProcess.start(origin);
        client = RedisClient.create(server.uri());
        StatefulRedisConnection<String, String> connection = client.connect();
        redis = connection.sync();
    }

    @AfterEach
    void stop() throws Exception {
        client.shutdown(java.time.Duration.ZERO, java.time.Duration.ofSeconds(5));
        server.close();
    }

    private static Quota quota(long permits, long periodNanos, long burst) {
        return Quota.of(List.of(new Quota.Limit(permits, periodNanos, burst)));
    }

    private List<Redis.Answer> run(Quota quota, long birth, long debt, Redis.Request... requests) {
        redis.del("clock");
        redis.rpush("clock", "" + now / SECOND, "" + now % SECOND);
        Redis.Call call = new Redis.Call(
                "key", quota, java.util.Collections.nCopies(quota.size(), 0L), birth, debt, List.of(requests));
        CompletableFuture<Redis.Reply> reply = new CompletableFuture<>();
        Script.complete(
                reply,
                call,
                redis.eval(SCRIPT.text(), ScriptOutputType.MULTI, new String[] {"key"}, Script.arguments(call)));
        last = reply.join();
        return last.answers();
    }

    private long granted(Quota quota, int requests) {
        Redis.Request[] all = new Redis.Request[requests];
        java.util.Arrays.fill(all, new Redis.Request(1, 1, 0));
        return run(quota, 0, 0, all).stream().mapToLong(Redis.Answer::granted).sum();
    }

    @ParameterizedTest
    @EnumSource
    void counts_are_exact(RedisProcess.Origin origin) throws Exception {
        start(origin);
        Quota sevenInThree = quota(7, 3_000_000_000L, 2);
        assertThat(granted(sevenInThree, 1)).isZero();
        long total = 0;
        for (int i = 0; i < 3_000; i++) {
            now += 10_000;
            total += granted(sevenInThree, 3);
        }
        assertThat(total).isEqualTo(70); // in 30 s
        now += 10 * SECOND;
        assertThat(granted(sevenInThree, 5)).isEqualTo(2);
        now += 428_571; // a permit takes 3/7 of a second
        assertThat(granted(sevenInThree, 1)).isZero();
        now += 1;
        assertThat(granted(sevenInThree, 1)).isEqualTo(1);
        assertThat(redis.pttl("key")).isBetween(3_600_000L - 60_000, 3_600_000L + 1_000);
    }

    @ParameterizedTest
    @EnumSource
    void decides_as_the_bucket_of_this_process_does(RedisProcess.Origin origin) throws Exception {
        start(origin);
        Random random = new Random(7);
        Quota quota = Quota.of(
                List.of(new Quota.Limit(500, 1_000_000_000L, 50), new Quota.Limit(3_001, 60_000_000_000L, 70)));
        Bucket bucket = new Bucket(quota, now, 0);
        List<Redis.Answer> expected = new ArrayList<>();
        run(quota, 0, 0, new Redis.Request(1, 1, 0));
        FakeRedis.answer(bucket, new Redis.Request(1, 1, 0), last.birth());
        for (int i = 0; i < 2_000; i++) {
            now += random.nextInt(5) == 0 ? random.nextInt(2_000_000) : random.nextInt(40_000);
            bucket.flow(now);
            Redis.Request[] requests = new Redis.Request[1 + random.nextInt(4)];
            expected.clear();
            for (int j = 0; j < requests.length; j++) {
                int need = 1 + random.nextInt(40);
                requests[j] = random.nextInt(4) == 0
                        ? new Redis.Request(-need, now + random.nextInt(400_000) - 200_000, last.birth())
                        : new Redis.Request(need + random.nextInt(10), need, random.nextInt(3) * 150_000);
                expected.add(FakeRedis.answer(bucket, requests[j], last.birth()));
            }
            assertThat(run(quota, last.birth(), 0, requests)).as("round " + i).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_lost_key_begins_empty_and_behind_what_the_caller_knows(RedisProcess.Origin origin) throws Exception {
        start(origin);
        Quota quota = quota(10, 1_000_000_000L, 5);
        granted(quota, 1);
        now += 10 * SECOND;
        redis.flushall();
        assertThat(granted(quota, 5)).isZero();
        redis.flushall();
        assertThat(run(quota, 17, SECOND / 2, new Redis.Request(1, 1, SECOND)))
                .containsExactly(new Redis.Answer(1, 600_000));
    }

    @ParameterizedTest
    @EnumSource
    void a_clock_that_is_set_back_neither_grants_nor_blocks(RedisProcess.Origin origin) throws Exception {
        start(origin);
        Quota quota = quota(10, 1_000_000_000L, 5);
        granted(quota, 1);
        now += 10 * SECOND;
        assertThat(granted(quota, 4)).isEqualTo(4);
        long birth = last.birth();
        now -= 3_600 * SECOND;
        assertThat(granted(quota, 4)).isEqualTo(1);
        assertThat(last.birth()).isNotEqualTo(birth);
        run(quota, last.birth(), 0, new Redis.Request(-4, now + 3_600 * SECOND, birth)); // of before: not given back
        assertThat(granted(quota, 1)).isZero();
        now += SECOND;
        assertThat(granted(quota, 9)).isEqualTo(5);
    }

    @ParameterizedTest
    @EnumSource
    void two_versions_of_the_limits_may_be_in_use_during_a_deployment(RedisProcess.Origin origin) throws Exception {
        start(origin);
        Quota old = quota(10, 1_000_000_000L, 5);
        Quota faster =
                Quota.of(List.of(new Quota.Limit(20, 1_000_000_000L, 5), new Quota.Limit(60, 60_000_000_000L, 30)));
        granted(old, 1);
        now += 10 * SECOND;
        assertThat(granted(old, 3)).isEqualTo(3);
        assertThat(granted(faster, 3)).isZero(); // its second limit begins empty
        now += 30 * SECOND;
        long byOld = 0;
        long byNew = 0;
        for (int i = 0; i < 40; i++) {
            now += SECOND / 10;
            byOld += granted(old, 1);
            byNew += granted(faster, 1);
        }
        assertThat(byOld).isEqualTo(40);
        assertThat(byNew).isBetween(30L, 34L); // 30 at once and one a second
    }

    @ParameterizedTest
    @EnumSource
    void a_question_without_requests_leaves_no_trace(RedisProcess.Origin origin) throws Exception {
        start(origin);
        assertThat(run(quota(10, 1_000_000_000L, 5), 0, 0)).isEmpty();
        assertThat(redis.exists("key")).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void the_largest_numbers_are_counted_exactly(RedisProcess.Origin origin) throws Exception {
        start(origin);
        Quota aDay = quota(1, 86_400_000_000_000L, 50_000);
        granted(aDay, 1);
        redis.del("clock");
        now += 86_400 * SECOND;
        assertThat(granted(aDay, 2)).isEqualTo(1);
        now += 86_400 * SECOND - 1;
        assertThat(granted(aDay, 1)).isZero();
        now += 1;
        assertThat(granted(aDay, 1)).isEqualTo(1);
    }
}
