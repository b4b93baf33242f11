package io.fairlead.crypto;

import io.fairlead.Require;
import java.security.PublicKey;
import java.security.SignatureException;
import java.util.Arrays;
import java.util.List;

/** A signature of the body alone, in base64 in one header. Says nothing of when it was made. */
final class Detached implements Proof {

    private final String header;
    private final List<Signatures.Checker> keys;

    Detached(String header, String algorithm, List<PublicKey> keys) {
        // A field name after RFC 9110, section 5.1; another is never there, so that all would be refused.
        if (!Require.notNull(header, "signature header").matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
            throw Require.bad("signature header", "\"" + header + "\"", "the name of a header");
        }
        if (keys.isEmpty()) {
            throw Require.bad("public keys", "empty", "at least one");
        }
        Algorithm known = named(algorithm);
        this.header = header;
        this.keys = keys.stream()
                .map(key -> Signatures.checker(known, key, "public key"))
                .toList();
    }

    private static Algorithm named(String name) {
        Require.notNull(name, "signature algorithm");
        return Arrays.stream(Algorithm.values())
                .filter(one -> one.toString().equals(name))
                .findFirst()
                .orElseThrow(() -> Require.bad(
                        "signature algorithm", "\"" + name + "\"", "one of " + Arrays.toString(Algorithm.values())));
    }

    @Override
    public Claim check(Headers headers, byte[] body) throws SignatureException {
        byte[] signature = headers.base64(header);
        for (Signatures.Checker key : keys) {
            if (key.isValid(signature, body)) {
                return new Claim(Claim.UNDATED, null);
            }
        }
        throw new SignatureException("wrong signature");
    }

    @Override
    public boolean hasNonce() {
        return false;
    }

    @Override
    public String toString() {
        return "signed body in " + header;
    }
}
