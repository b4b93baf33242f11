package io.fairlead.crypto;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.RSAPrivateKey;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.openssl.PEMEncryptedKeyPair;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8DecryptorProviderBuilder;
import org.bouncycastle.openssl.jcajce.JcePEMDecryptorProviderBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.pkcs.PKCS8EncryptedPrivateKeyInfo;
import org.bouncycastle.pkcs.PKCSException;
import org.jspecify.annotations.Nullable;

/** Keys and certificates in PEM (RFC 7468 and OpenSSL's older forms), or in bare base64. */
final class Pem {

    private Pem() {}

    static PrivateKey privateKey(String pem, char @Nullable [] password) {
        return privateKeys(pem, password).get(0);
    }

    /** All private keys of the text in their order, at least one. */
    static List<PrivateKey> privateKeys(String pem, char @Nullable [] password) {
        List<PrivateKey> keys = new ArrayList<>();
        try {
            if (isBare(pem)) {
                return List.of(
                        Providers.privateKey(bareInfo(Base64.getMimeDecoder().decode(pem))));
            }
            for (Object part : parts(pem)) {
                PrivateKeyInfo info = info(part, password);
                if (info != null) {
                    keys.add(Providers.privateKey(info));
                }
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw refused(e, "private key cannot be read", "PEM or base64 of PKCS#8, PKCS#1 or SEC 1");
        } catch (OperatorCreationException | PKCSException e) {
            throw new IllegalArgumentException("private key cannot be decrypted: wrong password or unknown cipher");
        }
        if (keys.isEmpty()) {
            throw new IllegalArgumentException("private key: no private key in the text");
        }
        return keys;
    }

    /* What a parser says of a broken key may quote the key: only our own refusals pass, and no cause is kept. */
    private static IllegalArgumentException refused(Exception e, String what, String allowed) {
        if (e instanceof Refusal refusal) {
            return refusal;
        }
        return new IllegalArgumentException(what + ": allowed is " + allowed);
    }

    private static @Nullable PrivateKeyInfo info(Object part, char @Nullable [] password)
            throws IOException, OperatorCreationException, PKCSException {
        if (part instanceof PrivateKeyInfo info) {
            return info;
        }
        if (part instanceof PEMKeyPair pair) {
            return pair.getPrivateKeyInfo();
        }
        if (part instanceof PKCS8EncryptedPrivateKeyInfo encrypted) {
            return encrypted.decryptPrivateKeyInfo(new JceOpenSSLPKCS8DecryptorProviderBuilder()
                    .setProvider(Providers.BC)
                    .build(needed(password)));
        }
        if (part instanceof PEMEncryptedKeyPair encrypted) {
            return encrypted
                    .decryptKeyPair(new JcePEMDecryptorProviderBuilder()
                            .setProvider(Providers.BC)
                            .build(needed(password)))
                    .getPrivateKeyInfo();
        }
        return null; // parameters, certificates
    }

    private static char[] needed(char @Nullable [] password) {
        if (password == null) {
            throw new Refusal("private key is encrypted: a password is required");
        }
        return password;
    }

    static PublicKey publicKey(String pem) {
        try {
            if (isBare(pem)) {
                return Providers.publicKey(
                        SubjectPublicKeyInfo.getInstance(Base64.getMimeDecoder().decode(pem)));
            }
            for (Object part : parts(pem)) {
                if (part instanceof SubjectPublicKeyInfo info) {
                    return Providers.publicKey(info);
                }
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw refused(e, "public key cannot be read", "PEM or base64 of a SubjectPublicKeyInfo, or PKCS#1");
        }
        throw new IllegalArgumentException("public key: no public key in the text");
    }

    static List<X509Certificate> certificates(String pem) {
        List<X509Certificate> chain = new ArrayList<>();
        try {
            for (Object part : parts(pem)) {
                if (part instanceof X509CertificateHolder holder) {
                    chain.add(certificate(holder));
                }
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw refused(e, "certificates cannot be read", "PEM of X.509 certificates");
        }
        if (chain.isEmpty()) {
            throw new IllegalArgumentException("certificates: no certificate in the text");
        }
        return chain;
    }

    /* The JDK's own, which every part of the JDK takes, but for the curve that it does not know. */
    private static X509Certificate certificate(X509CertificateHolder holder)
            throws IOException, GeneralSecurityException {
        CertificateFactory factory =
                Providers.isSm2(holder.getSubjectPublicKeyInfo().getAlgorithm())
                        ? CertificateFactory.getInstance("X.509", Providers.BC)
                        : CertificateFactory.getInstance("X.509");
        return (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(holder.getEncoded()));
    }

    private static boolean isBare(String pem) {
        return !pem.contains("-----BEGIN");
    }

    /* Bare base64 does not say what it is: PKCS#8 holds an algorithm where PKCS#1 holds a modulus. */
    private static PrivateKeyInfo bareInfo(byte[] der) throws IOException {
        try {
            return PrivateKeyInfo.getInstance(der);
        } catch (IllegalArgumentException notPkcs8) {
            return new PrivateKeyInfo(
                    new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption), RSAPrivateKey.getInstance(der));
        }
    }

    private static List<Object> parts(String pem) throws IOException {
        List<Object> parts = new ArrayList<>();
        try (PEMParser parser = new PEMParser(new StringReader(pem))) {
            for (Object part = parser.readObject(); part != null; part = parser.readObject()) {
                parts.add(part);
            }
        }
        return parts;
    }
}
