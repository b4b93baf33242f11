package io.fairlead.strategies;

import io.fairlead.Balancer;
import io.fairlead.Environment;
import io.fairlead.Require;
import io.fairlead.Strategy;

/**
 * Strategies by key: the same {@linkplain io.fairlead.Attempt#affinityKey() affinity key} goes to the same endpoint, in every process,
 * as long as that is there; a retry goes to the same second choice. Attempts without a key go to the least loaded endpoint, and are
 * counted ({@link Strategy#counters()}). Immutable; made by {@link Balancers#ring()}, {@link Balancers#maglev()} and {@link
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

    private KeyedBalancer(Kind kind, int points, int table, double boundedLoad) {
        this.kind = kind;
        this.points = points;
        this.table = table;
        this.boundedLoad = boundedLoad;
    }

    static KeyedBalancer ring() {
        return new KeyedBalancer(Kind.RING, POINTS, TABLE, 0);
    }

    static KeyedBalancer maglev() {
        return new KeyedBalancer(Kind.MAGLEV, POINTS, TABLE, 0);
    }

    static KeyedBalancer rendezvous() {
        return new KeyedBalancer(Kind.RENDEZVOUS, POINTS, TABLE, 0);
    }

    /**
     * The same ring with another number of points for an endpoint of mean weight; more are more even and cost memory.
     *
     * @param points 1 to 10 000; default 160. In all there are at most a million
     * @throws IllegalArgumentException outside, or if this is no ring
     */
    public KeyedBalancer virtualNodes(int points) {
        if (kind != Kind.RING) {
            throw Require.bad("virtual nodes of " + this, points, "for a ring only");
        }
        return new KeyedBalancer(
                kind, Require.between(points, 1, 10_000, "virtual nodes of the ring"), table, boundedLoad);
    }

    /**
     * The same Maglev table of another size; a larger one moves fewer keys when an endpoint leaves.
     *
     * @param size a prime of at most 5 000 011; default 65 537. Should be a hundred times the endpoints
     * @throws IllegalArgumentException if it is no such prime, or if this is no Maglev table
     */
    public KeyedBalancer tableSize(int size) {
        if (kind != Kind.MAGLEV) {
            throw Require.bad("table size of " + this, size, "for Maglev only");
        }
        if (size < 2 || size > LARGEST_TABLE || !Maglev.isPrime(size)) {
            throw Require.bad("table size of Maglev", size, "a prime from 2 to " + LARGEST_TABLE);
        }
        return new KeyedBalancer(kind, points, size, boundedLoad);
    }

    /**
     * The same with a bound: no endpoint is given more than this factor of its fair share (by weight) of what this client has in
     * flight; keys of a full endpoint overflow, always in the same order. Default none.
     *
     * @param factor 1.01 to 100; 1.25 is common: close to 1 keys move often, far above it a hot key is hardly bounded
     * @throws IllegalArgumentException outside
     */
    public KeyedBalancer boundedLoad(double factor) {
        return new KeyedBalancer(
                kind, points, table, Require.between(factor, 1.01, 100.0, "bounded load of the " + this));
    }

    @Override
    public Strategy start(Environment env) {
        KeyTable.Maker maker = switch (kind) {
            case RING -> endpoints -> new Ring(endpoints, points);
            case MAGLEV -> endpoints -> new Maglev(endpoints, table);
            case RENDEZVOUS -> Rendezvous::new;
        };
        return new KeyedStrategy(env, maker, boundedLoad);
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
