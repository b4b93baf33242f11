package io.fairlead.client;

import io.fairlead.Target;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One endpoint as it stands at a moment.
 *
 * @param target what discovery says of it
 * @param state where it stands
 * @param since when it came into this state
 * @param reason why, in a few words; empty while it is ready
 * @param until when its ejection is over, or null where it is not ejected
 * @param nextProbe when it is probed next, or null where it is not probed
 * @param inFlight attempts under way
 * @param load the strategy's figure, comparable within the service; lower is better
 * @param ejections how often it was ejected since it is listed
 */
public record EndpointView(
        Target target,
        EndpointState state,
        Instant since,
        String reason,
        @Nullable Instant until,
        @Nullable Instant nextProbe,
        int inFlight,
        double load,
        int ejections) {}
