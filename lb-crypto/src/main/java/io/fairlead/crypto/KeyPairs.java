package io.fairlead.crypto;

import io.fairlead.Environment;
import java.security.Key;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECKey;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which private key belongs to which public one; told by a signature, as a key in a token shows nothing else. */
final class KeyPairs {

    private static final String CHALLENGE = "does this private key belong to this public key?";

    private KeyPairs() {}

    /** Refuses a key that is not the certificate's, as while the two are exchanged one after the other. */
    static void checkFit(PrivateKey key, X509Certificate certificate) {
        if (!fit(key, certificate.getPublicKey())) {
            throw new Refusal("private key is not the one of " + CertificateRules.name(certificate));
        }
    }

    static boolean fit(PrivateKey key, PublicKey open) {
        Algorithm algorithm = algorithm(open);
        if (algorithm == null) {
            throw new Refusal("key is " + open.getAlgorithm() + ", of a size or curve that nothing here signs with");
        }
        byte[] signature;
        try {
            signature = Signatures.maker(algorithm, key, "private key").sign(CHALLENGE);
        } catch (IllegalArgumentException otherKind) {
            return false;
        }
        return Signatures.checker(algorithm, open, "public key").isValid(signature, CHALLENGE);
    }

    /* One that every key of that kind can do. */
    private static @Nullable Algorithm algorithm(Key key) {
        if (Signatures.isSm2(key)) {
            return Algorithm.SM2;
        }
        if (key instanceof ECKey ec) {
            return switch (ec.getParams().getOrder().bitLength()) {
                case 256 -> Algorithm.ECDSA_P256;
                case 384 -> Algorithm.ECDSA_P384;
                case 521 -> Algorithm.ECDSA_P521;
                default -> null;
            };
        }
        return switch (key.getAlgorithm()) {
            case "RSA" -> Algorithm.RSA_SHA256;
            case "RSASSA-PSS" -> Algorithm.RSA_PSS_SHA256;
            case "EdDSA", "Ed25519" -> Algorithm.ED25519;
            default -> null;
        };
    }

    /** Private keys under the serials of their certificates, in the order of the keys. */
    static Map<String, PrivateKey> bySerial(
            List<PrivateKey> keys, List<X509Certificate> certificates, Environment env) {
        Map<String, PrivateKey> bySerial = new LinkedHashMap<>();
        Map<String, Validity> ends = new HashMap<>();
        for (PrivateKey key : keys) {
            X509Certificate own = certificates.stream()
                    .filter(one -> fit(key, one.getPublicKey()))
                    .findFirst()
                    .orElseThrow(() -> new Refusal("private key is of none of the certificates"));
            CertificateRules.checked(List.of(own), env.now());
            bySerial.put(CertificateRules.serial(own), key);
            ends.put(CertificateRules.serial(own), Validity.of(List.of(own), env, null));
        }
        return new CertifiedKeys<>(bySerial, ends);
    }

    /** Public keys under the serials of their certificates. */
    static Map<String, PublicKey> bySerial(List<X509Certificate> certificates, Environment env) {
        Map<String, PublicKey> bySerial = new LinkedHashMap<>();
        Map<String, Validity> ends = new HashMap<>();
        for (X509Certificate one : certificates) {
            CertificateRules.checked(List.of(one), env.now());
            bySerial.put(CertificateRules.serial(one), one.getPublicKey());
            ends.put(CertificateRules.serial(one), Validity.of(List.of(one), env, null));
        }
        return new CertifiedKeys<>(bySerial, ends);
    }
}
