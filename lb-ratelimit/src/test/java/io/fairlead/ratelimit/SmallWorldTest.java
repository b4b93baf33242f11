package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Thousands of short histories of a few callers in worlds of a few nanoseconds, where edges, ties, rounding and refunds of any age
 * meet: no interval grants more than its bound. The history is part of the message.
 */
class SmallWorldTest {

    private static final int WORLDS = 6_000;

    /** Callers who may go, with what was reserved for them: moment since the start, permits, when they asked, what they were told. */
    private record Caller(long at, int permits, long reserved, long told) {}

    /** A world: limit, period, burst, and a clock that began anywhere. */
    private static final class World {

        final Random random;
        final AtomicLong clock;
        final long start;
        final long limit;
        final long period;
        final long burst;
        final Environment env;
        final List<Caller> callers = new ArrayList<>();
        final StringBuilder history = new StringBuilder();

        World(long seed) {
            random = new Random(seed);
            clock = new AtomicLong(random.nextLong());
            start = clock.get();
            limit = 1 + random.nextInt(4);
            period = 4 + random.nextInt(17) + (random.nextBoolean() ? 60 : 0);
            burst = 1 + random.nextInt(4);
            env = Environment.builder().nanoClock(clock::get).build();
            history.append("limit ")
                    .append(limit)
                    .append(" period ")
                    .append(period)
                    .append(" burst ")
                    .append(burst);
        }

        TokenBucketBuilder bucket() {
            return RateLimiters.tokenBucket(limit, Duration.ofNanos(period))
                    .burst(burst)
                    .environment(env);
        }

        Duration wide() {
            return Duration.ofNanos(period + 64); // as long as the sliding window needs to be for four permits
        }

        private void step(RateLimiter limiter) {
            clock.addAndGet(random.nextInt(4) == 0 ? random.nextInt((int) (3 * period)) : random.nextInt(3));
            int n = 1 + random.nextInt(3);
            long told = limiter.reserve(n, random.nextBoolean() ? 0 : random.nextInt(60));
            long now = clock.get() - start;
            history.append("\nat ")
                    .append(now)
                    .append(" reserve ")
                    .append(n)
                    .append(" -> ")
                    .append(told);
            if (told >= 0) {
                callers.add(new Caller(now + told, n, clock.get(), told));
            }
            if (random.nextBoolean() && !callers.isEmpty()) {
                Caller back = callers.remove(random.nextInt(callers.size()));
                history.append("\nrefund ")
                        .append(back.permits())
                        .append(" of ")
                        .append(back.at());
                limiter.refund(back.permits(), back.reserved(), back.told());
            }
        }

        private void check(Grants.Bound bound) {
            for (Caller first : callers) {
                for (Caller last : callers) {
                    long from = first.at();
                    long to = last.at();
                    long sum = callers.stream()
                            .filter(c -> c.at() >= from && c.at() <= to)
                            .mapToLong(Caller::permits)
                            .sum();
                    if (to >= from && sum > bound.most(from, to) + 1e-6) {
                        throw new AssertionError(sum + " permits from " + from + " to " + to + ", allowed are "
                                + bound.most(from, to) + "; " + history);
                    }
                }
            }
        }
    }

    /** What is made in a world, and what it may grant. */
    private interface Rule {
        Grants.Bound bound(World world, List<RateLimiter> made);
    }

    enum Kind {
        TOKEN_BUCKET((w, made) -> {
            made.add(w.bucket().build());
            return (from, to) -> w.burst + (to - from + 1.0) * w.limit / w.period;
        }),
        WARM_UP((w, made) -> {
            made.add(w.bucket()
                    .warmUp(Duration.ofNanos(1 + w.random.nextInt(50)))
                    .build());
            return (from, to) -> w.burst + (to - from + 1.0) * w.limit / w.period;
        }),
        VARIABLE((w, made) -> {
            VariableBucket bucket = new VariableBucket(GcraRate.tokenBucket(w.limit, w.period, w.burst), w.env);
            made.add(new RateLimiter() {
                @Override
                public long reserve(int permits, long maxWaitNanos) {
                    if (w.random.nextInt(3) == 0) {
                        bucket.share(w.random.nextDouble());
                    }
                    return bucket.reserve(permits, maxWaitNanos);
                }

                @Override
                public void refund(int permits, long reservedNanos, long waitNanos) {
                    bucket.refund(permits, reservedNanos, waitNanos);
                }
            });
            return (from, to) -> w.burst + (to - from + 1.0) * w.limit / w.period;
        }),
        LEAKY_BUCKET((w, made) -> {
            made.add(RateLimiters.leakyBucket(w.limit, Duration.ofNanos(w.period), w.env));
            return (from, to) -> heaviest(w, to) + (to - from + 1.0) * w.limit / w.period;
        }),
        FIXED_WINDOW((w, made) -> {
            made.add(RateLimiters.fixedWindow(w.limit, Duration.ofNanos(w.period), w.env));
            return (from, to) -> w.limit * (1 + to / w.period - from / w.period);
        }),
        SLIDING_WINDOW((w, made) -> {
            made.add(RateLimiters.slidingWindow(w.limit, w.wide(), w.env));
            return (from, to) -> w.limit * (1 + (double) (to - from) / w.wide().toNanos());
        }),
        SLIDING_LOG((w, made) -> {
            made.add(RateLimiters.slidingLog(w.limit, Duration.ofNanos(w.period), w.env));
            return (from, to) -> w.limit * (1 + (to - from) / w.period);
        }),
        BUCKET_OF_ALL((w, made) -> {
            made.add(RateLimiters.all(
                    w.bucket().build(),
                    RateLimiters.slidingLog(w.burst, w.wide(), w.env),
                    RateLimiters.fixedWindow(w.limit, w.wide(), w.env)));
            return (from, to) -> Math.min(
                    w.burst + (to - from + 1.0) * w.limit / w.period,
                    Math.min(
                            w.burst * (1 + (to - from) / w.wide().toNanos()),
                            w.limit
                                    * (1
                                            + to / w.wide().toNanos()
                                            - from / w.wide().toNanos())));
        }),
        LEAKY_OF_ALL((w, made) -> {
            made.add(RateLimiters.all(
                    RateLimiters.leakyBucket(w.limit, Duration.ofNanos(w.period), w.env),
                    RateLimiters.slidingWindow(w.limit, w.wide(), w.env),
                    w.bucket().warmUp(Duration.ofNanos(20)).build()));
            return (from, to) -> Math.min(
                    heaviest(w, to) + (to - from + 1.0) * w.limit / w.period,
                    w.limit * (1 + (double) (to - from) / w.wide().toNanos()));
        });

        final Rule rule;

        Kind(Rule rule) {
            this.rule = rule;
        }

        /** The last of an interval goes at once and pays later. */
        private static long heaviest(World w, long at) {
            return w.callers.stream()
                    .filter(c -> c.at() == at)
                    .mapToLong(Caller::permits)
                    .max()
                    .orElse(0);
        }
    }

    @ParameterizedTest
    @EnumSource
    void no_interval_grants_more_than_its_bound(Kind kind) {
        for (long seed = 0; seed < WORLDS; seed++) {
            World world = new World(seed * Kind.values().length + kind.ordinal());
            List<RateLimiter> made = new ArrayList<>();
            Grants.Bound bound = kind.rule.bound(world, made);
            for (int i = 0; i < 25; i++) {
                world.step(made.get(0));
                world.check(bound);
            }
        }
    }
}
