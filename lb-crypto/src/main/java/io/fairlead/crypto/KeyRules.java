package io.fairlead.crypto;

import java.math.BigInteger;
import java.security.Key;
import java.security.interfaces.DSAPublicKey;
import java.security.interfaces.ECKey;
import java.security.interfaces.EdECKey;
import java.security.interfaces.RSAKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.util.List;

/** What a key must be to prove anything. */
final class KeyRules {

    /** 112 bits of strength: NIST SP 800-131A rev. 2, section 3. */
    private static final int LEAST_RSA = 2048;

    /** Beyond it one verification takes a second; the JDK's own limit. */
    private static final int MOST_RSA = 16_384;

    /** The same strength on a curve. */
    private static final int LEAST_CURVE = 224;

    private static final int MOST_CURVE = 571;

    /** The largest of FIPS 186-4, section 4.2. */
    private static final int MOST_DSA = 3072;

    private static final int MOST_DSA_ORDER = 256;

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
        } else if (key.getAlgorithm().equals("DSA")) {
            dsa(key);
        } else if (!(key instanceof EdECKey) && key.getFormat() != null && !isKnown(key.getAlgorithm())) {
            throw new Refusal(
                    "key is " + key.getAlgorithm() + ", which cannot sign: allowed are RSA, EC, Ed25519, SM2");
        }
        return key;
    }

    /* What was signed with it long ago can be checked; FIPS 186-5 has nothing new signed. NIST SP 800-89, section 5.3.1: the whole check. */
    private static void dsa(Key key) {
        if (!(key instanceof DSAPublicKey open) || open.getParams() == null) {
            throw new Refusal("key is DSA, which is for checking only: to sign, allowed are RSA, EC, Ed25519 and SM2");
        }
        BigInteger p = open.getParams().getP();
        BigInteger q = open.getParams().getQ();
        size("DSA", p.bitLength(), LEAST_RSA, MOST_DSA);
        size("order of the DSA", q.bitLength(), LEAST_CURVE, MOST_DSA_ORDER);
        for (BigInteger one : List.of(open.getParams().getG(), open.getY())) {
            boolean inside = one.compareTo(BigInteger.ONE) > 0 && one.compareTo(p) < 0;
            if (!inside || !one.modPow(q, p).equals(BigInteger.ONE)) {
                throw new Refusal("DSA key is not of the group that it names");
            }
        }
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
