package io.fairlead.strategies;

import java.util.concurrent.ThreadLocalRandom;
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

/** What nothing can be cheaper than: an array, and what tells the index. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FloorBenchmark {

    /** Size of the array. */
    @Param({"10", "100", "1000", "10000"})
    public int endpoints;

    private final AtomicInteger counter = new AtomicInteger();
    private Object[] array = {};

    /** Makes the array. */
    @Setup
    public void setUp() {
        array = new Object[endpoints];
        for (int i = 0; i < endpoints; i++) {
            array[i] = i;
        }
    }

    /** For turns. */
    @Benchmark
    public Object counter() {
        return array[(counter.getAndIncrement() & Integer.MAX_VALUE) % array.length];
    }

    /** For chance. */
    @Benchmark
    public Object random() {
        return array[ThreadLocalRandom.current().nextInt(array.length)];
    }

    /** For two choices. */
    @Benchmark
    public Object twoRandom() {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        Object a = array[random.nextInt(array.length)];
        Object b = array[random.nextInt(array.length)];
        return a.hashCode() % 3 > b.hashCode() % 3 ? b : a;
    }

    /** For whatever tells the time. */
    @Benchmark
    public long clock() {
        return System.nanoTime();
    }
}
