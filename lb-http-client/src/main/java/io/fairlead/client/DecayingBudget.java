package io.fairlead.client;

import io.fairlead.Environment;
import io.fairlead.RetryBudget;

/**
 * A retry budget whose balance drifts to its reserve with a time constant of ten seconds.
 *
 * <p>Thread-safe by a monitor that is held for a few multiplications.
 */
final class DecayingBudget implements RetryBudget {

    /*
     * Finagle's budget (util.RetryBudget) keeps the deposits of the last ten seconds in slots. The same in one number: the
     * balance b moves towards the reserve R = 10 s · perSecond as b ← R + (b − R)·e^(−Δt/10 s). At λ calls a second it settles
     * at R + 10 s · share · λ, the sum that the slots would hold; an empty one recovers by perSecond; unused credit is
     * forgotten, so that a long quiet time does not pay for a storm.
     */
    private static final double TIME_CONSTANT_NANOS = 10e9;

    private final double share;
    private final double reserve;
    private final Environment env;
    private double balance;
    private long stampNanos;

    DecayingBudget(double share, double perSecond, Environment env) {
        this.share = share;
        this.reserve = perSecond * TIME_CONSTANT_NANOS / 1e9;
        this.env = env;
        this.balance = reserve;
        this.stampNanos = env.nanoTime();
    }

    @Override
    public synchronized void deposit() {
        decay();
        balance += share;
    }

    @Override
    public synchronized boolean withdraw() {
        decay();
        if (balance < 1) {
            return false;
        }
        balance -= 1;
        return true;
    }

    private void decay() {
        long now = env.nanoTime();
        long passed = now - stampNanos;
        if (passed > 0) {
            balance = reserve + (balance - reserve) * Math.exp(-passed / TIME_CONSTANT_NANOS);
            stampNanos = now;
        }
    }
}
