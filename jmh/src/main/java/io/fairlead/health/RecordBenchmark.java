package io.fairlead.health;

import io.fairlead.Attempt;
import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Target;
import io.fairlead.strategies.BenchAttempt;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig;
import io.github.resilience4j.circuitbreaker.CircuitBreakerConfig.SlidingWindowType;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/**
 * What does it cost to take note of a good call, given the reading of the clock that the call has made? The floor is a pair of adders; beside it
 * the breakers of Resilience4j and Failsafe, with windows of ten seconds as well, told of a success and nothing else.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RecordBenchmark {

    private static final Duration WINDOW = Duration.ofSeconds(10);

    private final Environment env = Environment.system();
    private final Attempt attempt = new BenchAttempt();
    private final long now = attempt.eventNanos();
    private final LongAdder calls = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final SlidingWindow window = new SlidingWindow(WINDOW.toNanos(), 10, now);
    private final Ejection.Judge judge = Ejections.standard().start(env).newJudge(Target.of("http://one:80"), env);
    private final CircuitBreaker resilience4j = CircuitBreaker.of(
            "one",
            CircuitBreakerConfig.custom()
                    .slidingWindow(10, 10, SlidingWindowType.TIME_BASED)
                    .build());
    private final dev.failsafe.CircuitBreaker<Object> failsafe = dev.failsafe.CircuitBreaker.builder()
            .withFailureRateThreshold(50, 10, WINDOW)
            .build();

    /** The floor. */
    @Benchmark
    public void adderPair() {
        calls.increment();
        failures.increment();
    }

    /** A window alone. */
    @Benchmark
    public void window() {
        window.record(now, false, false);
    }

    /** All rules of the standard ejection: the endpoint's window, that of all endpoints, the row, the sum. */
    @Benchmark
    public long judge() {
        return judge.judge(attempt);
    }

    /** Resilience4j. It reads the clock by itself. */
    @Benchmark
    public void resilience4j() {
        resilience4j.onSuccess(1, TimeUnit.MILLISECONDS);
    }

    /** Failsafe. It reads the clock by itself. */
    @Benchmark
    public void failsafe() {
        failsafe.recordSuccess();
    }
}
