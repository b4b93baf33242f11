package io.fairlead.health;

import java.math.BigInteger;
import java.net.Socket;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** A certificate authority of the test's own, and TLS contexts with its certificates. */
final class TestCertificates {

    private static final char[] PASSWORD = "test".toCharArray();
    private static final String AUTHORITY = "CN=Test CA";
    private static final Duration DAY = Duration.ofDays(1);

    private final KeyPair keys = newKeys();
    private final X509Certificate authority = certificate(AUTHORITY, keys, DAY, List.of());
    private int serial;

    /** A server's context with a certificate for these names; digits and dots are an address. */
    SSLContext server(String... names) throws Exception {
        return server(DAY, names);
    }

    /** The same with a certificate that expired yesterday. */
    SSLContext expired(String... names) throws Exception {
        return server(DAY.negated(), names);
    }

    /** A client's context that trusts this authority. */
    SSLContext client() throws Exception {
        return client(new AtomicInteger());
    }

    /** The same, counting the certificates that it checks; a resumed session has none to check. */
    SSLContext client(AtomicInteger checks) throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("ca", authority);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        X509ExtendedTrustManager real = (X509ExtendedTrustManager) trust.getTrustManagers()[0];
        context.init(null, new TrustManager[] {new Counting(real, checks)}, null);
        return context;
    }

    private static final class Counting extends X509ExtendedTrustManager {

        private final X509ExtendedTrustManager real;
        private final AtomicInteger checks;

        Counting(X509ExtendedTrustManager real, AtomicInteger checks) {
            this.real = real;
            this.checks = checks;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            checks.incrementAndGet();
            real.checkServerTrusted(chain, type, engine);
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {
            throw new UnsupportedOperationException("engines only");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
            throw new UnsupportedOperationException("without a name to check");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {
            throw new UnsupportedOperationException("a client's");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {
            throw new UnsupportedOperationException("a client's");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
            throw new UnsupportedOperationException("a client's");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return real.getAcceptedIssuers();
        }
    }

    private SSLContext server(Duration validFor, String... names) throws Exception {
        KeyPair own = newKeys();
        List<GeneralName> alternatives = List.of(names).stream()
                .map(name ->
                        new GeneralName(name.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName, name))
                .toList();
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("key", own.getPrivate(), PASSWORD, new X509Certificate[] {
            certificate("CN=server", own, validFor, alternatives)
        });
        KeyManagerFactory keyManagers = KeyManagerFactory.getInstance("PKIX");
        keyManagers.init(store, PASSWORD);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keyManagers.getKeyManagers(), null, null);
        return context;
    }

    private static KeyPair newKeys() {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(256);
            return generator.generateKeyPair();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private X509Certificate certificate(String subject, KeyPair own, Duration validFor, List<GeneralName> names) {
        try {
            Instant end = Instant.now().plus(validFor);
            JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                    new X500Name(AUTHORITY),
                    new BigInteger(63, new Random()).add(BigInteger.valueOf(++serial)),
                    Date.from(end.minus(DAY).minus(DAY)),
                    Date.from(end),
                    new X500Name(subject),
                    own.getPublic());
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(subject.equals(AUTHORITY)));
            if (!names.isEmpty()) {
                builder.addExtension(
                        Extension.subjectAlternativeName, false, new GeneralNames(names.toArray(new GeneralName[0])));
            }
            return new JcaX509CertificateConverter()
                    .getCertificate(
                            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(keys.getPrivate())));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
