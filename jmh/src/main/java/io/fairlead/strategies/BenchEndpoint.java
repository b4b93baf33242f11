package io.fairlead.strategies;

import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Load;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An endpoint with the strategy's own gauge; what is in flight at it stands still. */
record BenchEndpoint(Target target, Load gauge, int inFlight) implements Endpoint {

    private static final int LIGHTEST = 50;
    private static final int WEIGHTS = 91; // 50 to 140
    private static final long READY_SINCE = System.nanoTime() - TimeUnit.HOURS.toNanos(1);

    @Override
    public double load() {
        return gauge.value();
    }

    @Override
    public boolean healthy() {
        return true;
    }

    @Override
    public long readySinceNanos() {
        return READY_SINCE;
    }

    /** So many, each of which has answered three times and has none, one or two attempts in flight. */
    static List<Endpoint> fleet(Strategy strategy, int size, boolean weighted) {
        List<Endpoint> fleet = new ArrayList<>();
        BenchAttempt attempt = new BenchAttempt();
        for (int i = 0; i < size; i++) {
            fleet.add(one(strategy, i, weighted, attempt));
        }
        return fleet;
    }

    static BenchEndpoint one(Strategy strategy, int i, boolean weighted, BenchAttempt attempt) {
        Target target = Target.of("http://10." + (i >> 16) + "." + (i >> 8 & 255) + "." + (i & 255) + ":8080")
                .withPriority(i % 2);
        Target weighed = weighted ? target.withWeight(weight(i)) : target;
        BenchEndpoint endpoint = new BenchEndpoint(weighed, strategy.newLoad(weighed), i % 3);
        for (int k = 0; k < 3; k++) {
            endpoint.whole(attempt.next());
        }
        for (int k = 0; k < endpoint.inFlight; k++) {
            endpoint.gauge.started(attempt.next());
        }
        return endpoint;
    }

    static int weight(int i) {
        return LIGHTEST + i * 37 % WEIGHTS;
    }

    /** The three records of an attempt. */
    void whole(BenchAttempt attempt) {
        gauge.started(attempt);
        gauge.answered(attempt);
        gauge.finished(attempt);
    }

    static EndpointSet snapshot(List<Endpoint> fleet) {
        return EndpointSet.of(fleet);
    }
}
