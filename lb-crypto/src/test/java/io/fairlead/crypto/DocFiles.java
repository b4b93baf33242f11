package io.fairlead.crypto;

import io.fairlead.testing.ManualTime;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** The files that the examples of the documents name, valid around the date of now. */
final class DocFiles {

    private DocFiles() {}

    static void write(Path dir) throws Exception {
        KeyPair ca = TestCertificates.pair("EC", 256);
        KeyPair own = TestCertificates.pair("RSA", 2048);
        X509Certificate root = now().authority().issue("root", ca.getPublic(), "root", ca.getPrivate());
        X509Certificate client = now().issue("shop", own.getPublic(), "root", ca.getPrivate());
        String key = TestCertificates.pkcs8(own.getPrivate());
        Files.writeString(dir.resolve("client.pem"), key + TestCertificates.pem(client));
        Files.writeString(dir.resolve("apiclient_key.pem"), key);
        Files.writeString(dir.resolve("apiclient_cert.pem"), TestCertificates.pem(client));
        Files.writeString(dir.resolve("bank-ca.pem"), TestCertificates.pem(root));
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        char[] password = "changeit".toCharArray();
        store.setKeyEntry("shop", own.getPrivate(), password, new Certificate[] {client, root});
        try (OutputStream out = Files.newOutputStream(dir.resolve("client.p12"))) {
            store.store(out, password);
        }
        var list = new JcaX509v2CRLBuilder(root, new Date());
        list.setNextUpdate(Date.from(Instant.now().plus(Duration.ofDays(1))));
        Files.write(
                dir.resolve("bank-ca.crl"),
                list.build(new JcaContentSignerBuilder("SHA256withECDSA").build(ca.getPrivate()))
                        .getEncoded());
        // RFC 8037, appendix A.1
        String open = "{\"keys\":[{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"kid\":\"2026-11\","
                + "\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\"}]}";
        Files.writeString(dir.resolve("bank-keys.json"), open);
        Files.writeString(
                dir.resolve("signing-keys.json"),
                open.replace("\"x\"", "\"d\":\"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A\",\"x\""));
    }

    private static TestCertificates now() {
        Duration away = Duration.between(ManualTime.EPOCH, Instant.now());
        return new TestCertificates().valid(away.minusDays(1), away.plusDays(1));
    }
}
