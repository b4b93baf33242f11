package io.fairlead;

import java.net.http.HttpTimeoutException;
import org.jspecify.annotations.Nullable;

/** A call whose time is over: waiting, all attempts and reading the body together took longer than the request's timeout. */
public final class CallTimeoutException extends HttpTimeoutException implements CallFailure {

    private static final long serialVersionUID = 1;

    private final Report report;

    /**
     * A call that took too long.
     *
     * @param why in a few words
     * @param cause the last attempt's failure, or null
     */
    public CallTimeoutException(String why, Report report, @Nullable Throwable cause) {
        super(report.line(why));
        this.report = report;
        if (cause != null) {
            initCause(cause);
        }
    }

    @Override
    public Report report() {
        return report;
    }
}
