package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
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
import java.security.Key;
import java.text.ParseException;
import java.util.Set;

/**
 * A JSON Web Key that is for encryption (RFC 7517; RFC 8037 for X25519), held to what it says of itself: a use of {@code sig}, operations
 * that do not encrypt, and another algorithm than the chosen one are refused. Shows nothing of the key.
 */
record EncryptionJwk(JWK jwk) {

    private static final Set<KeyOperation> HIDING =
            Set.of(KeyOperation.ENCRYPT, KeyOperation.WRAP_KEY, KeyOperation.DERIVE_KEY, KeyOperation.DERIVE_BITS);

    private static final Set<KeyOperation> OPENING =
            Set.of(KeyOperation.DECRYPT, KeyOperation.UNWRAP_KEY, KeyOperation.DERIVE_KEY, KeyOperation.DERIVE_BITS);

    static EncryptionJwk of(String json, KeyFit fit) {
        JWK jwk;
        try {
            jwk = JWK.parse(Require.notNull(json, "JWK"));
        } catch (ParseException | IllegalArgumentException | IllegalStateException e) {
            // No cause: the parser quotes what it could not read.
            throw new IllegalArgumentException("JWK cannot be read: allowed is one JSON Web Key (RFC 7517)");
        }
        if (KeyUse.SIGNATURE.equals(jwk.getKeyUse())) {
            throw new Refusal("JWK is for signatures, and not for encryption");
        }
        if (jwk.getAlgorithm() != null && !fit.isFor(jwk.getAlgorithm().getName())) {
            throw new Refusal("JWK is for another algorithm than the one that is set");
        }
        return new EncryptionJwk(jwk);
    }

    String keyId() {
        return jwk.getKeyID() == null ? "" : jwk.getKeyID();
    }

    /** To encrypt to: of a pair the public one. */
    Key recipient() {
        isFor(HIDING);
        try {
            return jwk instanceof RSAKey rsa
                    ? rsa.toRSAPublicKey()
                    : jwk instanceof ECKey ec
                            ? ec.toECPublicKey()
                            : jwk instanceof OctetKeyPair pair
                                    ? Agreement.publicKey(x25519(pair).getDecodedX())
                                    : secret();
        } catch (JOSEException | GeneralSecurityException e) {
            throw invalid();
        }
    }

    /** To open with. */
    Key own() {
        isFor(OPENING);
        if (!jwk.isPrivate()) {
            throw new Refusal("JWK has no private key");
        }
        try {
            return jwk instanceof RSAKey rsa
                    ? rsa.toRSAPrivateKey()
                    : jwk instanceof ECKey ec
                            ? ec.toECPrivateKey()
                            : jwk instanceof OctetKeyPair pair
                                    ? Agreement.privateKey(x25519(pair).getDecodedD())
                                    : secret();
        } catch (JOSEException | GeneralSecurityException e) {
            throw invalid();
        }
    }

    private void isFor(Set<KeyOperation> needed) {
        Set<KeyOperation> operations = jwk.getKeyOperations();
        // An empty list says nothing: browsers write one for a public key to agree with, which can do nothing by
        // itself.
        boolean says = operations != null && !operations.isEmpty();
        if (says && operations.stream().noneMatch(needed::contains)) {
            throw new Refusal("JWK has no operation that is needed here");
        }
    }

    private static OctetKeyPair x25519(OctetKeyPair pair) {
        if (!Curve.X25519.equals(pair.getCurve())) {
            throw new Refusal("JWK is of another curve than X25519, P-256, P-384 and P-521");
        }
        return pair;
    }

    private Key secret() {
        if (jwk instanceof OctetSequenceKey oct) {
            return oct.toSecretKey("AES");
        }
        throw invalid();
    }

    private IllegalArgumentException invalid() {
        return new IllegalArgumentException("JWK is no valid key of the type " + jwk.getKeyType());
    }

    @Override
    public String toString() {
        return "EncryptionJwk[" + keyId() + "]";
    }
}
