package io.fairlead.strategies;

import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does it cost to make a new picker when one of the endpoints is replaced by another? */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class RebuildBenchmark {

    /** As in {@link PickBenchmark}. */
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
    @Param("10000")
    public int endpoints;

    private Strategy built = Balancers.random().start(Environment.system());
    private EndpointSet one = EndpointSet.of();
    private EndpointSet other = EndpointSet.of();

    /** Makes the two snapshots. */
    @Setup
    public void setUp() {
        BenchStrategy bench = BenchStrategy.named(strategy);
        built = bench.strategy();
        List<Endpoint> fleet = BenchEndpoint.fleet(built, endpoints, bench.weighted());
        one = BenchEndpoint.snapshot(fleet);
        fleet.set(endpoints / 2, BenchEndpoint.one(built, endpoints, bench.weighted(), new BenchAttempt()));
        other = BenchEndpoint.snapshot(fleet);
    }

    /** The picker of the next snapshot. */
    @Benchmark
    public Picker rebuild() {
        EndpointSet next = other;
        other = one;
        one = next;
        return built.picker(next);
    }
}
