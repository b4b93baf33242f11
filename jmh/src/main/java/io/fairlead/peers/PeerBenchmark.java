package io.fairlead.peers;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
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

/** What does a choice cost with other libraries? The pick alone; Finagle's is with its records, which cannot be told apart. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class PeerBenchmark {

    /** Library and strategy. */
    @Param({
        "vertx-round-robin",
        "vertx-random",
        "vertx-least-requests",
        "vertx-power-of-two",
        "vertx-consistent-hashing",
        "armeria-round-robin",
        "armeria-weighted-round-robin",
        "armeria-ramping-up",
        "armeria-sticky",
        "grpc-round-robin",
        "grpc-weighted-round-robin",
        "grpc-least-request",
        "grpc-ring-hash",
        "spring-round-robin",
        "spring-random",
        "finagle-round-robin",
        "finagle-p2c",
        "finagle-p2c-peak-ewma"
    })
    public String peer;

    /** Number of endpoints. */
    @Param({"10", "100", "1000", "10000"})
    public int endpoints;

    private Peer ready = call -> call;

    /** Makes the peer ready, and sees that it chooses among all; but Vert.x's least requests, which has a least one here. */
    @Setup
    public void setUp() {
        ready = Peer.named(peer, endpoints);
        Set<Object> chosen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int call = 0; call < 4 * Math.max(endpoints, Peer.KEYS); call++) {
            chosen.add(ready.pick(call));
        }
        int expected = peer.equals("vertx-least-requests") ? 1 : Math.min(endpoints, Peer.KEYS) / 3;
        if (chosen.contains(null) || chosen.size() < expected) {
            throw new IllegalStateException(peer + " chooses among " + chosen.size() + " of " + endpoints);
        }
    }

    /** The calls of one thread. */
    @State(Scope.Thread)
    public static class Caller {

        private static final AtomicInteger CALLERS = new AtomicInteger();

        private int call = CALLERS.getAndIncrement() * 397; // threads do not go in step

        int next() {
            call = (call + 1) & (Peer.KEYS - 1);
            return call;
        }
    }

    /** The pick. */
    @Benchmark
    public Object pick(Caller caller) {
        return ready.pick(caller.next());
    }
}
