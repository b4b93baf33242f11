package io.fairlead.client;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What a failure is beneath its wrappings, and how it is told in a few words. */
final class Failures {

    /** Longer messages tell more of the server's bytes than of the failure. */
    private static final int MOST_CHARACTERS = 160;

    private static final String BAD_HEADER = "invalid header value";

    private Failures() {}

    /** The failure without the wrappings of {@code CompletableFuture} and {@code Future.get}. */
    static Throwable unwrap(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    /**
     * The exception itself, unless its words are the JDK's about a bad header value: they have the value, which is a token as often as not
     * ("invalid header value: …").
     */
    static Throwable withoutSecrets(Throwable thrown) {
        String message = thrown.getMessage();
        if (!(thrown instanceof IllegalArgumentException) || message == null || !message.startsWith(BAD_HEADER)) {
            return thrown;
        }
        IllegalArgumentException shown = new IllegalArgumentException(BAD_HEADER + " (not shown: it may be a secret)");
        shown.setStackTrace(thrown.getStackTrace());
        return shown;
    }

    /** Class and message on one line, without control characters: parts of a message may be a hostile server's. */
    static String describe(Throwable failure) {
        String name = failure.getClass().getSimpleName();
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            return failure.getCause() == null
                    ? name
                    : name + " (" + failure.getCause().getClass().getSimpleName() + ")";
        }
        String line = message.replaceAll("[\\p{Cntrl}\\x80-\\x9f\\u2028\\u2029]+", " ");
        return name + " (" + (line.length() > MOST_CHARACTERS ? line.substring(0, MOST_CHARACTERS) + "…" : line) + ")";
    }
}
