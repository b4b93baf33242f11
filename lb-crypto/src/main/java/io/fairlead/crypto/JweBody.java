package io.fairlead.crypto;

import java.net.http.HttpRequest;
import java.security.GeneralSecurityException;
import java.util.Map;

/** A body that is one JWE in its compact form, of the type {@code application/jose} (RFC 7515, section 9.2.1). */
record JweBody(Jwe jwe, JweOpener opener) implements BodyFormat.Whole {

    @Override
    public Map<String, String> headers(HttpRequest request, BodyKeys keys) {
        return Map.of("Content-Type", "application/jose");
    }

    @Override
    public long length(BodyKeys keys, long plain) {
        return plain < 0 ? -1 : jwe.length(keys, plain);
    }

    @Override
    public byte[] seal(BodyKeys keys, byte[] plain) {
        return jwe.seal(keys, plain);
    }

    @Override
    public byte[] open(BodyKeys keys, byte[] hidden) throws GeneralSecurityException {
        return opener.open(keys, hidden);
    }

    @Override
    public String toString() {
        return "JWE " + jwe.suite();
    }
}
