package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Which endpoint of a snapshot a key belongs to. Immutable; the same for the same endpoints in whatever order they are listed. */
@FunctionalInterface
interface KeyTable {

    /** The index of the first endpoint in the order of this hash that was not tried in this call; −1 if all were. */
    int owner(long hash, Attempt attempt);

    /** Makes a table of at least one endpoint. */
    @FunctionalInterface
    interface Maker {
        /** {@code listed}: the endpoints of the table, and those that are listed but may not be picked now. */
        KeyTable make(Weighted endpoints, Weighted listed);
    }

    /** What an endpoint is known by, everywhere. */
    static long idOf(Endpoint endpoint) {
        return Hash.of(endpoint.target().uri().toString());
    }

    /** The indexes of the endpoints in an order that is the same everywhere. */
    static int[] byUri(Weighted endpoints) {
        String[] uris = new String[endpoints.size()];
        Arrays.setAll(uris, i -> endpoints.get(i).target().uri().toString());
        return IntStream.range(0, uris.length)
                .boxed()
                .sorted(Comparator.comparing(i -> uris[i]))
                .mapToInt(i -> i)
                .toArray();
    }
}
