package io.fairlead.testing;

import io.fairlead.Endpoint;
import io.fairlead.Load;
import io.fairlead.Strategy;
import io.fairlead.Target;

/** An endpoint whose state a test sets. */
public final class FakeEndpoint implements Endpoint {

    private final Target target;
    private final Load load;
    private int inFlight;
    private boolean healthy = true;
    private long readySinceNanos;

    private FakeEndpoint(Target target, Load load) {
        this.target = target;
        this.load = load;
    }

    /** An endpoint without gauge. */
    public static FakeEndpoint of(Target target) {
        return new FakeEndpoint(target, Load.NONE);
    }

    /** An endpoint with a gauge of the strategy. */
    public static FakeEndpoint of(Target target, Strategy strategy) {
        return new FakeEndpoint(target, strategy.newLoad(target));
    }

    /** The gauge. */
    public Load gauge() {
        return load;
    }

    /** Sets the attempts in flight. */
    public void inFlight(int inFlight) {
        this.inFlight = inFlight;
    }

    /** Sets the health. */
    public void healthy(boolean healthy) {
        this.healthy = healthy;
    }

    /** Sets since when it is ready. */
    public void readySinceNanos(long nanos) {
        this.readySinceNanos = nanos;
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
        return inFlight;
    }

    @Override
    public boolean healthy() {
        return healthy;
    }

    @Override
    public long readySinceNanos() {
        return readySinceNanos;
    }

    @Override
    public String toString() {
        return target.toString();
    }
}
