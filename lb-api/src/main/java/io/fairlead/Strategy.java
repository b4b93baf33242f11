package io.fairlead;

import java.util.Map;

/**
 * A balancing strategy at work for one service: holds what outlives a snapshot (a sequence, a sticky table), makes a
 * {@link Load} for each endpoint and a {@link Picker} for each snapshot.
 *
 * <p>The first two methods are called by the service's cluster, one call at a time, never on a request's way; they may take a
 * lock and allocate, and must not block on I/O. If one throws, the cluster keeps the picker it has and logs the exception.
 */
public interface Strategy {

    /** The gauge of an endpoint that discovery lists for the first time (or again, after it was forgotten). */
    Load newLoad(Target target);

    /** The picker for a snapshot, which may be empty. */
    Picker picker(EndpointSet endpoints);

    /** What it has counted, by what it is, for reports and metrics; none by default. Any thread, at any time. */
    default Map<String, Long> counters() {
        return Map.of();
    }
}
