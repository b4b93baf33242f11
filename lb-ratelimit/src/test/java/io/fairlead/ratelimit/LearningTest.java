package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LearningTest {

    private static final long SECOND = 1_000_000_000L;
    private static final long MILLI = 1_000_000L;

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(1);

    // ---- a rate that changes ----------------------------------------------------------------------------------------

    private VariableBucket bucket(AtomicLong clock, long permits, long burst) {
        return new VariableBucket(
                GcraRate.tokenBucket(permits, SECOND, burst),
                Environment.builder().nanoClock(clock::get).build());
    }

    @Test
    void who_was_told_a_moment_keeps_it_and_who_comes_later_goes_at_the_new_rate() {
        AtomicLong clock = new AtomicLong(Long.MAX_VALUE - SECOND);
        VariableBucket bucket = bucket(clock, 10, 1);
        assertThat(bucket.reserve(1, 0)).isZero();
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(SECOND / 10);
        bucket.share(0.5);
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(3 * SECOND / 10);
        bucket.share(1);
        assertThat(bucket.reserve(1, SECOND)).isEqualTo(4 * SECOND / 10);
        bucket.stop(clock.get() + SECOND);
        assertThat(bucket.reserve(1, 2 * SECOND)).isEqualTo(SECOND + SECOND / 10);
        clock.addAndGet(SECOND * 12 / 10);
        assertThat(bucket.reserve(1, 0)).isZero();
    }

    @Test
    void a_slower_rate_loses_nothing_however_often_it_is_asked() {
        AtomicLong clock = new AtomicLong();
        VariableBucket bucket = bucket(clock, 1_000, 1);
        bucket.share(0.25);
        long granted = 0;
        for (int i = 0; i < 100_000; i++) { // every 7 µs
            clock.addAndGet(7_001);
            granted += bucket.reserve(1, 0) == 0 ? 1 : 0;
        }
        assertThat(granted).isBetween(174L, 176L); // a quarter of 0.7 s
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void no_interval_grants_more_than_the_full_rate_while_the_rate_changes(long seed) {
        AtomicLong clock = new AtomicLong(-5);
        Random random = new Random(seed);
        int burst = 1 + random.nextInt(4);
        VariableBucket bucket = bucket(clock, 50, burst);
        RateLimiter changing = new RateLimiter() {
            @Override
            public long reserve(int permits, long maxWaitNanos) {
                if (random.nextInt(10) == 0) {
                    bucket.share(random.nextDouble());
                } else if (random.nextInt(50) == 0) {
                    bucket.stop(clock.get() + random.nextLong(SECOND));
                }
                return bucket.reserve(permits, maxWaitNanos);
            }

            @Override
            public void refund(int permits, long reservedNanos, long waitNanos) {
                bucket.refund(permits, reservedNanos, waitNanos);
            }
        };
        Grants.of(changing, clock, random, new Grants.Pattern(4_000, SECOND / 50, Math.min(burst, 3), 2 * SECOND, true))
                .assertWithin((from, to) -> burst + (to - from + 1) * 50.0 / SECOND, "seed " + seed);
    }

    // ---- learning ---------------------------------------------------------------------------------------------------

    private final List<Long> sent = new ArrayList<>();

    private Admission learning(long permits, long burst) {
        TokenBucketBuilder bucket = RateLimiters.tokenBucket(permits, Duration.ofSeconds(1))
                .burst(burst)
                .environment(env);
        return RateLimiters.learning(bucket, Attempt::affinityKey, 1_000);
    }

    private FakeAttempt ask(Admission learning, long maxWait) {
        FakeAttempt attempt = FakeAttempt.fresh();
        learning.admit(attempt, maxWait).thenAccept(permit -> {
            attempt.startedAt(time.nanoTime());
            sent.add(time.nanoTime());
        });
        return attempt;
    }

    private static HttpHeaders headers(String name, String value) {
        return HttpHeaders.of(Map.of(name, List.of(value)), (a, b) -> true);
    }

    /** One that is sent at once and answered. */
    private void answered(Admission learning, FakeAttempt answer) {
        CompletableFuture<Admission.Permit> permit =
                learning.admit(answer, 10 * SECOND).toCompletableFuture();
        while (!permit.isDone()) {
            time.advance(MILLI);
        }
        answer.startedAt(time.nanoTime());
        permit.join().release(answer);
    }

    private static FakeAttempt answer(int status, String header, String value) {
        return FakeAttempt.fresh().answer(status, headers(header, value));
    }

    private long sentWithin(long nanos) {
        int before = sent.size();
        time.advance(nanos);
        return sent.size() - before;
    }

    @Test
    void a_429_lowers_the_rate_for_those_who_wait_and_time_raises_it() {
        Admission learning = learning(100, 1);
        answered(learning, FakeAttempt.fresh().answer(200, HttpHeaders.of(Map.of(), (a, b) -> true)));
        for (int i = 0; i < 1_000; i++) {
            ask(learning, 60 * SECOND);
        }
        assertThat(sentWithin(SECOND)).isEqualTo(100);
        FakeAttempt refused = FakeAttempt.fresh().startedAt(time.nanoTime()).answer(429, headers("x", "y"));
        permitOf(learning).release(refused);
        assertThat(sentWithin(SECOND)).isBetween(69L, 72L);
        assertThat(sentWithin(10 * SECOND)).isBetween(790L, 810L);
    }

    /** A permit whose release is all that matters: of one who does not count any more. */
    private Admission.Permit permitOf(Admission learning) {
        FairQueue queue = (FairQueue) learning;
        return queue.new Waiter(FakeAttempt.fresh(), "k", 0);
    }

    @Test
    void many_429s_of_one_moment_lower_it_once() {
        Admission learning = learning(100, 1);
        long start = time.nanoTime();
        for (int i = 0; i < 50; i++) {
            time.advance(1);
            permitOf(learning).release(FakeAttempt.fresh().startedAt(start).answer(429, headers("x", "y")));
        }
        for (int i = 0; i < 300; i++) {
            ask(learning, 60 * SECOND);
        }
        assertThat(sentWithin(SECOND)).isBetween(69L, 73L);
    }

    @Test
    void refusals_that_come_back_at_once_lower_it_once_a_second() {
        Admission learning = learning(100, 1);
        for (int i = 0;
                i < 50;
                i++) { // each sent after the one before was refused, by a partner who counts by the second
            permitOf(learning)
                    .release(FakeAttempt.fresh().startedAt(time.nanoTime()).answer(429, headers("x", "y")));
            time.advance(10 * MILLI);
        }
        for (int i = 0; i < 300; i++) {
            ask(learning, 60 * SECOND);
        }
        assertThat(sentWithin(SECOND)).isBetween(69L, 73L);
    }

    @Test
    void retry_after_stops_those_who_wait_and_at_most_for_a_minute() {
        Admission learning = learning(100, 1);
        for (int i = 0; i < 50; i++) {
            ask(learning, 200 * SECOND);
        }
        assertThat(sentWithin(SECOND / 10)).isEqualTo(10);
        permitOf(learning)
                .release(FakeAttempt.fresh()
                        .startedAt(time.nanoTime())
                        .answer(429, headers("x", "y"))
                        .retryAfterNanos(3 * SECOND));
        assertThat(sentWithin(3 * SECOND - 1)).isZero();
        assertThat(sentWithin(SECOND / 10)).isBetween(7L, 9L);
        permitOf(learning)
                .release(FakeAttempt.fresh()
                        .startedAt(time.nanoTime())
                        .answer(429, headers("x", "y"))
                        .retryAfterNanos(Long.MAX_VALUE));
        assertThat(sentWithin(60 * SECOND - 1)).isZero();
        assertThat(sentWithin(SECOND)).isGreaterThan(20);
    }

    @Test
    void a_header_lowers_the_rate_to_what_is_left_until_the_quota_begins_anew() {
        Admission learning = learning(100, 1);
        answered(learning, answer(200, "RateLimit", "\"default\";r=50;t=5"));
        for (int i = 0; i < 900; i++) {
            ask(learning, 60 * SECOND);
        }
        assertThat(sentWithin(5 * SECOND)).isBetween(48L, 51L);
        assertThat(sentWithin(SECOND)).isBetween(98L, 101L);
        permitOf(learning).release(answer(200, "RateLimit", "\"default\";r=0;t=2"));
        assertThat(sentWithin(2 * SECOND - 1)).isZero();
        assertThat(sentWithin(SECOND)).isBetween(98L, 101L);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "RateLimit | \"a\";r=50;t=5 | 50 | 5",
                "RateLimit | \"a\";r=100;t=5, \"b\";r=30;t=60 | 30 | 60",
                "RateLimit | \"a\";r=0;t=5, \"b\";r=0;t=60, \"c\";r=1;t=1 | 0 | 60",
                "RateLimit | \"a\"; t=5 ;r=7 | 7 | 5",
                "RateLimit | \"a\";r=7;t=99999999999 | 7 | 86400",
                "RateLimit | \"a\";r=7 | -1 | -1",
                "RateLimit | \"a\";r=-7;t=5 | -1 | -1",
                "RateLimit | \"a\";r=1e3;t=5 | -1 | -1",
                "RateLimit | r=99999999999999999999;t=1 | -1 | -1",
                "RateLimit | limit=100, remaining=50, reset=5 | -1 | -1",
                "RateLimit-Remaining | 5 | -1 | -1",
                "Other | 5 | -1 | -1",
            })
    void the_strictest_quota_of_a_header_counts_and_what_cannot_be_read_is_passed_over(
            String name, String value, long remaining, long seconds) {
        RateLimitHeader header = RateLimitHeader.of(headers(name, value));
        if (remaining < 0) {
            assertThat(header).isNull();
        } else {
            assertThat(header).isEqualTo(new RateLimitHeader(remaining, seconds * SECOND));
        }
    }

    @Test
    void the_headers_of_the_earlier_draft_are_read_too() {
        HttpHeaders both = HttpHeaders.of(
                Map.of("RateLimit-Remaining", List.of("12"), "RateLimit-Reset", List.of("3")), (a, b) -> true);
        assertThat(RateLimitHeader.of(both)).isEqualTo(new RateLimitHeader(12, 3 * SECOND));
    }

    @Test
    void bad_input_is_named() {
        TokenBucketBuilder each = RateLimiters.tokenBucket(1, Duration.ofSeconds(1));
        assertThatThrownBy(() -> RateLimiters.learning(null, a -> 1, 1))
                .hasMessageContaining("bucket that learns is null");
        assertThatThrownBy(() -> RateLimiters.learning(each, null, 1))
                .hasMessageContaining("key of the fair queue is null");
        assertThatThrownBy(() -> RateLimiters.learning(each, a -> 1, 0))
                .hasMessageContaining("maximum waiting of the fair queue is 0");
        assertThatThrownBy(() -> RateLimiters.learning(each.warmUp(Duration.ofSeconds(2)), a -> 1, 1))
                .hasMessage("warm-up of a bucket that learns is PT2S: allowed is none");
    }
}
