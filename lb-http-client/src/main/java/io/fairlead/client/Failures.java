package io.fairlead.client;

import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What a failure is beneath its wrappings, and how it is told in a few words. */
final class Failures {

    /** Longer messages tell more of the server's bytes than of the failure. */
    private static final int MOST_CHARACTERS = 160;

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

    /** Class and message on one line, without control characters: parts of a message may be a hostile server's. */
    static String describe(Throwable failure) {
        String name = failure.getClass().getSimpleName();
        String message = failure.getMessage();
        if (message == null || message.isBlank()) {
            return failure.getCause() == null
                    ? name
                    : name + " (" + failure.getCause().getClass().getSimpleName() + ")";
        }
        String line = message.replaceAll("\\p{Cntrl}+", " ");
        return name + " (" + (line.length() > MOST_CHARACTERS ? line.substring(0, MOST_CHARACTERS) + "…" : line) + ")";
    }
}
