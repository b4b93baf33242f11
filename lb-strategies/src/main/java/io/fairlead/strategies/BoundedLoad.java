package io.fairlead.strategies;

import io.fairlead.Attempt;

/**
 * No endpoint takes more than a factor of its fair share of what is in flight (Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing
 * with Bounded Loads", SODA 2018): a key whose endpoint is full goes to the next one that is not, by an order of its own, as a walk
 * along the ring would fill the neighbour of a full endpoint (Chen, Coleman, Shrivastava, arXiv 1908.08762).
 */
final class BoundedLoad implements KeyTable {

    /*
     * Endpoint i has ceil(factor · (total + 1) · w_i / W) slots for what is in flight, the attempt that is being picked included. One
     * with k in flight has a slot left just if k < factor · (total + 1) · w_i / W. The slots of all are more than the total, so that
     * one always has room.
     *
     * The total is that of the endpoints of this table, summed up at each pick: a counter of the whole strategy would count what hangs
     * at ejected endpoints and what runs in other shards, and the bound would be far off.
     *
     * The order of overflow is that of rendezvous hashing: pseudo-random by key, the same everywhere, and hardly changed by who comes or
     * goes. The first in it that has room is the highest score among those that have room, so that one pass finds it.
     */
    private final KeyTable table;
    private final Weighted endpoints;
    private final double factorPerWeight;
    private final Rendezvous overflow;

    BoundedLoad(KeyTable table, Weighted endpoints, double factor) {
        this.table = table;
        this.endpoints = endpoints;
        this.factorPerWeight = factor / (endpoints.mean() * endpoints.size());
        this.overflow = new Rendezvous(endpoints);
    }

    @Override
    public int owner(long hash, Attempt attempt) {
        int owner = table.owner(hash, attempt);
        if (owner < 0 || inFlight(owner) <= 0) { // an idle one always has room, and needs no sum
            return owner;
        }
        double slotsPerWeight = (total() + 1) * factorPerWeight;
        if (hasRoom(owner, slotsPerWeight)) {
            return owner;
        }
        int next = firstWithRoom(hash, slotsPerWeight, attempt);
        return next >= 0 ? next : leastFull(hash, attempt);
    }

    private int inFlight(int i) {
        return endpoints.get(i).inFlight();
    }

    private double total() {
        double total = 0;
        for (int i = 0; i < endpoints.size(); i++) {
            total += Math.max(0, inFlight(i));
        }
        return total;
    }

    private boolean hasRoom(int i, double slotsPerWeight) {
        return inFlight(i) < slotsPerWeight * endpoints.weight(i);
    }

    private int firstWithRoom(long hash, double slotsPerWeight, Attempt attempt) {
        int first = -1;
        double highest = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < endpoints.size(); i++) {
            if (hasRoom(i, slotsPerWeight)) {
                double score = overflow.score(i, hash);
                if (score > highest && !attempt.tried(endpoints.get(i))) {
                    first = i;
                    highest = score;
                }
            }
        }
        return first;
    }

    /* For a retry where all that were not tried are full: another endpoint is worth more to it than the bound. */
    private int leastFull(long hash, Attempt attempt) {
        int best = -1;
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < endpoints.size(); i++) {
            double full = inFlight(i) / endpoints.weight(i);
            boolean better =
                    best < 0 || full < least || (full == least && overflow.score(i, hash) > overflow.score(best, hash));
            if (better && !attempt.tried(endpoints.get(i))) {
                best = i;
                least = full;
            }
        }
        return best;
    }
}
