package io.fairlead.client;

import java.math.BigInteger;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority of the test's own, and TLS contexts with its certificates. */
final class TestTls {

    private static final char[] PASSWORD = "test".toCharArray();

    private final KeyPair keys = newKeys();
    private final X509Certificate authority = certificate("CN=Test CA", keys, null, List.of());

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static X509Certificate certificate(String subject, KeyPair keys, TestTls issuer, List<GeneralName> names) {
        try {
            Instant now = Instant.now();
            X500Name from = new X500Name(issuer == null ? subject : "CN=Test CA");
            var builder = new JcaX509v3CertificateBuilder(
                    from,
                    new BigInteger(63, new java.util.Random()).add(BigInteger.ONE),
                    Date.from(now.minus(1, ChronoUnit.DAYS)),
                    Date.from(now.plus(1, ChronoUnit.DAYS)),
                    new X500Name(subject),
                    keys.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(issuer == null));
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(new GeneralName[0])));
            }
            var signer = new JcaContentSignerBuilder("SHA256withECDSA")
                    .build(issuer == null ? keys.getPrivate() : issuer.keys.getPrivate());
            return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** A key and the certificate of it. */
    record Identity(KeyPair keys, X509Certificate certificate) {

        /** Both in PEM. */
        String pem() {
            return TestTls.pem("PRIVATE KEY", keys.getPrivate().getEncoded()) + certificatePem();
        }

        private String certificatePem() {
            try {
                return TestTls.pem("CERTIFICATE", certificate.getEncoded());
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }

        /** The pin of the key (RFC 7469). */
        String pin() {
            try {
                byte[] open = keys.getPublic().getEncoded();
                byte[] digest = MessageDigest.getInstance("SHA-256").digest(open);
                return "sha256/" + Base64.getEncoder().encodeToString(digest);
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        }
    }

    private static String pem(String what, byte[] der) {
        return "-----BEGIN " + what + "-----\n" + Base64.getMimeEncoder().encodeToString(der) + "\n-----END " + what
                + "-----\n";
    }

    /** A new key with a certificate by this authority for these names. */
    Identity issue(String... names) {
        KeyPair leaf = newKeys();
        return new Identity(leaf, certificate("CN=" + names[0], leaf, this, alternatives(names)));
    }

    /** This authority's certificate in PEM. */
    String pem() {
        return new Identity(keys, authority).certificatePem();
    }

    /** This authority's revocation list, of the next day, in PEM. */
    String revocationList(X509Certificate... revoked) {
        try {
            Instant now = Instant.now();
            var builder = new JcaX509v2CRLBuilder(authority, Date.from(now.minus(1, ChronoUnit.HOURS)));
            builder.setNextUpdate(Date.from(now.plus(1, ChronoUnit.DAYS)));
            for (X509Certificate one : revoked) {
                builder.addCRLEntry(one.getSerialNumber(), Date.from(now), CRLReason.keyCompromise);
            }
            var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate());
            return pem("X509 CRL", builder.build(signer).getEncoded());
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Trusts the certificates of this authority. */
    TrustManagerFactory trust() {
        try {
            KeyStore trusted = KeyStore.getInstance("PKCS12");
            trusted.load(null, null);
            trusted.setCertificateEntry("ca", authority);
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(trusted);
            return trust;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static List<GeneralName> alternatives(String... names) {
        List<GeneralName> alternatives = new ArrayList<>();
        for (String name : names) {
            int kind = name.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName;
            alternatives.add(new GeneralName(kind, name));
        }
        return alternatives;
    }

    /** A server's context with a certificate for these names; digits and dots are an address. */
    SSLContext server(String... names) {
        return context(true, names);
    }

    /** A client's context that trusts this authority; with names it has a certificate of its own. */
    SSLContext client(String... names) {
        return context(names.length > 0, names);
    }

    private SSLContext context(boolean withKey, String... names) {
        try {
            KeyManagerFactory keyManagers = KeyManagerFactory.getInstance("PKIX");
            KeyStore mine = KeyStore.getInstance("PKCS12");
            mine.load(null, null);
            if (withKey) {
                Identity own = issue(names);
                mine.setKeyEntry(
                        "key", own.keys.getPrivate(), PASSWORD, new X509Certificate[] {own.certificate, authority});
            }
            keyManagers.init(mine, PASSWORD);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keyManagers.getKeyManagers(), trust().getTrustManagers(), null);
            return context;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
