package io.fairlead;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A call that a circuit breaker refused, because others to the same service failed: says why and until when. It was not sent, and is
 * not tried again.
 */
public final class CircuitOpenException extends CallException {

    private static final long serialVersionUID = 1;

    private final String why;
    private final Instant until;

    /**
     * A refused call; the other arguments as in {@link CallException}.
     *
     * @param until the end of the time for which no call is admitted
     */
    public CircuitOpenException(String why, Instant until, Report report, @Nullable Throwable cause) {
        super(why + ", until " + until, report, cause);
        this.why = why;
        this.until = until;
    }

    /**
     * The end of the time for which no call is admitted. While another call is on trial: when the next may be, if that one does not
     * say before whether the service is well.
     */
    public Instant until() {
        return until;
    }

    /** The same refusal with what is known of the call as a whole; this one becomes the cause. */
    public CircuitOpenException with(Report report) {
        return new CircuitOpenException(why, until, report, this);
    }
}
