package io.fairlead.ratelimit;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does it cost to be granted a permit, or to be denied one? One limiter for all threads, as a service has. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class LimiterBenchmark {

    /** The limiter. */
    @Param({
        "floor",
        "token-bucket",
        "leaky-bucket",
        "fixed-window",
        "sliding-window",
        "sliding-log",
        "all",
        "bucket4j",
        "resilience4j",
        "guava",
        "sentinel"
    })
    public String limiter;

    /** What it answers: {@code granted} to more than can be asked, {@code denied} to all after the first of an hour. */
    @Param({"granted", "denied"})
    public String answer;

    private Taker taker = () -> true;

    /** Makes the limiter, and sees to it that it answers as it shall. */
    @Setup
    public void setUp() {
        boolean granted = answer.equals("granted");
        taker = granted ? generous(limiter) : Takers.of(limiter, 1, Duration.ofHours(1));
        taker.take();
        if (taker.take() != (granted || limiter.equals("floor"))) {
            throw new IllegalStateException(limiter + " did not answer " + answer);
        }
    }

    /* At most one permit a nanosecond, or what the limiter can count; of the windows that count less, most are denied at this speed. */
    private static Taker generous(String limiter) {
        return switch (limiter) {
            case "sliding-window" -> Takers.of(limiter, 65_535, Duration.ofSeconds(1));
            case "sliding-log" -> Takers.of(limiter, 1_048_576, Duration.ofMillis(2));
            default -> Takers.of(limiter, 1_000_000_000, Duration.ofSeconds(1));
        };
    }

    /** One try. */
    @Benchmark
    public boolean take() {
        return taker.take();
    }
}
