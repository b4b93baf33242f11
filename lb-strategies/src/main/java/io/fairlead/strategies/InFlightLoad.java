package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Outcome;
import java.util.concurrent.atomic.AtomicLong;

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

    private final Environment env;
    private final boolean byCost;
    private final AtomicLong inFlight = new AtomicLong(); // costs may be as great as an int each
    private final AtomicLong decayedToOneAt;

    InFlightLoad(Environment env, boolean byCost) {
        this.env = env;
        this.byCost = byCost;
        this.decayedToOneAt = new AtomicLong(NEVER);
    }

    @Override
    public void started(Attempt attempt) {
        inFlight.addAndGet(cost(attempt));
    }

    @Override
    public void answered(Attempt attempt) {
        if (isBad(attempt)) {
            punish(attempt.eventNanos());
        }
    }

    @Override
    public void finished(Attempt attempt) {
        inFlight.addAndGet(-cost(attempt));
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
            before = decayedToOneAt.get();
            after = now + (long) (HALF_LIFE_NANOS * log2(penalty(before, now) + PENALTY));
        } while (!decayedToOneAt.compareAndSet(before, after));
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
        long at = decayedToOneAt.get();
        if (at == NEVER) {
            return inFlight.get();
        }
        double penalty = penalty(at, env.nanoTime());
        if (penalty == 0) {
            decayedToOneAt.compareAndSet(at, NEVER);
        }
        return inFlight.get() + penalty;
    }
}
