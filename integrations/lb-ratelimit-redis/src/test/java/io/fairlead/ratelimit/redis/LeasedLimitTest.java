package io.fairlead.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Admission;
import io.fairlead.testing.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LeasedLimitTest {

    private static final long SECOND = 1_000_000_000L;

    private final ManualTime time = new ManualTime();
    private final FakeRedis redis = new FakeRedis(time);

    private RedisAdmission leased(long permits, long burst) {
        RedisAdmission limit = new RedisLimits(script -> redis)
                .name("payments")
                .environment(time.environment(1))
                .limit(permits, Duration.ofSeconds(1), burst)
                .leased(Duration.ofMillis(100));
        Grants.ask(limit, 1, SECOND);
        time.advance(2 * SECOND);
        return limit;
    }

    @Test
    void most_decisions_need_no_call() {
        RedisAdmission limit = leased(2_000, 200);
        Grants grants = new Grants(time);
        redis.calls.clear();
        for (int i = 0; i < 5_000; i++) {
            grants.count(limit, 1, SECOND);
            time.advance(Duration.ofMillis(1)); // 1 000 a second: 100 in the time of a lease
        }
        assertThat(grants.total()).isEqualTo(5_000);
        assertThat(redis.calls.size()).isLessThan(5_000 / 20);
    }

    @Test
    void a_lone_request_takes_one_permit() {
        RedisAdmission limit = leased(100, 10);
        redis.calls.clear();
        Grants.ask(limit, 1, 0);
        assertThat(redis.calls).hasSize(1);
        assertThat(redis.calls.get(0).requests().get(0).want()).isEqualTo(1);
    }

    @Test
    void the_quota_is_used_to_the_full_under_overload_and_by_all_processes() {
        List<RedisAdmission> processes = new ArrayList<>();
        List<Grants> grants = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            processes.add(leased(400, 40));
            grants.add(new Grants(time));
        }
        Random random = new Random(1);
        for (int i = 0; i < 6_000; i++) {
            int j = random.nextInt(4);
            grants.get(j).count(processes.get(j), 1, SECOND / 5);
            time.advance(Duration.ofNanos(250_000));
        }
        long all = grants.stream().mapToLong(Grants::total).sum();
        assertThat(all).isBetween(560L, 600L + 40 + 40);
        assertThat(grants).allMatch(g -> g.total() > 70);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6})
    void no_interval_grants_more_than_the_bound_and_what_a_lease_brings(int seed) {
        Random random = new Random(seed);
        List<RedisAdmission> processes = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            processes.add(leased(200, 20));
        }
        Grants grants = new Grants(time);
        for (int i = 0; i < 2_000; i++) {
            int permits = 1 + random.nextInt(3);
            CompletableFuture<Admission.Permit> asked =
                    grants.count(processes.get(random.nextInt(3)), permits, random.nextInt(2) * SECOND / 10);
            if (asked.isDone() && !asked.isCompletedExceptionally() && random.nextInt(5) == 0) {
                grants.uncount(permits);
                asked.join().cancel();
            }
            time.advance((long) (random.nextDouble() * random.nextInt(3) * SECOND / 200));
        }
        assertThat(grants.total()).isGreaterThan(700);
        assertThat(grants.excess(20 + 200 * 0.1, 200.0 / SECOND)).isLessThan(0.001);
    }

    @Test
    void what_is_left_when_a_lease_ends_goes_back_as_far_as_it_breaks_no_limit() {
        RedisAdmission limit = leased(100, 100);
        Admission.Permit[] permits = new Admission.Permit[50];
        for (int i = 0; i < 50; i++) {
            permits[i] = Grants.ask(limit, 1, 0).join(); // a demand of 50 in a moment
        }
        redis.calls.clear();
        for (Admission.Permit permit : permits) {
            permit.cancel();
        }
        time.advance(Duration.ofMillis(99));
        assertThat(redis.calls).isEmpty();
        time.advance(Duration.ofMillis(1));
        long back = redis.calls.stream()
                .flatMap(c -> c.requests().stream())
                .mapToLong(r -> Math.max(0, -r.want()))
                .sum();
        assertThat(back).isGreaterThanOrEqualTo(50);
        RedisAdmission other = leased(100, 100);
        assertThat(Grants.ask(other, 90, 0)).isCompleted();
    }

    @Test
    void closing_returns_the_leases() {
        RedisAdmission limit = leased(100, 100);
        for (int i = 0; i < 5; i++) {
            Grants.ask(limit, 1, 0);
        }
        Admission.Permit permit = Grants.ask(limit, 1, 0).join();
        permit.cancel();
        redis.calls.clear();
        limit.close();
        assertThat(redis.calls.get(0).requests().get(0).want()).isNegative();
    }

    @Test
    void a_process_that_dies_with_a_lease_takes_nothing_from_the_rate() {
        RedisAdmission dying = leased(100, 10);
        for (int i = 0; i < 200; i++) {
            Grants.ask(dying, 1, 0);
            time.advance(Duration.ofMillis(5));
        }
        RedisAdmission other = leased(100, 10);
        Grants grants = new Grants(time);
        for (int i = 0; i < 1_000; i++) {
            grants.count(other, 1, 0);
            time.advance(Duration.ofMillis(5));
        }
        assertThat(grants.total()).isBetween(490L, 512L);
    }

    @Test
    void leases_are_used_up_while_redis_is_lost() {
        RedisAdmission limit = leased(1_000, 100);
        for (int i = 0; i < 1_000; i++) {
            Grants.ask(limit, 1, 0);
            time.advance(Duration.ofMillis(2));
        }
        redis.mode = FakeRedis.Mode.FAILING;
        Grants grants = new Grants(time);
        for (int i = 0; i < 20; i++) {
            grants.count(limit, 1, 0);
        }
        assertThat(grants.total()).isGreaterThanOrEqualTo(10);
    }

    @Test
    void who_cannot_be_in_time_is_refused_and_a_lighter_one_is_not_refused_for_it() {
        RedisAdmission limit = leased(10, 10);
        assertThat(Grants.ask(limit, 10, 0)).isCompleted();
        time.advance(Duration.ofMillis(100));
        redis.mode = FakeRedis.Mode.SLOW;
        CompletableFuture<Admission.Permit> first = Grants.ask(limit, 5, 0);
        CompletableFuture<Admission.Permit> light = Grants.ask(limit, 1, 0);
        redis.answer();
        redis.resume();
        assertThat(first).isCompletedExceptionally();
        assertThat(light).isCompleted();
    }
}
