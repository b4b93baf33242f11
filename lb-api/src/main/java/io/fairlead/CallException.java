package io.fairlead;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** A call that has no response: says why, whether the server may have acted, and what was tried, in one line. */
public class CallException extends IOException implements CallFailure {

    private static final long serialVersionUID = 1;

    private final Report report;

    /**
     * A failed call.
     *
     * @param why in a few words
     * @param cause the last attempt's failure or the exception of a user's own code, or null
     */
    public CallException(String why, Report report, @Nullable Throwable cause) {
        super(report.line(why), cause);
        this.report = report;
    }

    @Override
    public final Report report() {
        return report;
    }
}
