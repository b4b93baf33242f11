package io.fairlead.ratelimit;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.strategies.BenchAttempt;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does a limit for each of a million keys cost, in time (of one key drawn at random) and in memory (printed at the start)? */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class KeyedLimiterBenchmark {

    /** Number of keys. */
    @Param({"1000", "1000000"})
    public int keys;

    private final Attempt attempt = new BenchAttempt();
    private String[] names = {};
    private int next = -1;
    private Admission keyed = (a, wait) -> {
        throw new IllegalStateException("not set up");
    };

    private static long used() {
        System.gc();
        System.gc();
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    /** Uses each key once. */
    @Setup
    public void setUp() {
        names = new String[keys];
        for (int i = 0; i < keys; i++) {
            names[i] = "merchant-" + i;
        }
        long before = used();
        keyed = RateLimiters.keyed(
                a -> names[next >= 0 ? next : ThreadLocalRandom.current().nextInt(names.length)],
                RateLimiters.tokenBucket(1_000_000, Duration.ofSeconds(1)).burst(1_000),
                keys);
        for (next = 0; next < keys; next++) {
            take();
        }
        next = -1;
        System.out.println("bytes a key, without the key itself: " + (used() - before) / keys);
    }

    /** A permit of one of the keys. */
    @Benchmark
    public Admission.Permit take() {
        return keyed.admit(attempt, 0).toCompletableFuture().join();
    }

    /** The floor: drawing the key. */
    @Benchmark
    public int key() {
        return names[ThreadLocalRandom.current().nextInt(names.length)].hashCode();
    }
}
