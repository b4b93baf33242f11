package io.fairlead.strategies;

import io.fairlead.Endpoint;
import io.fairlead.Picker;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does a choice of each strategy cost, and a choice with the three records of an attempt? */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PickBenchmark {

    /** A name that {@link BalancerFactory} knows; with {@code weighted-} before it, weights are 50 to 140 instead of all equal. */
    @Param({
        "standard",
        "round-robin",
        "weighted-round-robin",
        "weighted-smooth-round-robin",
        "random",
        "weighted-random",
        "least-request",
        "least-cost",
        "peak-ewma",
        "load-reported",
        "ring",
        "maglev",
        "rendezvous",
        "weighted-rendezvous",
        "sticky",
        "priorities"
    })
    public String strategy;

    /** Number of endpoints. */
    @Param({"10", "100", "1000", "10000"})
    public int endpoints;

    private Picker picker = a -> null;

    /** Makes the picker. */
    @Setup
    public void setUp() {
        BenchStrategy bench = BenchStrategy.named(strategy);
        picker = bench.strategy()
                .picker(BenchEndpoint.snapshot(BenchEndpoint.fleet(bench.strategy(), endpoints, bench.weighted())));
    }

    /** The attempts of one thread. */
    @State(Scope.Thread)
    public static class Caller {

        private final BenchAttempt attempt = new BenchAttempt();

        /** Reads the clock for the attempts. */
        @Setup(Level.Iteration)
        public void tick() {
            attempt.tick();
        }
    }

    /** The pick alone. */
    @Benchmark
    public Endpoint pick(Caller caller) {
        return picker.pick(caller.attempt.next());
    }

    /** A pick and the records: started, answered, finished. */
    @Benchmark
    public Endpoint attempt(Caller caller) {
        BenchAttempt attempt = caller.attempt.next();
        BenchEndpoint endpoint = (BenchEndpoint) picker.pick(attempt);
        endpoint.whole(attempt);
        return endpoint;
    }
}
