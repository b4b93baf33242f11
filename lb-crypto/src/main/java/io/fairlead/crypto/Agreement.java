package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.crypto.impl.ConcatKDF;
import com.nimbusds.jose.crypto.impl.ECDH;
import com.nimbusds.jose.crypto.utils.ECChecks;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetKeyPair;
import com.nimbusds.jose.util.Base64URL;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.XECKey;
import java.security.interfaces.XECPublicKey;
import java.security.spec.NamedParameterSpec;
import java.security.spec.XECPrivateKeySpec;
import java.security.spec.XECPublicKeySpec;
import javax.crypto.KeyAgreement;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * ECDH-ES: a key that a fresh pair of the sender's and the recipient's own pair agree on (RFC 7518, section 4.6), on P-256, P-384, P-521
 * and X25519 (RFC 8037, section 3.2).
 */
final class Agreement {

    private static final String X25519 = "X25519";

    private Agreement() {}

    static boolean isX25519(Key key) {
        return key instanceof XECKey x
                && x.getParams() instanceof NamedParameterSpec named
                && named.getName().equals(X25519);
    }

    /** A fresh pair on the recipient's curve. */
    static KeyPair fresh(Key recipient) throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(recipient instanceof XECKey ? X25519 : "EC");
        if (recipient instanceof ECPublicKey ec) {
            generator.initialize(ec.getParams());
        } else {
            generator.initialize(NamedParameterSpec.X25519);
        }
        return generator.generateKeyPair();
    }

    /** The header parameter {@code epk}. */
    static JWK epk(PublicKey key) {
        if (key instanceof ECPublicKey ec) {
            return new ECKey.Builder(Curve.forECParameterSpec(ec.getParams()), ec).build();
        }
        byte[] big = ((XECPublicKey) key).getU().toByteArray(); // may have a zero for its sign before it
        byte[] little = java.util.Arrays.copyOf(reversed(big), 32);
        return new OctetKeyPair.Builder(Curve.X25519, Base64URL.encode(little)).build();
    }

    /** The key of the header's {@code epk}, if it is on the same curve as our own. */
    static PublicKey of(JWEHeader header, Key own) throws GeneralSecurityException, JOSEException {
        JWK epk = header.getEphemeralPublicKey();
        if (own instanceof ECPrivateKey ours && epk instanceof ECKey ec) {
            ECPublicKey key = ec.toECPublicKey();
            if (!ECChecks.isPointOnCurve(key, ours)) {
                throw new Unopened();
            }
            return key;
        }
        if (isX25519(own) && epk instanceof OctetKeyPair pair && Curve.X25519.equals(pair.getCurve())) {
            return publicKey(pair.getDecodedX());
        }
        throw new Unopened();
    }

    /** A key of X25519 from its bytes (RFC 7748, section 5), the lowest first. */
    static PublicKey publicKey(byte[] little) throws GeneralSecurityException {
        byte[] big = reversed(length32(little));
        big[0] &= 0x7f;
        return KeyFactory.getInstance(X25519)
                .generatePublic(new XECPublicKeySpec(NamedParameterSpec.X25519, new BigInteger(1, big)));
    }

    static PrivateKey privateKey(byte[] scalar) throws GeneralSecurityException {
        return KeyFactory.getInstance(X25519)
                .generatePrivate(new XECPrivateKeySpec(NamedParameterSpec.X25519, length32(scalar)));
    }

    private static byte[] length32(byte[] bytes) throws GeneralSecurityException {
        if (bytes.length != 32) {
            throw new InvalidKeyException("a key of X25519 has 32 bytes");
        }
        return bytes;
    }

    private static byte[] reversed(byte[] bytes) {
        byte[] all = new byte[bytes.length];
        for (int i = 0; i < all.length; i++) {
            all[i] = bytes[all.length - 1 - i];
        }
        return all;
    }

    /** What both sides come to, as Concat KDF makes a key of it: the content key itself, or the one that wraps it. */
    static SecretKey derived(JWEHeader header, PrivateKey own, PublicKey theirs)
            throws GeneralSecurityException, JOSEException {
        SecretKey shared = new SecretKeySpec(shared(own, theirs), "AES");
        return ECDH.deriveSharedKey(header, shared, new ConcatKDF("SHA-256"));
    }

    static byte[] shared(PrivateKey own, PublicKey theirs) throws GeneralSecurityException {
        KeyAgreement agreement = KeyAgreement.getInstance(own instanceof XECKey ? X25519 : "ECDH");
        agreement.init(own);
        agreement.doPhase(theirs, true);
        byte[] shared = agreement.generateSecret();
        int any = 0;
        for (byte b : shared) {
            any |= b;
        }
        if (any == 0) {
            throw new Unopened(); // a point of small order, with which everybody comes to nothing: RFC 7748, section
            // 6.1
        }
        return shared;
    }
}
