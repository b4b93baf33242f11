package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Outcome;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/** Requests in flight, plus what remains of the penalties of failed attempts. Lock-free, without allocation. */
final class InFlightLoad implements Load {

    /*
     * The penalty P decays as P(t) = P₀ · 2^(−(t − t₀)/5 s). One long holds it without a lock: with every failure adding a
     * constant, P is described by the moment z at which it will have decayed to 1, as P(t) = 2^((z − t)/5 s). A failure at t
     * sets z ← t + 5 s · log₂(P(t) + 10), one compare-and-set; a read is one exp.
     *
     * Ten requests: a sick server must look worse than its siblings do under ordinary concurrency. Five seconds: forgotten
     * soon after a restart, remembered over several requests at one a second.
     */
    private static final double PENALTY = 10;

    private static final double HALF_LIFE_NANOS = 5e9;

    /** Below a hundredth of a request it is no penalty any more, and only disturbs ties. */
    private static final double NOTHING = 0.01;

    /** In place of the moment while there is no penalty: spares the well servers the clock and the exponential. */
    private static final long NEVER = Long.MIN_VALUE;

    /* Fields, not objects: of thousands of endpoints none is in the cache, and a pick waits for each object of two of them. */
    private static final VarHandle IN_FLIGHT = field("inFlight");

    private static final VarHandle DECAYED_TO_ONE_AT = field("decayedToOneAt");

    private final Environment env;
    private final boolean byCost;
    private volatile long inFlight; // costs may be as great as an int each
    private volatile long decayedToOneAt = NEVER;

    InFlightLoad(Environment env, boolean byCost) {
        this.env = env;
        this.byCost = byCost;
    }

    private static VarHandle field(String name) {
        try {
            return MethodHandles.lookup().findVarHandle(InFlightLoad.class, name, long.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    @Override
    public void started(Attempt attempt) {
        long unused = (long) IN_FLIGHT.getAndAdd(this, cost(attempt));
    }

    @Override
    public void answered(Attempt attempt) {
        if (isBad(attempt)) {
            punish(attempt.eventNanos());
        }
    }

    @Override
    public void finished(Attempt attempt) {
        long unused = (long) IN_FLIGHT.getAndAdd(this, -cost(attempt));
        if (attempt.outcome() == Outcome.FAILED && attempt.status() > 0 && attempt.failure() != null) {
            punish(attempt.eventNanos()); // a good answer whose body then failed; a bad one was punished at its headers
        }
    }

    private long cost(Attempt attempt) {
        return byCost ? attempt.permits() : 1;
    }

    private static boolean isBad(Attempt attempt) {
        return attempt.outcome() == Outcome.FAILED || attempt.outcome() == Outcome.OVERLOADED;
    }

    private void punish(long now) {
        long before;
        long after;
        do {
            before = decayedToOneAt;
            after = now + (long) (HALF_LIFE_NANOS * log2(penalty(before, now) + PENALTY));
        } while (!DECAYED_TO_ONE_AT.compareAndSet(this, before, after));
    }

    private static double penalty(long decayedToOneAt, long now) {
        if (decayedToOneAt == NEVER) {
            return 0;
        }
        double penalty = Math.exp((decayedToOneAt - now) / HALF_LIFE_NANOS * Math.log(2));
        return penalty < NOTHING ? 0 : penalty;
    }

    private static double log2(double x) {
        return Math.log(x) / Math.log(2);
    }

    @Override
    public double value() {
        long at = decayedToOneAt;
        if (at == NEVER) {
            return inFlight;
        }
        double penalty = penalty(at, env.nanoTime());
        if (penalty == 0) {
            DECAYED_TO_ONE_AT.compareAndSet(this, at, NEVER);
        }
        return inFlight + penalty;
    }
}
