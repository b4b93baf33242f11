package io.fairlead.strategies;

import io.fairlead.Balancer;
import io.fairlead.Environment;
import io.fairlead.Require;
import io.fairlead.Strategy;

/**
 * Strategies by key: the same {@linkplain io.fairlead.Attempt#affinityKey() affinity key} goes to the same endpoint, in every process,
 * as long as that is there; a retry goes to the same second choice. An endpoint is known by its {@link io.fairlead.Target#uri()}; the
 * order of discovery does not matter. Attempts without a key go where the {@link #fallback} says, by default to the endpoint with the
 * fewest requests in flight, and are counted ({@link Strategy#counters()}, "picks without affinity key"). Immutable; made by {@link Balancers#ring()}, {@link Balancers#maglev()} and {@link
 * Balancers#rendezvous()}.
 */
public final class KeyedBalancer implements Balancer {

    /** As nginx's and Dubbo's: max/mean load of 10 equal endpoints about 1.15, where 16 points give 1.7. */
    private static final int POINTS = 160;

    /** The small table of the Maglev paper: good for some 650 endpoints. */
    private static final int TABLE = 65_537;

    private static final int LARGEST_TABLE = 5_000_011;

    private enum Kind {
        RING,
        MAGLEV,
        RENDEZVOUS
    }

    private final Kind kind;
    private final int points;
    private final int table;
    private final double boundedLoad;
    private final Balancer fallback;

    private KeyedBalancer(Kind kind, int points, int table, double boundedLoad, Balancer fallback) {
        this.kind = kind;
        this.points = points;
        this.table = table;
        this.boundedLoad = boundedLoad;
        this.fallback = fallback;
    }

    static KeyedBalancer ring() {
        return new KeyedBalancer(Kind.RING, POINTS, TABLE, 0, Balancers.leastRequest());
    }

    static KeyedBalancer maglev() {
        return new KeyedBalancer(Kind.MAGLEV, POINTS, TABLE, 0, Balancers.leastRequest());
    }

    static KeyedBalancer rendezvous() {
        return new KeyedBalancer(Kind.RENDEZVOUS, POINTS, TABLE, 0, Balancers.leastRequest());
    }

    /**
     * The same ring with another number of points for an endpoint of mean weight; more are more even and cost memory.
     *
     * @param points 1 to 10 000; default 160. In all there are at most a million
     * @throws IllegalArgumentException outside, or if this is no ring
     */
    public KeyedBalancer virtualNodes(int points) {
        if (kind != Kind.RING) {
            throw Require.bad("virtual-nodes of the " + this, points, "for a ring only");
        }
        return new KeyedBalancer(
                kind, Require.between(points, 1, 10_000, "virtual-nodes of the ring"), table, boundedLoad, fallback);
    }

    /**
     * The same Maglev table of another size; a larger one moves fewer keys when an endpoint leaves.
     *
     * @param size a prime of at most 5 000 011; default 65 537. Should be a hundred times the endpoints
     * @throws IllegalArgumentException if it is no such prime, or if this is no Maglev table
     */
    public KeyedBalancer tableSize(int size) {
        if (kind != Kind.MAGLEV) {
            throw Require.bad("table-size of the " + this, size, "for Maglev only");
        }
        if (size < 2 || size > LARGEST_TABLE || !Maglev.isPrime(size)) {
            throw Require.bad("table-size of the Maglev table", size, "a prime from 2 to " + LARGEST_TABLE);
        }
        return new KeyedBalancer(kind, points, size, boundedLoad, fallback);
    }

    /**
     * The same with a bound: at the moment of the pick no endpoint has more in flight than ⌈factor · (total + 1) · its share by weight⌉,
     * the new attempt included, of what this client has in flight at the endpoints that may be picked. Keys of a full endpoint overflow,
     * each always in the same order. Only a retry goes beyond, where all endpoints that were not tried are full. A pick whose
     * endpoint is not idle reads what is in flight at all endpoints. Default none.
     *
     * @param factor 1.01 to 100; 1.25 is common: close to 1 keys move often, far above it a hot key is hardly bounded
     * @throws IllegalArgumentException outside
     */
    public KeyedBalancer boundedLoad(double factor) {
        double checked = Require.between(factor, 1.01, 100.0, "bounded-load of the " + this);
        return new KeyedBalancer(kind, points, table, checked, fallback);
    }

    /**
     * The same with another strategy for attempts without a key. It makes the gauges, too, and so decides what {@link
     * io.fairlead.Endpoint#load()} is. Default {@link Balancers#leastRequest()}.
     *
     * @throws IllegalArgumentException if it is null
     */
    public KeyedBalancer fallback(Balancer withoutKey) {
        Require.notNull(withoutKey, "fallback of the " + this);
        return new KeyedBalancer(kind, points, table, boundedLoad, withoutKey);
    }

    @Override
    public Strategy start(Environment env) {
        KeyTable.Maker maker = switch (kind) {
            case RING -> (endpoints, listed) -> new Ring(endpoints, listed, points);
            case MAGLEV -> (endpoints, listed) -> new Maglev(endpoints, table);
            case RENDEZVOUS -> (endpoints, listed) -> new Rendezvous(endpoints);
        };
        return new KeyedStrategy(maker, boundedLoad, fallback.start(env));
    }

    @Override
    public String toString() {
        return switch (kind) {
            case RING -> "ring";
            case MAGLEV -> "Maglev table";
            case RENDEZVOUS -> "rendezvous";
        };
    }
}
