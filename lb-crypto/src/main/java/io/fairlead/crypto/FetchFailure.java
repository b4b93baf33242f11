package io.fairlead.crypto;

import java.io.IOException;

/** A server did not give what it was asked for; the message is ours and shows no secret, and nothing that the server said but error codes. */
final class FetchFailure extends IOException {

    private static final long serialVersionUID = 1;

    private final long retryAfterNanos;

    FetchFailure(String message) {
        this(message, 0);
    }

    /** @param retryAfterNanos how long the server wants to be left alone; 0 if it did not say */
    FetchFailure(String message, long retryAfterNanos) {
        super(message);
        this.retryAfterNanos = retryAfterNanos;
    }

    long retryAfterNanos() {
        return retryAfterNanos;
    }
}
