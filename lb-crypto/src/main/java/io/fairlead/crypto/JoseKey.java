package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.JWSSigner;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.util.Base64URL;
import io.fairlead.Require;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Map;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.jspecify.annotations.Nullable;

/** A private key that signs JSON Web Signatures by one algorithm (RFC 7515, 7518, 8037). Thread-safe; shows nothing of the key. */
final class JoseKey {

    private static final Map<JWSAlgorithm, Curve> CURVES = Map.of(
            JWSAlgorithm.ES256, Curve.P_256,
            JWSAlgorithm.ES384, Curve.P_384,
            JWSAlgorithm.ES512, Curve.P_521);

    private final JWSAlgorithm algorithm;
    private final @Nullable String keyId;
    private final @Nullable JWK shown;
    private final JWSSigner signer;

    private JoseKey(JWSAlgorithm algorithm, @Nullable String keyId, @Nullable JWK shown, JWSSigner signer) {
        this.algorithm = algorithm;
        this.keyId = keyId;
        this.shown = shown;
        this.signer = signer;
    }

    /** A key that the other side knows by its id. */
    static JoseKey named(String keyId, String algorithm, PrivateKey key) {
        JWSAlgorithm jws = JWSAlgorithm.parse(Require.notBlank(algorithm, "algorithm"));
        return new JoseKey(jws, Require.notBlank(keyId, "key id"), null, signer(jws, key));
    }

    /** A key whose public half is shown in each header: the algorithm is the usual one of its type. */
    static JoseKey shown(PrivateKey key, PublicKey open) {
        try {
            JWK jwk = jwk(KeyRules.checked(Require.notNull(open, "public key")));
            if (!KeyPairs.fit(Require.notNull(key, "private key"), open)) {
                throw Require.bad("public key", "of another pair", "the one of the private key");
            }
            JWSAlgorithm jws = algorithm(jwk);
            return new JoseKey(jws, null, jwk, signer(jws, key));
        } catch (IllegalStateException e) {
            throw Require.bad("public key", "a key of the type " + open.getAlgorithm(), "RSA, EC and Ed25519");
        }
    }

    /** A new key on P-256, the curve that every server knows. */
    static JoseKey generated() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec("secp256r1"));
            KeyPair pair = generator.generateKeyPair();
            return shown(pair.getPrivate(), pair.getPublic());
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no P-256", e);
        }
    }

    private static JWK jwk(PublicKey key) {
        if (key instanceof RSAPublicKey rsa) {
            return new RSAKey.Builder(rsa).build();
        }
        if (key instanceof ECPublicKey ec && Curve.forECParameterSpec(ec.getParams()) != null) {
            return new ECKey.Builder(Curve.forECParameterSpec(ec.getParams()), ec).build();
        }
        byte[] raw = SubjectPublicKeyInfo.getInstance(key.getEncoded())
                .getPublicKeyData()
                .getOctets();
        return new OctetKeyPair.Builder(Curve.Ed25519, Base64URL.encode(raw)).build();
    }

    private static JWSAlgorithm algorithm(JWK jwk) {
        if (jwk instanceof RSAKey) {
            return JWSAlgorithm.PS256; // FAPI 2.0, section 5.4
        }
        return CURVES.entrySet().stream()
                .filter(e -> jwk instanceof ECKey ec && ec.getCurve().equals(e.getValue()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElse(JWSAlgorithm.EdDSA);
    }

    private static JWSSigner signer(JWSAlgorithm algorithm, PrivateKey key) {
        KeyRules.checked(Require.notNull(key, "private key"));
        try {
            if (JWSAlgorithm.Family.RSA.contains(algorithm)
                    && key.getAlgorithm().startsWith("RSA")) {
                RSASSASigner signer = new RSASSASigner(TokenKey.inside(key));
                signer.getJCAContext().setProvider(TokenKey.provider(key));
                return signer;
            }
            Curve curve = CURVES.get(algorithm);
            if (curve != null && fits(key, curve)) {
                return ecdsa(key, curve);
            }
            if (algorithm.equals(JWSAlgorithm.EdDSA)) {
                return new EdDsa(Signatures.maker(Algorithm.ED25519, key, "private key"), null);
            }
        } catch (JOSEException | GeneralSecurityException e) {
            throw new IllegalArgumentException("private key cannot be used for " + algorithm);
        }
        throw Require.bad(
                "algorithm",
                algorithm + " with a key of the type " + key.getAlgorithm(),
                "RS256, PS256 and longer with RSA, ES256, ES384, ES512 with the curve of that name, EdDSA with"
                        + " Ed25519");
    }

    private static boolean fits(PrivateKey key, Curve curve) {
        if (!(key instanceof java.security.interfaces.ECKey ec)) {
            return key.getAlgorithm().equals("EC"); // a key in a token shows no more
        }
        return curve.equals(Curve.forECParameterSpec(ec.getParams()));
    }

    /* Bouncy Castle is several times faster on curves; a key in a token has no encoding and stays with its own provider. */
    private static JWSSigner ecdsa(PrivateKey key, Curve curve) throws JOSEException, GeneralSecurityException {
        if (key.getEncoded() == null) {
            ECDSASigner inToken = new ECDSASigner(TokenKey.inside(key), curve);
            inToken.getJCAContext().setProvider(TokenKey.provider(key));
            return inToken;
        }
        PrivateKey converted =
                KeyFactory.getInstance("EC", Providers.BC).generatePrivate(new PKCS8EncodedKeySpec(key.getEncoded()));
        ECDSASigner signer = new ECDSASigner(converted, curve);
        signer.getJCAContext().setProvider(Providers.BC);
        return signer;
    }

    /** The compact form over the claims. */
    String sign(@Nullable String type, Map<String, Object> claims) {
        JWSHeader.Builder header = new JWSHeader.Builder(algorithm);
        if (type != null) {
            header.type(new JOSEObjectType(type));
        }
        JWSObject jws = new JWSObject(header.keyID(keyId).jwk(shown).build(), new Payload(claims));
        try {
            jws.sign(signer);
        } catch (JOSEException e) {
            throw new IllegalStateException("the private key failed to sign by " + algorithm, e);
        }
        return jws.serialize();
    }

    /** The thumbprint of the key that is shown (RFC 7638). */
    String thumbprint() {
        try {
            return shown == null ? "" : shown.computeThumbprint().toString();
        } catch (JOSEException e) {
            throw new IllegalStateException("the JDK has no SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "JoseKey[" + algorithm + (keyId == null ? "" : " " + keyId) + "]";
    }
}
