package io.fairlead.examples;

import java.security.GeneralSecurityException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What stands before an embedded server: lets in what proves who it is, and opens it. */
interface Gate {

    /**
     * One request as it arrived.
     *
     * @param path still encoded
     * @param query still encoded, or null
     * @param headers by names in lower case
     */
    record Arrival(
            String method,
            String authority,
            String path,
            @Nullable String query,
            Map<String, List<String>> headers) {

        List<String> header(String name) {
            return headers.getOrDefault(name, List.of());
        }
    }

    /**
     * Refuses what does not prove it, with the reason; else the body as its sender meant it.
     *
     * @param body as it arrived
     */
    byte[] open(Arrival arrival, byte[] body) throws GeneralSecurityException;

    /** This one first, and the other for what it has opened. */
    default Gate then(Gate next) {
        return (arrival, body) -> next.open(arrival, open(arrival, body));
    }
}
