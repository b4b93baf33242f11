package io.fairlead.crypto;

import java.net.http.HttpRequest;
import java.security.GeneralSecurityException;
import java.util.Map;

/**
 * A body that is one JWE, of the type {@code application/jose} in its compact form and {@code application/jose+json} in JSON (RFC 7515,
 * section 9.2.1).
 */
record JweBody(Jwe jwe, JweOpener opener, boolean json) implements BodyFormat.Whole {

    @Override
    public Map<String, String> headers(HttpRequest request, BodyKeys keys) {
        return Map.of("Content-Type", json ? "application/jose+json" : "application/jose");
    }

    @Override
    public long length(BodyKeys keys, long plain) {
        return plain < 0 ? -1 : jwe.length(plain, bytes -> seal(keys, bytes).length);
    }

    @Override
    public byte[] seal(BodyKeys keys, byte[] plain) {
        return json ? jwe.sealJson(keys, plain) : jwe.seal(keys, plain);
    }

    @Override
    public byte[] open(BodyKeys keys, byte[] hidden) throws GeneralSecurityException {
        return json ? opener.openJson(keys, hidden) : opener.open(keys, hidden);
    }

    @Override
    public String toString() {
        return (json ? "JWE in JSON " : "JWE ") + jwe.suite();
    }
}
