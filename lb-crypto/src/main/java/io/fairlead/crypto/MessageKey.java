package io.fairlead.crypto;

import java.security.PrivateKey;

/**
 * A key of RFC 9421 that signs.
 *
 * @param id what the verifier knows it by
 * @param algorithm its name in the registry of section 3.3
 * @param maker the key itself
 */
record MessageKey(String id, String algorithm, Signatures.Maker maker) {

    MessageKey {
        Values.quotable(id, "key id");
    }

    static MessageKey of(String id, String algorithm, PrivateKey key) {
        return new MessageKey(
                id,
                algorithm,
                Signatures.maker(HttpAlgorithms.named(algorithm, "algorithm"), key, "private key of " + id));
    }

    static MessageKey hmac(String id, byte[] secret) {
        return new MessageKey(id, HttpAlgorithms.HMAC, new Macs(secret, 32, "secret of key " + id));
    }
}
