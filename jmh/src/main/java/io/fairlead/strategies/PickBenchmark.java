package io.fairlead.strategies;

import io.fairlead.Balancer;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What does a choice cost, and the three records of an attempt with it? The floor is a counter and an array. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PickBenchmark {

    /** Number of endpoints. */
    @Param({"2", "10", "100"})
    public int endpoints;

    private final BenchAttempt attempt = new BenchAttempt();
    private final AtomicInteger counter = new AtomicInteger();
    private Endpoint[] array = {};
    private Picker roundRobin = a -> null;
    private Picker random = a -> null;
    private Picker leastRequest = a -> null;

    /** Makes the pickers. */
    @Setup
    public void setUp() {
        roundRobin = picker(Balancers.roundRobin());
        random = picker(Balancers.random());
        leastRequest = picker(Balancers.leastRequest());
        array = endpoints(Balancers.roundRobin().start(Environment.system())).toArray(new Endpoint[0]);
    }

    private Picker picker(Balancer balancer) {
        Strategy strategy = balancer.start(Environment.system());
        return strategy.picker(EndpointSet.of(endpoints(strategy)));
    }

    private List<Endpoint> endpoints(Strategy strategy) {
        List<Endpoint> list = new ArrayList<>();
        for (int i = 0; i < endpoints; i++) {
            Target target = Target.of("http://10.0." + i / 250 + "." + i % 250 + ":8080");
            list.add(new BenchAttempt.BenchEndpoint(target, strategy.newLoad(target)));
        }
        return list;
    }

    /** The floor. */
    @Benchmark
    public Endpoint floor() {
        return array[(counter.getAndIncrement() & Integer.MAX_VALUE) % array.length];
    }

    /** The pick of round robin alone. */
    @Benchmark
    public Endpoint roundRobinPick() {
        return roundRobin.pick(attempt);
    }

    /** Round robin with the records. */
    @Benchmark
    public Endpoint roundRobin() {
        return whole(roundRobin);
    }

    /** Random with the records. */
    @Benchmark
    public Endpoint random() {
        return whole(random);
    }

    /** Least request with the records. */
    @Benchmark
    public Endpoint leastRequest() {
        return whole(leastRequest);
    }

    private Endpoint whole(Picker picker) {
        BenchAttempt.BenchEndpoint endpoint = (BenchAttempt.BenchEndpoint) picker.pick(attempt);
        endpoint.gauge().started(attempt);
        endpoint.gauge().answered(attempt);
        endpoint.gauge().finished(attempt);
        return endpoint;
    }
}
