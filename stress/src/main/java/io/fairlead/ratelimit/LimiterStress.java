package io.fairlead.ratelimit;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;

import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import java.time.Duration;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** The last permit of a limiter, on a clock that stands still: wanted by two, and given back by one. */
public class LimiterStress {

    private static final long NOW = 1_000_000_000L;
    private static final Environment STILL =
            Environment.builder().nanoClock(() -> NOW).build();

    private LimiterStress() {}

    private static RateLimiter bucket() {
        return RateLimiters.tokenBucket(1, Duration.ofSeconds(1))
                .burst(1)
                .environment(STILL)
                .build();
    }

    private static RateLimiter both() {
        return RateLimiters.all(bucket(), bucket());
    }

    private static int reserve(RateLimiter limiter) {
        return limiter.reserve(1, 0) == 0 ? 1 : 0;
    }

    /** Two callers, one permit. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them has it")
    public static class TwoWantTheLastPermit {

        private final RateLimiter limiter = bucket();

        @Actor
        public void one(II_Result r) {
            r.r1 = reserve(limiter);
        }

        @Actor
        public void other(II_Result r) {
            r.r2 = reserve(limiter);
        }
    }

    /** The same where two limits decide together. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "one of them has it")
    public static class TwoWantTheLastPermitOfTwoLimits {

        private final RateLimiter limiter = both();

        @Actor
        public void one(II_Result r) {
            r.r1 = reserve(limiter);
        }

        @Actor
        public void other(II_Result r) {
            r.r2 = reserve(limiter);
        }
    }

    /** A permit comes back while another caller wants it. */
    @JCStressTest
    @State
    @Outcome(
            id = {"1, 0", "0, 1"},
            expect = ACCEPTABLE,
            desc = "it is given once more, and once only")
    public static class APermitComesBack {

        private final RateLimiter limiter = bucket();
        private final long waited = limiter.reserve(1, 0);

        @Actor
        public void gives() {
            limiter.refund(1, NOW, waited);
        }

        @Actor
        public void wants(II_Result r) {
            r.r1 = reserve(limiter);
        }

        @Arbiter
        public void afterwards(II_Result r) {
            r.r2 = reserve(limiter);
        }
    }

    /** Two permits come back at once. */
    @JCStressTest
    @State
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both can be had again")
    public static class TwoPermitsComeBack {

        private final RateLimiter limiter = RateLimiters.tokenBucket(2, Duration.ofSeconds(1))
                .burst(2)
                .environment(STILL)
                .build();
        private final long first = limiter.reserve(1, 0);
        private final long second = limiter.reserve(1, 0);

        @Actor
        public void one() {
            limiter.refund(1, NOW, first);
        }

        @Actor
        public void other() {
            limiter.refund(1, NOW, second);
        }

        @Arbiter
        public void afterwards(II_Result r) {
            r.r1 = reserve(limiter);
            r.r2 = reserve(limiter);
        }
    }
}
