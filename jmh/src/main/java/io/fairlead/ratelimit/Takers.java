package io.fairlead.ratelimit;

import com.alibaba.csp.sentinel.Entry;
import com.alibaba.csp.sentinel.SphU;
import com.alibaba.csp.sentinel.slots.block.BlockException;
import com.alibaba.csp.sentinel.slots.block.RuleConstant;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRule;
import com.alibaba.csp.sentinel.slots.block.flow.FlowRuleManager;
import io.fairlead.RateLimiter;
import io.github.bucket4j.Bucket;
import io.github.resilience4j.ratelimiter.RateLimiterConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/** Limiters by name, ours and those of other libraries: so many permits in a period, all of them at once at first. */
final class Takers {

    private Takers() {}

    static Taker of(String name, long permits, Duration period) {
        return switch (name) {
            case "floor" -> floor();
            case "token-bucket" ->
                ours(RateLimiters.tokenBucket(permits, period).burst(permits).build());
            case "leaky-bucket" -> ours(RateLimiters.leakyBucket(permits, period));
            case "fixed-window" -> ours(RateLimiters.fixedWindow(permits, period));
            case "sliding-window" -> ours(RateLimiters.slidingWindow(permits, period));
            case "sliding-log" -> ours(RateLimiters.slidingLog(permits, period));
            case "all" ->
                ours(RateLimiters.all(
                        RateLimiters.tokenBucket(permits, period).burst(permits).build(),
                        RateLimiters.fixedWindow(permits, period)));
            case "bucket4j" -> bucket4j(permits, period);
            case "resilience4j" -> resilience4j(permits, period);
            case "guava" -> {
                var limiter = com.google.common.util.concurrent.RateLimiter.create(permits * 1e9 / period.toNanos());
                yield limiter::tryAcquire;
            }
            case "sentinel" -> sentinel(permits * 1e9 / period.toNanos());
            default -> throw new IllegalArgumentException(name);
        };
    }

    /** What nothing that keeps time and is exact can be cheaper than: the clock, and a compare-and-set. */
    private static Taker floor() {
        AtomicLong state = new AtomicLong();
        return () -> {
            while (true) {
                long seen = state.get();
                if (state.compareAndSet(seen, seen + (System.nanoTime() & 1) + 1)) {
                    return true;
                }
            }
        };
    }

    private static Taker ours(RateLimiter limiter) {
        return () -> limiter.reserve(1, 0) == 0;
    }

    private static Taker bucket4j(long permits, Duration period) {
        Bucket bucket = Bucket.builder()
                .addLimit(limit -> limit.capacity(permits).refillGreedy(permits, period))
                .withNanosecondPrecision()
                .build();
        return () -> bucket.tryConsume(1);
    }

    private static Taker resilience4j(long permits, Duration period) {
        RateLimiterConfig config = RateLimiterConfig.custom()
                .limitForPeriod((int) Math.min(Integer.MAX_VALUE, permits))
                .limitRefreshPeriod(period)
                .timeoutDuration(Duration.ZERO)
                .build();
        var limiter = io.github.resilience4j.ratelimiter.RateLimiter.of("bench", config);
        return limiter::acquirePermission;
    }

    private static Taker sentinel(double perSecond) {
        FlowRule rule = new FlowRule("bench");
        rule.setGrade(RuleConstant.FLOW_GRADE_QPS);
        rule.setCount(perSecond);
        FlowRuleManager.loadRules(List.of(rule));
        return () -> {
            try (Entry entry = SphU.entry("bench")) {
                return entry != null;
            } catch (BlockException e) {
                return false;
            }
        };
    }
}
