package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.crypto.ECDSAVerifier;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jose.crypto.RSASSAVerifier;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import io.fairlead.Require;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.interfaces.ECPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A set of keys that check signatures (RFC 7517). A key that is for something else, weak, malformed or not unique under its id is left
 * out: the others still count. Immutable and thread-safe.
 */
final class JwsKeys {

    /** A token without a key id is tried on each key that fits: a set of a thousand would be a way to keep us busy. */
    private static final int MOST_TRIED = 8;

    private static final int MOST_KEYS = 256;

    /** A key, what it is for, and what checks by it. */
    record Key(JWK jwk, JWSVerifier verifier) {

        boolean fits(JWSAlgorithm algorithm) {
            JWSAlgorithm named = jwk.getAlgorithm() == null
                    ? null
                    : JWSAlgorithm.parse(jwk.getAlgorithm().getName());
            return (named == null || sameName(named).equals(sameName(algorithm)))
                    && verifier.supportedJWSAlgorithms().contains(algorithm);
        }

        /* RFC 9864 gave EdDSA over Ed25519 a name of its own. */
        private static JWSAlgorithm sameName(JWSAlgorithm algorithm) {
            return algorithm.equals(JWSAlgorithm.Ed25519) ? JWSAlgorithm.EdDSA : algorithm;
        }

        @Override
        public String toString() {
            return "Key[" + jwk.getKeyType() + " " + jwk.getKeyID() + "]";
        }
    }

    private final List<Key> keys;

    private JwsKeys(List<Key> keys) {
        this.keys = List.copyOf(keys);
    }

    /**
     * Reads a key set, or a single key.
     *
     * @param secrets whether shared secrets count, which a published set has none of
     * @throws IllegalArgumentException if it is none, or none of its keys can check a signature; shows nothing of it
     */
    static JwsKeys parse(String json, boolean secrets) {
        List<Key> found = new ArrayList<>();
        try {
            Map<String, Object> set = ServerAnswer.object(json);
            List<?> list = set.get("keys") instanceof List<?> several ? several : List.of(set);
            for (Object each : list.subList(0, Math.min(list.size(), MOST_KEYS))) {
                Key key = each instanceof Map<?, ?> members ? key(members, secrets) : null;
                if (key != null) {
                    found.add(key);
                }
            }
        } catch (ParseException | RuntimeException e) {
            throw new IllegalArgumentException("the keys cannot be read: allowed is a JSON Web Key Set (RFC 7517)");
        }
        if (found.stream().anyMatch(JwsKeys::isSecret) && !found.stream().allMatch(JwsKeys::isSecret)) {
            // What is public would count as a secret for whoever mistakes one for the other.
            throw Require.bad("the key set", "of secrets and public keys", "the one or the other");
        }
        List<Key> unique = unique(found);
        if (unique.isEmpty()) {
            throw Require.bad(
                    "the key set",
                    "without a key for signatures",
                    "RSA of 2048 bits and more, P-256 to P-521, Ed25519");
        }
        return new JwsKeys(unique);
    }

    private static boolean isSecret(Key key) {
        return key.jwk() instanceof OctetSequenceKey;
    }

    @SuppressWarnings("unchecked") // the names of a JSON object are texts
    private static @Nullable Key key(Map<?, ?> members, boolean secrets) {
        try {
            JWK jwk = JWK.parse((Map<String, Object>) members);
            boolean verifies = jwk.getKeyOperations() == null
                    || jwk.getKeyOperations().contains(KeyOperation.VERIFY)
                    || (jwk.isPrivate() && jwk.getKeyOperations().contains(KeyOperation.SIGN));
            if (KeyUse.ENCRYPTION.equals(jwk.getKeyUse()) || !verifies) {
                return null;
            }
            JWSVerifier verifier = verifier(jwk, secrets);
            return verifier == null ? null : new Key(jwk, verifier);
        } catch (ParseException | JOSEException | GeneralSecurityException | RuntimeException e) {
            return null; // RFC 7517, section 5: what is not understood is to be ignored
        }
    }

    static @Nullable JWSVerifier verifier(JWK jwk, boolean secrets) throws JOSEException, GeneralSecurityException {
        if (jwk instanceof RSAKey rsa) {
            return Roca.isWeak(rsa.getModulus().decodeToBigInteger())
                    ? null
                    : new RSASSAVerifier(KeyRules.checked(rsa.toRSAPublicKey()));
        }
        if (jwk instanceof ECKey ec) {
            KeyFactory factory =
                    KeyFactory.getInstance("EC", Providers.BC); // which checks that the point is on the curve
            X509EncodedKeySpec encoded =
                    new X509EncodedKeySpec(ec.toECPublicKey().getEncoded());
            ECDSAVerifier verifier = new ECDSAVerifier((ECPublicKey) factory.generatePublic(encoded));
            verifier.getJCAContext().setProvider(Providers.BC);
            return verifier;
        }
        if (jwk instanceof OctetKeyPair pair && Curve.Ed25519.equals(pair.getCurve())) {
            return new EdDsa(null, Signatures.checker(Algorithm.ED25519, Jwks.publicKey(pair.toString()), "key"));
        }
        return secrets && jwk instanceof OctetSequenceKey secret ? new MACVerifier(secret) : null;
    }

    /* Which of two keys of one id and type is meant, nobody knows: both are out. The same one listed twice is one. */
    private static List<Key> unique(List<Key> found) {
        Map<String, Set<String>> prints = new HashMap<>();
        Map<String, Key> byPrint = new HashMap<>();
        List<String> order = new ArrayList<>();
        for (Key key : found) {
            String print = thumbprint(key.jwk());
            if (byPrint.putIfAbsent(print + key.jwk().getKeyID(), key) == null) {
                order.add(print + key.jwk().getKeyID());
            }
            if (key.jwk().getKeyID() != null) {
                prints.computeIfAbsent(name(key), name -> new java.util.HashSet<>())
                        .add(print);
            }
        }
        return order.stream()
                .map(byPrint::get)
                .filter(key -> prints.getOrDefault(name(key), Set.of()).size() <= 1)
                .toList();
    }

    private static String name(Key key) {
        return key.jwk().getKeyType() + " " + key.jwk().getKeyID();
    }

    static String thumbprint(JWK jwk) {
        try {
            return jwk.computeThumbprint().toString();
        } catch (JOSEException e) {
            throw new IllegalStateException("the JDK has no SHA-256", e);
        }
    }

    /** The keys that a message of this key id and algorithm may be signed by; without an id all that fit. */
    List<Key> of(@Nullable String keyId, JWSAlgorithm algorithm) {
        List<Key> fitting = new ArrayList<>(1);
        for (Key key : keys) {
            boolean named = keyId == null || keyId.equals(key.jwk().getKeyID());
            if (named && key.fits(algorithm) && fitting.size() < MOST_TRIED) {
                fitting.add(key);
            }
        }
        return fitting;
    }

    /** Whether some key has this id, fitting or not. */
    boolean knows(@Nullable String keyId) {
        return keyId == null
                || keys.stream().anyMatch(key -> keyId.equals(key.jwk().getKeyID()));
    }

    @Override
    public String toString() {
        return "JwsKeys" + keys;
    }
}
