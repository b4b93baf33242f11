package io.fairlead.ratelimit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every limiter. */
class EveryLimiterTest {

    private static final Duration SECOND = Duration.ofSeconds(1);

    /** The limiters, each of 100 a second or so. */
    enum Kind {
        TOKEN_BUCKET(env -> bucket(env).build()),
        LEAKY_BUCKET(env -> RateLimiters.leakyBucket(100, SECOND, env)),
        FIXED_WINDOW(env -> RateLimiters.fixedWindow(100, SECOND, env)),
        SLIDING_WINDOW(env -> RateLimiters.slidingWindow(100, SECOND, env)),
        SLIDING_LOG(env -> RateLimiters.slidingLog(100, SECOND, env)),
        WARM_UP(env -> bucket(env).warmUp(Duration.ofSeconds(2)).build()),
        ALL(env -> RateLimiters.all(
                bucket(env).build(),
                RateLimiters.slidingLog(500, Duration.ofSeconds(10), env),
                RateLimiters.fixedWindow(300, Duration.ofSeconds(5), env)));

        final Function<Environment, RateLimiter> maker;

        Kind(Function<Environment, RateLimiter> maker) {
            this.maker = maker;
        }

        RateLimiter by(AtomicLong clock) {
            return maker.apply(Environment.builder().nanoClock(clock::get).build());
        }

        private static TokenBucketBuilder bucket(Environment env) {
            return RateLimiters.tokenBucket(100, SECOND).burst(20).environment(env);
        }
    }

    // ---- time -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void the_clock_may_stand_anywhere_and_overflow(Kind kind) {
        List<Long> expected = answers(kind, 0);
        assertThat(expected).contains(0L, RateLimiter.REFUSED).anyMatch(wait -> wait > 0);
        for (long start : new long[] {Long.MAX_VALUE, Long.MAX_VALUE - 5_000_000_000L, Long.MIN_VALUE, -1, 1L << 62}) {
            assertThat(answers(kind, start)).as("from %d", start).isEqualTo(expected);
        }
    }

    private static List<Long> answers(Kind kind, long start) {
        AtomicLong clock = new AtomicLong(start);
        RateLimiter limiter = kind.by(clock);
        Random random = new Random(7);
        List<Long> answers = new ArrayList<>();
        for (int i = 0; i < 3_000; i++) {
            clock.addAndGet(random.nextInt(300) == 0 ? random.nextLong(40_000_000_000L) : random.nextLong(15_000_000));
            long reserved = clock.get();
            int n = 1 + random.nextInt(3);
            long wait = limiter.reserve(n, random.nextBoolean() ? 0 : random.nextLong(3_000_000_000L));
            answers.add(wait);
            if (wait >= 0 && random.nextInt(5) == 0) {
                clock.addAndGet(random.nextInt(1_000));
                limiter.refund(n, reserved, wait);
            }
        }
        return answers;
    }

    @ParameterizedTest
    @EnumSource
    void those_who_wait_are_answered_in_order(Kind kind) {
        AtomicLong clock = new AtomicLong();
        RateLimiter limiter = kind.by(clock);
        Random random = new Random(3);
        long last = 0;
        for (int i = 0; i < 2_000; i++) {
            clock.addAndGet(random.nextLong(12_000_000));
            long wait = limiter.reserve(1 + random.nextInt(3), Long.MAX_VALUE);
            assertThat(clock.get() + wait).isGreaterThanOrEqualTo(last);
            last = clock.get() + wait;
        }
    }

    @ParameterizedTest
    @EnumSource
    void who_offers_to_wait_too_short_is_refused_and_to_the_nanosecond_long_enough_is_not(Kind kind) {
        AtomicLong clock = new AtomicLong();
        RateLimiter limiter = kind.by(clock);
        RateLimiter twin = kind.by(clock);
        Random random = new Random(4);
        for (int i = 0; i < 1_000; i++) {
            clock.addAndGet(random.nextLong(15_000_000));
            long wait = twin.reserve(1, Long.MAX_VALUE);
            if (wait > 0) {
                assertThat(limiter.reserve(1, wait - 1)).isEqualTo(RateLimiter.REFUSED);
                assertThat(limiter.reserve(1, 0)).isEqualTo(RateLimiter.REFUSED);
            }
            assertThat(limiter.reserve(1, wait)).isEqualTo(wait);
        }
    }

    @ParameterizedTest
    @EnumSource
    void under_overload_as_much_is_granted_as_the_rate_brings(Kind kind) {
        AtomicLong clock = new AtomicLong();
        RateLimiter limiter = kind.by(clock);
        int granted = 0;
        for (int i = 0; i < 60_000; i++) { // a minute, ten for each that there is
            granted += limiter.reserve(1, 0) == 0 ? 1 : 0;
            clock.addAndGet(1_000_000);
        }
        switch (kind) {
            case ALL -> assertThat(granted).isBetween(3_000, 3_000);
            case TOKEN_BUCKET -> assertThat(granted).isBetween(6_019, 6_020);
            case WARM_UP -> assertThat(granted).isBetween(5_930, 5_950); // two thirds of two seconds at first
            case SLIDING_WINDOW -> assertThat(granted).isEqualTo(100 + 59 * 99); // the last is due at the edge
            default -> assertThat(granted).isBetween(5_990, 6_000);
        }
    }

    // ---- threads ----------------------------------------------------------------------------------------------------

    static Stream<Object[]> kindsAndThreads() {
        return Stream.of(Kind.values()).flatMap(kind -> Stream.of(2, 8, 64).map(n -> new Object[] {kind, n}));
    }

    @ParameterizedTest
    @MethodSource("kindsAndThreads")
    void threads_together_get_exactly_what_one_alone_would(Kind kind, int threads) throws Exception {
        AtomicLong clock = new AtomicLong(Long.MAX_VALUE - 1_000_000_000L);
        RateLimiter alone = kind.by(clock);
        RateLimiter shared = kind.by(clock);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            long expected = 0;
            long granted = 0;
            for (int step = 0; step < 60; step++) {
                clock.addAndGet(step % 20 == 0 ? 5_000_000_000L : 73_000_000);
                expected += untilRefused(alone);
                List<Callable<Long>> tasks = new ArrayList<>();
                for (int i = 0; i < threads; i++) {
                    tasks.add(() -> untilRefused(shared));
                }
                for (Future<Long> future : pool.invokeAll(tasks)) {
                    granted += future.get();
                }
                assertThat(granted).as("step %d", step).isEqualTo(expected);
            }
            assertThat(granted).isGreaterThanOrEqualTo(60);
        } finally {
            pool.shutdownNow();
        }
    }

    private static long untilRefused(RateLimiter limiter) {
        long granted = 0;
        while (limiter.reserve(1, 0) == 0) {
            granted++;
        }
        return granted;
    }

    @ParameterizedTest
    @MethodSource("kindsAndThreads")
    void threads_that_wait_and_give_back_leave_what_one_alone_would(Kind kind, int threads) throws Exception {
        AtomicLong clock = new AtomicLong();
        RateLimiter shared = kind.by(clock);
        ExecutorService pool = Executors.newFixedThreadPool(threads);
        try {
            List<Callable<Long>> tasks = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                tasks.add(() -> {
                    long kept = 0;
                    for (int k = 0; k < 6_400 / threads; k++) {
                        if (shared.reserve(1, 0) == 0) {
                            if (k % 2 == 0) {
                                shared.refund(1, clock.get(), 0);
                            } else {
                                kept++;
                            }
                        }
                    }
                    return kept;
                });
            }
            long kept = 0;
            for (Future<Long> future : pool.invokeAll(tasks)) {
                kept += future.get();
            }
            kept += untilRefused(shared);
            assertThat(kept).isEqualTo(untilRefused(kind.by(clock)));
        } finally {
            pool.shutdownNow();
        }
    }

    // ---- cost -------------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void neither_granting_nor_refusing_nor_giving_back_allocates(Kind kind) {
        AtomicLong clock = new AtomicLong();
        RateLimiter limiter = kind.by(clock);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        long sum = use(limiter, clock); // until it is compiled
        for (int i = 0; i < 6; i++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            sum += use(limiter, clock);
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertThat(sum).isNotZero();
        assertThat(least).isLessThan(10_000); // for 120 000 operations; the measurement itself may take some
    }

    private static long use(RateLimiter limiter, AtomicLong clock) {
        long sum = 0;
        for (int i = 0; i < 40_000; i++) {
            long reserved = clock.addAndGet(4_000_000);
            sum += limiter.reserve(1, 0);
            long wait = limiter.reserve(2, 50_000_000);
            if (wait >= 0 && i % 2 == 0) {
                limiter.refund(2, reserved, wait);
            }
        }
        return sum;
    }

    // ---- bad input --------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @EnumSource
    void bad_input_is_named_and_takes_nothing(Kind kind) {
        AtomicLong clock = new AtomicLong();
        RateLimiter limiter = kind.by(clock);
        for (int bad : new int[] {0, -1, Integer.MIN_VALUE}) {
            assertThatThrownBy(() -> limiter.reserve(bad, 0))
                    .hasMessage("permits is " + bad + ": allowed is at least 1");
            assertThatThrownBy(() -> limiter.refund(bad)).hasMessageContaining("permits is " + bad);
            assertThatThrownBy(() -> limiter.refund(bad, 0, 0)).hasMessageContaining("permits is " + bad);
        }
        assertThatThrownBy(() -> limiter.refund(1, 0, RateLimiter.REFUSED))
                .hasMessage("wait of the refunded reservation is -1: allowed is at least 0");
        assertThat(limiter.reserve(1, -1)).as("no wait is short enough").isEqualTo(RateLimiter.REFUSED);
        if (kind != Kind.LEAKY_BUCKET) { // where a heavy one only keeps the next waiting
            assertThat(limiter.reserve(101, Long.MAX_VALUE)).isEqualTo(RateLimiter.REFUSED);
            assertThat(limiter.reserve(Integer.MAX_VALUE, Long.MAX_VALUE)).isEqualTo(RateLimiter.REFUSED);
        }
        limiter.refund(Integer.MAX_VALUE);
        assertThat(untilRefused(limiter)).isEqualTo(untilRefused(kind.by(clock)));
    }
}
