package io.fairlead.strategies;

import io.fairlead.Balancer;

/** Ways to choose an endpoint. Each is a definition: shareable between services, its state made per service by {@code start}. */
public final class Balancers {

    private Balancers() {}

    /**
     * Every endpoint in turn, from a random start, so that many clients do not begin at the same server; the turn is kept when
     * endpoints come and go. Does not look at weights.
     */
    public static Balancer roundRobin() {
        return RoundRobin::new;
    }

    /** Every endpoint with the same chance. Does not look at weights. */
    public static Balancer random() {
        return RandomChoice::new;
    }

    /**
     * The endpoint with the fewest requests in flight for its weight: of all up to 8 endpoints, of two distinct random ones
     * above. A failed attempt weighs like ten requests in flight and halves every five seconds, so that a server that fails
     * fast does not attract traffic. An endpoint of weight 0 is chosen only where all have weight 0.
     */
    public static Balancer leastRequest() {
        return LeastRequest::new;
    }
}
