package io.fairlead.client;

import io.fairlead.Environment;
import io.fairlead.RetryBudget;

/**
 * A retry budget in two parts that both forget within some ten seconds: what calls have earned, and a reserve for services with few
 * calls. While more than half of the calls ask for a retry the reserve is closed: of a thousand clients with few calls each, the
 * reserves alone would more than double the load on a service that is down.
 *
 * <p>Thread-safe by a monitor that is held for a few multiplications.
 */
final class DecayingBudget implements RetryBudget {

    /*
     * Finagle's budget (util.RetryBudget) keeps the deposits of the last ten seconds in slots. The same in one number: what is
     * earned decays as b·e^(−Δt/10 s), so that at λ calls a second it settles at 10 s · share · λ, the sum that the slots would
     * hold; the reserve moves towards R = 10 s · perSecond in the same way, so that an empty one recovers by perSecond. Unused
     * credit is forgotten: a long quiet time does not pay for a storm.
     */
    private static final double TIME_CONSTANT_NANOS = 10e9;

    /** So many asked for a retry before that says anything of the service. */
    private static final double LEAST_ASKED = 5;

    private final double share;
    private final double fullReserve;
    private final Environment env;
    private double earned;
    private double reserve;
    private double calls;
    private double asked;
    private long stampNanos;

    DecayingBudget(double share, double perSecond, Environment env) {
        this.share = share;
        this.fullReserve = perSecond * TIME_CONSTANT_NANOS / 1e9;
        this.env = env;
        this.reserve = fullReserve;
        this.stampNanos = env.nanoTime();
    }

    @Override
    public synchronized void deposit() {
        decay();
        calls += 1;
        earned += share;
    }

    @Override
    public synchronized boolean withdraw() {
        decay();
        asked += 1;
        if (earned >= 1) {
            earned -= 1;
            return true;
        }
        boolean failing = asked > LEAST_ASKED && asked > calls / 2;
        if (failing || earned + reserve < 1) {
            return false;
        }
        reserve -= 1 - earned; // what little is earned is used first
        earned = 0;
        return true;
    }

    private void decay() {
        long now = env.nanoTime();
        long passed = now - stampNanos;
        if (passed > 0) {
            double kept = Math.exp(-passed / TIME_CONSTANT_NANOS);
            earned *= kept;
            calls *= kept;
            asked *= kept;
            reserve = fullReserve + (reserve - fullReserve) * kept;
            stampNanos = now;
        }
    }
}
