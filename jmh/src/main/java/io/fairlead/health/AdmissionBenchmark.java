package io.fairlead.health;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.strategies.BenchAttempt;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** What does it cost to count a call, and to admit one? The floor is a pair of adders, of calls and of failures. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class AdmissionBenchmark {

    private final Attempt attempt = new BenchAttempt();
    private final long now = attempt.eventNanos();
    private final LongAdder calls = new LongAdder();
    private final LongAdder failures = new LongAdder();
    private final SlidingWindow window =
            new SlidingWindow(Duration.ofSeconds(10).toNanos(), 10, now);
    private final Admission breaker = Admissions.circuitBreaker().build();
    private final Admission bulkhead = Admissions.bulkhead(1_000).build();
    private final Admission both = Admissions.all(breaker, bulkhead);

    /** The floor. */
    @Benchmark
    public void adderPair() {
        calls.increment();
        failures.increment();
    }

    /** A good call in a window. */
    @Benchmark
    public void recordGood() {
        window.record(now, false, false);
    }

    /** A failed call in a window. */
    @Benchmark
    public void recordFailed() {
        window.record(now, true, false);
    }

    /** The three sums of a window, as a judge reads them. */
    @Benchmark
    public long read() {
        return window.failed(now) + window.slow(now) + window.total(now);
    }

    /** A good call through a circuit breaker. */
    @Benchmark
    public void breaker() {
        through(breaker);
    }

    /** A call through a bulkhead with room. */
    @Benchmark
    public void bulkhead() {
        through(bulkhead);
    }

    /** A good call through both. */
    @Benchmark
    public void both() {
        through(both);
    }

    private void through(Admission admission) {
        admission.admit(attempt, 0).toCompletableFuture().join().release(attempt);
    }
}
