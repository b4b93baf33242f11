package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.security.Key;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.HashMap;
import java.util.Map;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * The keys of an encryption: the one to encrypt to, and those to open with, by id. Immutable; shows nothing of a key.
 *
 * @param fit which keys are let in
 * @param env where content keys, nonces and dates come from
 * @param keyId of the recipient; empty if messages name none
 * @param recipient null while there is none
 * @param own to open with; the empty id is for messages that name none
 */
record BodyKeys(
        KeyFit fit, Environment env, String keyId, @Nullable Key recipient, Map<String, Key> own) {

    static BodyKeys none(KeyFit fit) {
        return none(fit, "");
    }

    /** Those of a form that has its keys elsewhere, or will get them. */
    static BodyKeys none(KeyFit fit, String keyId) {
        return new BodyKeys(fit, Environment.system(), id(keyId), null, Map.of());
    }

    BodyKeys environment(Environment env) {
        return new BodyKeys(fit, Require.notNull(env, "environment"), keyId, recipient, own);
    }

    private static String id(String keyId) {
        Require.between(Require.notNull(keyId, "key id").length(), 0, 255, "length of the key id");
        return keyId.isEmpty() ? "" : Values.quotable(keyId, "key id");
    }

    BodyKeys encryptTo(String keyId, PublicKey key) {
        return new BodyKeys(fit, env, id(keyId), fit.fitting(key, "public key"), own);
    }

    BodyKeys decryptWith(String keyId, PrivateKey key) {
        return new BodyKeys(fit, env, this.keyId, recipient, with(id(keyId), fit.fitting(key, "private key")));
    }

    BodyKeys shared(String keyId, byte[] secret) {
        SecretKey given =
                new SecretKeySpec(Require.notNull(secret, "secret").length == 0 ? new byte[1] : secret, "AES");
        Key key = fit.fitting(given, "secret");
        return new BodyKeys(fit, env, id(keyId), key, with(id(keyId), key));
    }

    BodyKeys encryptTo(EncryptionJwk jwk) {
        return new BodyKeys(fit, env, id(jwk.keyId()), fit.fitting(jwk.recipient(), "JWK"), own);
    }

    BodyKeys decryptWith(EncryptionJwk jwk) {
        return new BodyKeys(fit, env, keyId, recipient, with(id(jwk.keyId()), fit.fitting(jwk.own(), "JWK")));
    }

    private Map<String, Key> with(String keyId, Key key) {
        Map<String, Key> all = new HashMap<>(own);
        all.put(keyId, key);
        return Map.copyOf(all);
    }

    byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        env.secureRandom().nextBytes(random);
        return random;
    }

    /** Checks that there is what it takes to encrypt. */
    void ready() {
        if (fit.isKeyed()) {
            required();
        }
    }

    Key required() {
        if (recipient == null) {
            throw new IllegalStateException("there is no key to encrypt to: encryptTo or shared sets one");
        }
        return recipient;
    }

    /** The key of that id. A message that names none is for the only key there is. Null if there is no such key. */
    @Nullable
    Key own(@Nullable String keyId) {
        if (keyId != null && !keyId.isEmpty()) {
            return own.get(keyId);
        }
        return own.size() == 1 ? own.values().iterator().next() : own.get("");
    }

    @Override
    public String toString() {
        return "BodyKeys[to " + keyId + ", own " + own.keySet() + "]";
    }
}
