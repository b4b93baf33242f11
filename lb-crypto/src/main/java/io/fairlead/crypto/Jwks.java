package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyOperation;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.text.ParseException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/** JSON Web Keys (RFC 7517, RFC 8037) as keys of the JDK. */
final class Jwks {

    private static final AlgorithmIdentifier ED25519 = new AlgorithmIdentifier(EdECObjectIdentifiers.id_Ed25519);

    private Jwks() {}

    static PrivateKey privateKey(String json) {
        JWK jwk = parse(json);
        if (!jwk.isPrivate()) {
            throw new Refusal("JWK has no private key");
        }
        try {
            if (jwk instanceof RSAKey rsa) {
                return KeyRules.checked(rsa.toRSAPrivateKey());
            }
            if (jwk instanceof ECKey ec) {
                return KeyRules.checked(ec.toECPrivateKey());
            }
            if (jwk instanceof OctetKeyPair pair && Curve.Ed25519.equals(pair.getCurve())) {
                byte[] seed = length32(pair.getDecodedD());
                return Providers.privateKey(new PrivateKeyInfo(ED25519, new DEROctetString(seed)));
            }
        } catch (JOSEException | IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("JWK is no valid key of the type " + jwk.getKeyType());
        }
        throw unusable(jwk, "a private key");
    }

    static PublicKey publicKey(String json) {
        JWK jwk = parse(json);
        try {
            if (jwk instanceof RSAKey rsa) {
                return KeyRules.checked(rsa.toRSAPublicKey());
            }
            if (jwk instanceof ECKey ec) {
                return KeyRules.checked(ec.toECPublicKey());
            }
            if (jwk instanceof OctetKeyPair pair && Curve.Ed25519.equals(pair.getCurve())) {
                return Providers.publicKey(new SubjectPublicKeyInfo(ED25519, length32(pair.getDecodedX())));
            }
        } catch (JOSEException | IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("JWK is no valid key of the type " + jwk.getKeyType());
        }
        throw unusable(jwk, "a public key");
    }

    static byte[] secret(String json) {
        JWK jwk = parse(json);
        if (jwk instanceof OctetSequenceKey secret) {
            return secret.toByteArray();
        }
        throw unusable(jwk, "a secret");
    }

    /** The keys of a JWK Set (RFC 7517, section 5) by their key ids, in its order, each read by the given function. */
    static <K> Map<String, K> set(String json, Function<String, K> key) {
        List<JWK> keys;
        try {
            keys = JWKSet.parse(json).getKeys();
        } catch (ParseException | RuntimeException e) {
            // No cause: the parser quotes what it could not read.
            throw new IllegalArgumentException("JWK Set cannot be read: allowed is a JSON Web Key Set (RFC 7517)");
        }
        Map<String, K> byId = new LinkedHashMap<>();
        for (JWK one : keys) {
            if (one.getKeyID() == null) {
                throw new Refusal("JWK Set has a key without kid");
            }
            if (byId.put(one.getKeyID(), key.apply(one.toJSONString())) != null) {
                throw new Refusal("JWK Set has two keys with the same kid");
            }
        }
        return byId;
    }

    private static byte[] length32(byte[] bytes) {
        if (bytes.length != 32) {
            throw new Refusal("JWK of the curve Ed25519 has " + bytes.length + " bytes: allowed are 32");
        }
        return bytes;
    }

    private static Refusal unusable(JWK jwk, String as) {
        return new Refusal("JWK is of the type " + jwk.getKeyType() + ", which is not " + as + " for signatures");
    }

    private static JWK parse(String json) {
        JWK jwk;
        try {
            jwk = JWK.parse(json);
        } catch (ParseException | RuntimeException e) {
            // No cause: the parser quotes what it could not read.
            throw new IllegalArgumentException("JWK cannot be read: allowed is one JSON Web Key (RFC 7517)");
        }
        if (KeyUse.ENCRYPTION.equals(jwk.getKeyUse()) || !signs(jwk.getKeyOperations())) {
            throw new Refusal("JWK is not for signatures");
        }
        return jwk;
    }

    private static boolean signs(@org.jspecify.annotations.Nullable Set<KeyOperation> operations) {
        return operations == null || operations.contains(KeyOperation.SIGN) || operations.contains(KeyOperation.VERIFY);
    }
}
