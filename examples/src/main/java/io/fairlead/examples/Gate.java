package io.fairlead.examples;

import io.fairlead.testing.PartnerChecks;
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

        /** The whole message. */
        PartnerChecks.Arrived with(byte[] body) {
            Arrival head = this;
            return new PartnerChecks.Arrived() {
                @Override
                public String method() {
                    return head.method;
                }

                @Override
                public String scheme() {
                    return "http";
                }

                @Override
                public String authority() {
                    return head.authority;
                }

                @Override
                public String target() {
                    return head.query == null ? head.path : head.path + "?" + head.query;
                }

                @Override
                public Map<String, List<String>> headers() {
                    return head.headers;
                }

                @Override
                public byte[] body() {
                    return body;
                }
            };
        }

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
