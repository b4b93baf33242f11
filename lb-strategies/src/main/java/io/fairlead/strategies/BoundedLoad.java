package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import java.util.IdentityHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * No endpoint takes more than a factor of its fair share of what is in flight (Mirrokni, Thorup, Zadimoghaddam, "Consistent Hashing
 * with Bounded Loads", SODA 2018): a key whose endpoint is full goes on, always by the same way, to the next one that is not. It jumps
 * rather than walks the ring, so that a full endpoint does not fill its neighbour (Chen, Coleman, Shrivastava, arXiv 1908.08762).
 */
final class BoundedLoad implements KeyTable {

    private final KeyTable table;
    private final Weighted endpoints;
    private final double factor;
    private final AtomicInteger total;
    private final IdentityHashMap<Endpoint, Double> shares = new IdentityHashMap<>();

    /** {@code total}: what is in flight at all endpoints together. */
    BoundedLoad(KeyTable table, Weighted endpoints, double factor, AtomicInteger total) {
        this.table = table;
        this.endpoints = endpoints;
        this.factor = factor;
        this.total = total;
        double sum = endpoints.mean() * endpoints.size();
        for (int i = 0; i < endpoints.size(); i++) {
            shares.put(endpoints.get(i), endpoints.weight(i) / sum);
        }
    }

    @Override
    public @Nullable Endpoint owner(long hash, Attempt attempt) {
        double most = (Math.max(0, total.get()) + 1) * factor;
        for (int rank = 0; rank < 2 * endpoints.size() + 2; rank++) {
            Endpoint candidate = table.owner(rank == 0 ? hash : Hash.again(hash, -rank), attempt);
            if (candidate == null || fits(candidate, most)) {
                return candidate;
            }
        }
        return roomiest(most, attempt);
    }

    private boolean fits(Endpoint endpoint, double most) {
        return endpoint.inFlight() + 1 <= slots(endpoint, most);
    }

    private double slots(Endpoint endpoint, double most) {
        Double share = shares.get(endpoint);
        return Math.max(1, Math.ceil(most * (share == null ? 0 : share)));
    }

    /* The jumps may miss the one that has room: the slots of all add up to more than what is in flight. */
    private @Nullable Endpoint roomiest(double most, Attempt attempt) {
        Endpoint best = null;
        double room = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint candidate = endpoints.get(i);
            double left = slots(candidate, most) - candidate.inFlight();
            if (left > room && !attempt.tried(candidate)) {
                best = candidate;
                room = left;
            }
        }
        return best;
    }
}
