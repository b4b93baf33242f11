package io.fairlead.client;

import io.fairlead.Ejection;
import io.fairlead.Endpoint;
import io.fairlead.Load;
import io.fairlead.Target;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All the state there is of one endpoint. What changes by discovery and health is written by its {@link Cluster} alone. */
final class Node implements Endpoint {

    private static final Logger LOG = LoggerFactory.getLogger(BalancedClient.class);

    final Ejection.Judge judge;
    private final Load load;
    private final AtomicInteger inFlight = new AtomicInteger();

    volatile Target target;
    volatile boolean listed = true;
    volatile boolean ejected;
    volatile long ejectedUntilNanos;
    /** Since when it is listed and not ejected; while it is ejected or retired: since when it is that. */
    volatile long stateSinceNanos;

    Node(Target target, Load load, Ejection.Judge judge, long nowNanos) {
        this.target = target;
        this.load = load;
        this.judge = judge;
        this.stateSinceNanos = nowNanos;
    }

    void started(LiveAttempt attempt) {
        inFlight.incrementAndGet();
        try {
            load.started(attempt);
        } catch (RuntimeException e) {
            complain(e);
        }
    }

    void answered(LiveAttempt attempt) {
        try {
            load.answered(attempt);
        } catch (RuntimeException e) {
            complain(e);
        }
    }

    void finished(LiveAttempt attempt) {
        inFlight.decrementAndGet();
        try {
            load.finished(attempt);
        } catch (RuntimeException e) {
            complain(e);
        }
    }

    private void complain(RuntimeException e) {
        LOG.warn("load gauge {} threw; the call goes on", load.getClass().getName(), e);
    }

    @Override
    public Target target() {
        return target;
    }

    @Override
    public double load() {
        return load.value();
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    @Override
    public boolean healthy() {
        return listed && !ejected;
    }

    @Override
    public long readySinceNanos() {
        return stateSinceNanos;
    }

    @Override
    public String toString() {
        return target.toString();
    }
}
