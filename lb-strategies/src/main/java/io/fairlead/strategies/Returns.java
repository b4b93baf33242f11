package io.fairlead.strategies;

import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Which endpoints have come back just now, by the snapshots that were seen: listed, and not to be picked, and to be picked again. It is
 * known of each endpoint by itself, so that snapshots of different parts of the list may be shown in any order. What is
 * known goes with the endpoint. Not thread-safe.
 */
final class Returns {

    /** As long as peer libraries time a failover: longer than most flapping. */
    private static final long SETTLING_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** In place of a moment: long ago. */
    static final long LONG_AGO = Long.MIN_VALUE;

    private final Set<Endpoint> out = Collections.newSetFromMap(new WeakHashMap<>());
    private final Map<Endpoint, Long> settled = new WeakHashMap<>();

    void observe(EndpointSet endpoints, long now) {
        settled.values().removeIf(moment -> now - moment >= 0);
        Set<Endpoint> in = new HashSet<>();
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint endpoint = endpoints.get(i);
            in.add(endpoint);
            if (out.remove(endpoint)) {
                settled.put(endpoint, now + SETTLING_NANOS);
            }
        }
        EndpointSet listed = endpoints.listed();
        for (int i = 0; i < listed.size(); i++) {
            if (!in.contains(listed.get(i))) {
                out.add(listed.get(i));
                settled.remove(listed.get(i));
            }
        }
    }

    /** When it will have been back for ten seconds; {@link #LONG_AGO} for one that was never away, or has been back for longer. */
    long settledNanos(Endpoint endpoint) {
        return settled.getOrDefault(endpoint, LONG_AGO);
    }
}
