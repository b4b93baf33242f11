package io.fairlead.crypto;

import io.fairlead.testing.ManualTime;
import java.io.StringWriter;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Certificates made for a test, valid for a day around the epoch of {@link ManualTime} unless told otherwise. */
final class TestCertificates {

    private Duration from = Duration.ofDays(-1);
    private Duration to = Duration.ofDays(1);
    private int usage = KeyUsage.digitalSignature;
    private boolean authority;
    private KeyPurposeId purpose;
    private BigInteger serial = BigInteger.valueOf(0xabc123);

    static KeyPair pair(String algorithm, int size) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            if (size > 0) {
                generator.initialize(size);
            }
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    TestCertificates valid(Duration from, Duration to) {
        this.from = from;
        this.to = to;
        return this;
    }

    TestCertificates usage(int usage) {
        this.usage = usage;
        return this;
    }

    TestCertificates extendedUsage(KeyPurposeId purpose) {
        this.purpose = purpose;
        return this;
    }

    TestCertificates serial(String hex) {
        this.serial = new BigInteger(hex, 16);
        return this;
    }

    TestCertificates authority() {
        authority = true;
        usage = KeyUsage.keyCertSign | KeyUsage.cRLSign;
        return this;
    }

    X509Certificate issue(String subject, PublicKey key, String issuer, PrivateKey by) {
        try {
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new X500Name("CN=" + issuer),
                    serial,
                    Date.from(ManualTime.EPOCH.plus(from)),
                    Date.from(ManualTime.EPOCH.plus(to)),
                    new X500Name("CN=" + subject),
                    key);
            builder.addExtension(Extension.keyUsage, true, new KeyUsage(usage));
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(authority));
            if (purpose != null) {
                builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
            }
            String curve = Signatures.isSm2(by) ? "SM3withSM2" : "SHA256withECDSA";
            String algorithm = by.getAlgorithm().equals("RSA") ? "SHA256withRSA" : curve;
            return new JcaX509CertificateConverter()
                    .setProvider(Providers.BC)
                    .getCertificate(builder.build(new JcaContentSignerBuilder(algorithm)
                            .setProvider(Providers.BC)
                            .build(by)));
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static String pem(Object... objects) {
        StringWriter text = new StringWriter();
        try (JcaPEMWriter writer = new JcaPEMWriter(text)) {
            for (Object object : objects) {
                writer.writeObject(object);
            }
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return text.toString();
    }

    /** A private key in PKCS#8. */
    static String pkcs8(PrivateKey key) {
        return "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(key.getEncoded())
                + "\n-----END PRIVATE KEY-----\n";
    }
}
