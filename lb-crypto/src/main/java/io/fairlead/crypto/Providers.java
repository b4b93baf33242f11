package io.fairlead.crypto;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.edec.EdECObjectIdentifiers;
import org.bouncycastle.asn1.gm.GMObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

/** Which provider makes which key: the JDK's where it can, Bouncy Castle's for SM2 and for the check of a point. */
final class Providers {

    /** Handed to each getInstance, never registered: what runs in the same JVM keeps its own providers. */
    static final Provider BC = new BouncyCastleProvider();

    private Providers() {}

    static PrivateKey privateKey(PrivateKeyInfo info) throws IOException, GeneralSecurityException {
        AlgorithmIdentifier id = info.getPrivateKeyAlgorithm();
        return KeyRules.checked(factory(id).generatePrivate(new PKCS8EncodedKeySpec(info.getEncoded())));
    }

    static PublicKey publicKey(SubjectPublicKeyInfo info) throws IOException, GeneralSecurityException {
        X509EncodedKeySpec encoded = new X509EncodedKeySpec(info.getEncoded());
        if (info.getAlgorithm().getAlgorithm().equals(X9ObjectIdentifiers.id_ecPublicKey)) {
            onCurve(encoded);
        }
        return KeyRules.checked(factory(info.getAlgorithm()).generatePublic(encoded));
    }

    /* The JDK's factory takes points that are not on the curve. */
    private static void onCurve(X509EncodedKeySpec encoded) {
        try {
            PublicKey on = KeyFactory.getInstance("EC", BC).generatePublic(encoded);
            KeyRules.checked(on);
        } catch (GeneralSecurityException e) {
            throw new Refusal("public key is not a point of its curve");
        }
    }

    static boolean isSm2(AlgorithmIdentifier id) {
        return GMObjectIdentifiers.sm2p256v1.equals(id.getParameters());
    }

    private static KeyFactory factory(AlgorithmIdentifier id) throws GeneralSecurityException {
        ASN1ObjectIdentifier oid = id.getAlgorithm();
        if (oid.equals(PKCSObjectIdentifiers.rsaEncryption)) {
            return KeyFactory.getInstance("RSA");
        }
        if (oid.equals(PKCSObjectIdentifiers.id_RSASSA_PSS)) {
            return KeyFactory.getInstance("RSASSA-PSS");
        }
        if (oid.equals(EdECObjectIdentifiers.id_Ed25519)) {
            return KeyFactory.getInstance("Ed25519");
        }
        if (oid.equals(X9ObjectIdentifiers.id_dsa)) {
            return KeyFactory.getInstance("DSA");
        }
        if (oid.equals(X9ObjectIdentifiers.id_ecPublicKey)) {
            return isSm2(id) ? KeyFactory.getInstance("EC", BC) : KeyFactory.getInstance("EC");
        }
        throw new Refusal("key is of the algorithm " + oid
                + ": allowed are RSA, RSASSA-PSS, EC, Ed25519, SM2, and DSA for checking");
    }
}
