package io.fairlead.health;

import java.net.ConnectException;
import java.nio.channels.UnresolvedAddressException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** Why a probe failed, in a few words for people. */
final class Reason {

    private static final int LONGEST = 200;

    private Reason() {}

    static String of(Throwable failure) {
        Throwable why = failure;
        while ((why instanceof CompletionException || why instanceof ExecutionException) && why.getCause() != null) {
            why = why.getCause();
        }
        if (why instanceof ProbeFailedException && why.getMessage() != null) {
            return why.getMessage();
        }
        String name = why.getClass().getSimpleName();
        String text = why.getMessage() == null ? unsaid(why, name) : name + ": " + why.getMessage();
        return text.length() <= LONGEST ? text : text.substring(0, LONGEST) + "…";
    }

    /* The JDK's client says nothing when it cannot connect. */
    private static String unsaid(Throwable why, String name) {
        if (why instanceof ConnectException) {
            return why.getCause() instanceof UnresolvedAddressException ? "unknown host" : "could not connect";
        }
        return name;
    }
}
