package io.fairlead;

import org.jspecify.annotations.Nullable;

/** A call that a limit refused: it would have had to wait longer than it may. */
public final class ThrottledException extends CallException {

    private static final long serialVersionUID = 1;

    /** A refused call; arguments as in {@link CallException}. */
    public ThrottledException(String why, Report report, @Nullable Throwable cause) {
        super(why, report, cause);
    }
}
