package io.fairlead.jmh;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadInfo;
import java.util.Collection;
import java.util.List;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * CPU time of the measuring threads for each operation, as {@code cpu.time.norm}: what an operation takes while its thread has the
 * processor. On a machine with other work, the time by the clock counts that work, too. Compiler and garbage collector are not counted.
 */
public final class CpuTime implements InternalProfiler {

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private long before;

    /** For JMH, by name. */
    public CpuTime() {}

    @Override
    public String getDescription() {
        return "CPU time of the measuring threads for each operation";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        before = ofWorkers();
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        double nanos = (double) (ofWorkers() - before) / result.getMetadata().getAllOps();
        return List.of(new ScalarResult("cpu.time.norm", nanos, "ns/op", AggregationPolicy.AVG));
    }

    private long ofWorkers() {
        long sum = 0;
        for (ThreadInfo thread : threads.getThreadInfo(threads.getAllThreadIds())) {
            if (thread != null && thread.getThreadName().contains("jmh-worker")) {
                sum += Math.max(0, threads.getThreadCpuTime(thread.getThreadId()));
            }
        }
        return sum;
    }
}
