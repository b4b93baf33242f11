package io.fairlead.examples;

import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Certificates for 127.0.0.1 that live as long as one run: files for the servers, and a context that trusts them for the client. */
final class RunCertificates {

    /** No secret: the keys are made for one run and guard nothing. */
    static final String PASSWORD = "one-run";

    private static final String AUTHORITY = "CN=Fault table";

    private final KeyPair authorityKeys;
    private final X509Certificate authority;
    private final Path folder;

    RunCertificates(Path folder) throws Exception {
        this.folder = folder;
        this.authorityKeys = newKeys();
        this.authority = certificate(AUTHORITY, authorityKeys, Duration.ofDays(1), true);
        write("good", Duration.ofDays(1));
        write("expired", Duration.ofHours(-1));
    }

    private static KeyPair newKeys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        return generator.generateKeyPair();
    }

    private X509Certificate certificate(String subject, KeyPair keys, Duration validFor, boolean isAuthority)
            throws IOException, GeneralSecurityException, OperatorException {
        Instant now = Instant.now();
        var builder = new JcaX509v3CertificateBuilder(
                new X500Name(AUTHORITY),
                BigInteger.valueOf(System.nanoTime()),
                Date.from(now.minus(Duration.ofDays(1))),
                Date.from(now.plus(validFor)),
                new X500Name(subject),
                keys.getPublic());
        builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(isAuthority));
        GeneralName address = new GeneralName(GeneralName.iPAddress, "127.0.0.1");
        builder.addExtension(Extension.subjectAlternativeName, false, new GeneralNames(address));
        var signer = new JcaContentSignerBuilder("SHA256withECDSA").build(authorityKeys.getPrivate());
        return new JcaX509CertificateConverter().getCertificate(builder.build(signer));
    }

    private void write(String name, Duration validFor) throws Exception {
        KeyPair keys = newKeys();
        Certificate[] chain = {certificate("CN=127.0.0.1", keys, validFor, false), authority};
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry("server", keys.getPrivate(), PASSWORD.toCharArray(), chain);
        try (OutputStream out = Files.newOutputStream(keyStore(name))) {
            store.store(out, PASSWORD.toCharArray());
        }
        String pem = pem("PRIVATE KEY", keys.getPrivate()) + pem("CERTIFICATE", chain[0].getEncoded());
        Files.writeString(folder.resolve(name + ".pem"), pem);
    }

    private static String pem(String kind, Key key) {
        return pem(kind, key.getEncoded());
    }

    private static String pem(String kind, byte[] encoded) {
        String text = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII))
                .encodeToString(encoded);
        return "-----BEGIN " + kind + "-----\n" + text + "\n-----END " + kind + "-----\n";
    }

    /** The key store of {@code good} or {@code expired}. */
    Path keyStore(String name) {
        return folder.resolve(name + ".p12");
    }

    /** Key and certificate in one file, as HAProxy reads it and nginx, twice named. */
    Path pem() {
        return folder.resolve("good.pem");
    }

    /** Trusts these certificates and no others. */
    SSLContext client() throws GeneralSecurityException, IOException {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        trusted.setCertificateEntry("authority", authority);
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }
}
