package io.fairlead;

import org.jspecify.annotations.Nullable;

/** A call for which there was no endpoint; the message gives each endpoint's reason. */
public final class NoEndpointException extends CallException {

    private static final long serialVersionUID = 1;

    /** A call without endpoint; arguments as in {@link CallException}. */
    public NoEndpointException(String why, Report report, @Nullable Throwable cause) {
        super(why, report, cause);
    }
}
