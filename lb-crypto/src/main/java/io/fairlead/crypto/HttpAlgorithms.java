package io.fairlead.crypto;

import io.fairlead.Require;
import java.util.Map;
import java.util.TreeMap;

/** The algorithms that RFC 9421, section 3.3, registers. */
final class HttpAlgorithms {

    static final String HMAC = "hmac-sha256";

    private static final Map<String, Algorithm> NAMED = Map.of(
            "rsa-pss-sha512", Algorithm.RSA_PSS_SHA512,
            "rsa-v1_5-sha256", Algorithm.RSA_SHA256,
            "ecdsa-p256-sha256", Algorithm.ECDSA_P256,
            "ecdsa-p384-sha384", Algorithm.ECDSA_P384,
            "ed25519", Algorithm.ED25519);

    private HttpAlgorithms() {}

    /** @throws IllegalArgumentException naming the field if there is none of the name */
    static Algorithm named(String name, String field) {
        Algorithm named = NAMED.get(Require.notNull(name, field));
        if (named == null) {
            throw Require.bad(field, "\"" + name + "\"", "one of " + new TreeMap<>(NAMED).keySet());
        }
        return named;
    }
}
