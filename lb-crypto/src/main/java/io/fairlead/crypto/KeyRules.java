package io.fairlead.crypto;

import java.math.BigInteger;
import java.security.Key;
import java.security.interfaces.DSAPublicKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;

/** What a key must be to prove anything. */
final class KeyRules {

    /** 112 bits of strength: NIST SP 800-131A rev. 2, section 3. */
    private static final int LEAST_RSA = 2048;

    /** Beyond it one verification takes a second; the JDK's own limit. */
    private static final int MOST_RSA = 16_384;

    /** The same strength on a curve. */
    private static final int LEAST_CURVE = 224;

    private static final int MOST_CURVE = 571;

    private KeyRules() {}

    /** The key, if it can sign or check a signature that means something; a key in a token shows what the token lets it show. */
    static <K extends Key> K checked(K key) {
        if (key instanceof RSAKey rsa) {
            size("RSA", rsa.getModulus().bitLength(), LEAST_RSA, MOST_RSA);
            if (key instanceof RSAPublicKey open) {
                exponent(open.getPublicExponent());
            } else if (key instanceof RSAPrivateCrtKey crt) {
                exponent(crt.getPublicExponent());
            }
        } else if (key instanceof ECKey ec) {
            size("EC", ec.getParams().getOrder().bitLength(), LEAST_CURVE, MOST_CURVE);
        } else if (key instanceof DSAPublicKey) {
            throw new Refusal("key is DSA: allowed are RSA, EC, Ed25519 and SM2");
        } else if (!(key instanceof EdECKey) && key.getFormat() != null && !isKnown(key.getAlgorithm())) {
            throw new Refusal(
                    "key is " + key.getAlgorithm() + ", which cannot sign: allowed are RSA, EC, Ed25519, SM2");
        }
        return key;
    }

    private static boolean isKnown(String algorithm) {
        return algorithm.equals("EdDSA") || algorithm.equals("Ed25519");
    }

    private static void size(String type, int bits, int least, int most) {
        if (bits < least || bits > most) {
            throw new Refusal(type + " key has " + bits + " bits: allowed are "
                    + (bits < least ? "at least " + least : "at most " + most));
        }
    }

    private static void exponent(BigInteger exponent) {
        if (exponent.compareTo(BigInteger.TWO) <= 0 || !exponent.testBit(0)) {
            throw new Refusal("RSA key has the public exponent "
                    + (exponent.bitLength() > 64 ? "(even)" : exponent)
                    + ": allowed are odd ones of at least 3");
        }
    }
}
