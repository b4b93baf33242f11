package io.fairlead.health;

import java.io.IOException;

/** A probe has failed, for a reason that its message tells. Without stack trace: it is no error of the program, and frequent. */
final class ProbeFailedException extends IOException {

    private static final long serialVersionUID = 1;

    ProbeFailedException(String reason) {
        super(reason);
    }

    @Override
    public Throwable fillInStackTrace() {
        return this;
    }
}
