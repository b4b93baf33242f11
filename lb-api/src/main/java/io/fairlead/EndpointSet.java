package io.fairlead;

import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** An immutable snapshot of the endpoints that may be picked now, in the order of discovery. */
public final class EndpointSet {

    private final Endpoint[] endpoints;
    private final @Nullable EndpointSet listed;

    private EndpointSet(Endpoint[] endpoints, @Nullable EndpointSet listed) {
        this.endpoints = endpoints;
        this.listed = listed;
    }

    /** A snapshot of these endpoints, none of them null. */
    public static EndpointSet of(Endpoint... endpoints) {
        return of(List.of(Require.notNull(endpoints, "endpoints")));
    }

    /** A snapshot of these endpoints, none of them null. */
    public static EndpointSet of(Collection<? extends Endpoint> endpoints) {
        return new EndpointSet(
                List.copyOf(Require.notNull(endpoints, "endpoints")).toArray(new Endpoint[0]), null);
    }

    /** The same snapshot, of what is healthy, with all that are listed, healthy or not. */
    public EndpointSet outOf(EndpointSet listed) {
        return new EndpointSet(endpoints, Require.notNull(listed, "listed endpoints"));
    }

    /** All endpoints that discovery lists, the ones that may not be picked included: for strategies that ask how many are well. */
    public EndpointSet listed() {
        return listed == null ? this : listed;
    }

    /** Number of endpoints, 0 or more. */
    public int size() {
        return endpoints.length;
    }

    /**
     * The endpoint at an index.
     *
     * @throws IndexOutOfBoundsException outside {@code 0 … size() - 1}
     */
    public Endpoint get(int i) {
        return endpoints[i];
    }

    @Override
    public String toString() {
        return List.of(endpoints).toString();
    }
}
