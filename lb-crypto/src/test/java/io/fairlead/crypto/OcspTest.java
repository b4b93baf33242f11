package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.bouncycastle.asn1.ASN1InputStream;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AccessDescription;
import org.bouncycastle.asn1.x509.AuthorityInformationAccess;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cert.ocsp.BasicOCSPRespBuilder;
import org.bouncycastle.cert.ocsp.CertificateStatus;
import org.bouncycastle.cert.ocsp.OCSPReq;
import org.bouncycastle.cert.ocsp.OCSPResp;
import org.bouncycastle.cert.ocsp.OCSPRespBuilder;
import org.bouncycastle.cert.ocsp.Req;
import org.bouncycastle.cert.ocsp.RespID;
import org.bouncycastle.cert.ocsp.RevokedStatus;
import org.bouncycastle.cert.ocsp.UnknownStatus;
import org.bouncycastle.operator.DigestCalculator;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Servers judged by OCSP, with a responder of an authority on this machine. */
class OcspTest {

    private final KeyPair ca = TestCertificates.pair("EC", 256);
    private final KeyPair leaf = TestCertificates.pair("EC", 256);
    private final X509Certificate root = today().issue("root", ca.getPublic(), "root", ca.getPrivate());
    private final AtomicInteger asked = new AtomicInteger();

    private HttpServer responder;
    private volatile CertificateStatus status = CertificateStatus.GOOD;

    @TempDir
    private Path dir;

    private static TestCertificates today() {
        Duration away = Duration.between(ManualTime.EPOCH, Instant.now());
        return new TestCertificates().valid(away.minusDays(1), away.plusDays(1)).authority();
    }

    @BeforeEach
    void serve() throws Exception {
        responder = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        responder.createContext("/", this::answer);
        responder.start();
    }

    @AfterEach
    void stop() {
        responder.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        asked.incrementAndGet();
        byte[] sent = exchange.getRequestBody().readAllBytes();
        if (exchange.getRequestMethod().equals("GET")) { // the request is in the path, in base64
            String path = exchange.getRequestURI().getPath();
            sent = java.util.Base64.getDecoder().decode(path.substring(1));
        }
        byte[] answer = response(sent);
        exchange.getResponseHeaders().set("Content-Type", "application/ocsp-response");
        exchange.sendResponseHeaders(200, answer.length);
        try (exchange) {
            exchange.getResponseBody().write(answer);
        }
    }

    private byte[] response(byte[] request) throws IOException {
        try (ASN1InputStream in = new ASN1InputStream(request)) {
            OCSPReq req = new OCSPReq(org.bouncycastle.asn1.ocsp.OCSPRequest.getInstance(in.readObject()));
            DigestCalculator sha1 =
                    new JcaDigestCalculatorProviderBuilder().build().get(RespID.HASH_SHA1);
            BasicOCSPRespBuilder builder = new BasicOCSPRespBuilder(
                    SubjectPublicKeyInfo.getInstance(ca.getPublic().getEncoded()), sha1);
            for (Req one : req.getRequestList()) {
                builder.addResponse(
                        one.getCertID(),
                        status,
                        new Date(),
                        Date.from(Instant.now().plusSeconds(3600)),
                        null);
            }
            Extension nonce = req.getExtension(org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers.id_pkix_ocsp_nonce);
            if (nonce != null) {
                builder.setResponseExtensions(new org.bouncycastle.asn1.x509.Extensions(nonce));
            }
            OCSPResp whole = new OCSPRespBuilder()
                    .build(
                            OCSPRespBuilder.SUCCESSFUL,
                            builder.build(
                                    new JcaContentSignerBuilder("SHA256withECDSA").build(ca.getPrivate()),
                                    new X509CertificateHolder[0],
                                    new Date()));
            return whole.getEncoded();
        } catch (Exception e) {
            throw new IOException(e);
        }
    }

    /** Its certificate names the responder. */
    private SSLContext server() throws Exception {
        Instant now = Instant.now();
        JcaX509v3CertificateBuilder builder = new JcaX509v3CertificateBuilder(
                new X500Name("CN=root"),
                BigInteger.valueOf(0x51),
                Date.from(now.minusSeconds(3600)),
                Date.from(now.plusSeconds(3600)),
                new X500Name("CN=bank.example"),
                leaf.getPublic());
        String uri = "http://127.0.0.1:" + responder.getAddress().getPort() + "/";
        builder.addExtension(
                Extension.authorityInfoAccess,
                false,
                new AuthorityInformationAccess(
                        AccessDescription.id_ad_ocsp, new GeneralName(GeneralName.uniformResourceIdentifier, uri)));
        X509Certificate own = new JcaX509CertificateConverter()
                .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(ca.getPrivate())));
        return TlsTest.server(leaf, root, own, root);
    }

    private Tls tls() throws IOException {
        return Tls.builder()
                .trust(Files.writeString(dir.resolve("root.pem"), TestCertificates.pem(root)))
                .ocsp()
                .build();
    }

    @Test
    void a_server_is_taken_if_the_responder_says_good_and_not_otherwise() throws Exception {
        try (Tls tls = tls()) {
            TlsTest.handshake(tls.context(), server());
            assertThat(asked).as("for TLS 1.2 and for 1.3").hasValue(2);
        }
        status = new RevokedStatus(new Date(), 1);
        try (Tls tls = tls()) {
            TlsTest.refused(tls.context(), server(), "revoked");
        }
        status = new UnknownStatus();
        try (Tls tls = tls()) {
            TlsTest.refused(tls.context(), server(), "Certificate's revocation status is unknown");
        }
        try (Tls none = Tls.builder()
                .trust(Files.writeString(dir.resolve("ca.pem"), TestCertificates.pem(root)))
                .build()) {
            int before = asked.get();
            TlsTest.handshake(none.context(), server());
            assertThat(asked).as("nobody is asked unless that is wanted").hasValue(before);
        }
    }

    @Test
    void a_responder_that_is_not_there_or_is_not_named_fails_the_handshake() throws Exception {
        SSLContext server = server();
        responder.stop(0);
        try (Tls tls = tls()) {
            TlsTest.refused(tls.context(), server, "OCSP");
            Duration away = Duration.between(ManualTime.EPOCH, Instant.now());
            TestCertificates certificates = new TestCertificates().valid(away.minusDays(1), away.plusDays(1));
            X509Certificate silent =
                    certificates.serial("52").issue("bank.example", leaf.getPublic(), "root", ca.getPrivate());
            TlsTest.refused(tls.context(), TlsTest.server(leaf, root, silent, root), "OCSP");
            // Of those that could issue others the JDK asks nobody.
            X509Certificate authority =
                    today().serial("53").issue("bank.example", leaf.getPublic(), "root", ca.getPrivate());
            TlsTest.refused(
                    tls.context(),
                    TlsTest.server(leaf, root, authority, root),
                    "is an authority's, of which OCSP says nothing");
        }
    }

    @Test
    void what_the_server_staples_is_taken_and_nobody_is_asked() throws Exception {
        String setting = "jdk.tls.server.enableStatusRequestExtension";
        SSLContext server;
        System.setProperty(setting, "true");
        try {
            server = server(); // reads it as it is made
        } finally {
            System.clearProperty(setting);
        }
        try (Tls tls = tls()) {
            TlsTest.handshake(tls.context(), server);
            assertThat(asked).as("by the server, once").hasValue(1);
        }
        responder.stop(0);
        try (Tls fresh = tls()) {
            TlsTest.handshake(fresh.context(), server);
            assertThat(asked).hasValue(1);
        }
    }

    @Test
    void lists_and_ocsp_are_not_for_the_same_servers() {
        assertThatThrownBy(() -> Tls.builder()
                        .revocationLists(dir.resolve("ca.crl"))
                        .ocsp()
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("revocation is by lists and by OCSP: allowed is one of them");
    }
}
