package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import org.jspecify.annotations.Nullable;

/** Which endpoint of a snapshot a key belongs to. Immutable; the same for the same endpoints in whatever order they are listed. */
@FunctionalInterface
interface KeyTable {

    /** The first endpoint in the order of this hash that was not tried in this call; null if all were. */
    @Nullable
    Endpoint owner(long hash, Attempt attempt);

    /** Makes a table of at least one endpoint. */
    @FunctionalInterface
    interface Maker {
        KeyTable make(Weighted endpoints);
    }

    /** What an endpoint is known by, everywhere. */
    static long idOf(Endpoint endpoint) {
        return Hash.of(endpoint.target().uri().toString());
    }
}
