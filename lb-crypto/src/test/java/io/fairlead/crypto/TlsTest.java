package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509CRLHolder;
import org.bouncycastle.cert.jcajce.JcaX509v2CRLBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** TLS keys and trust out of files: each rule in handshakes between two engines, without a network. The JDK verifies by the date of now. */
class TlsTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    private final ManualTime time = new ManualTime();
    private final Instant began = Instant.now();
    private final Environment env = Environment.builder()
            .scheduler(time)
            .executor(Runnable::run)
            .instants(() -> began)
            .build();

    private final KeyPair ca = TestCertificates.pair("EC", 256);
    private final KeyPair leaf = TestCertificates.pair("EC", 256);
    private final X509Certificate root = now().authority().issue("root", ca.getPublic(), "root", ca.getPrivate());
    private final X509Certificate server =
            now().serial("51").issue("bank.example", leaf.getPublic(), "root", ca.getPrivate());

    @TempDir
    private Path dir;

    /** Valid around the date of now. */
    private TestCertificates now() {
        Duration away = Duration.between(ManualTime.EPOCH, began);
        return new TestCertificates().valid(away.minusDays(1), away.plusDays(1));
    }

    private Path file(String name, Object... pem) throws IOException {
        return Files.writeString(dir.resolve(name), TestCertificates.pem(pem));
    }

    private Path key(String name, KeyPair pair, X509Certificate... chain) throws IOException {
        String pem = TestCertificates.pkcs8(pair.getPrivate()) + TestCertificates.pem((Object[]) chain);
        return Files.writeString(dir.resolve(name), pem);
    }

    static SSLContext server(KeyPair pair, X509Certificate trusted, X509Certificate... chain) {
        try {
            KeyStore own = KeyStore.getInstance("JKS"); // which asks no questions about the chain
            own.load(null, null);
            own.setKeyEntry("key", pair.getPrivate(), PASSWORD, chain);
            KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
            keys.init(own, PASSWORD);
            KeyStore authorities = KeyStore.getInstance("PKCS12");
            authorities.load(null, null);
            authorities.setCertificateEntry("ca", trusted);
            TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
            trust.init(authorities);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
            return context;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private SSLContext server() {
        return server(leaf, root, server, root);
    }

    static void handshake(SSLContext client, SSLContext server) throws SSLException {
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            handshake(client, server, version, engine -> {});
        }
    }

    /** Both sides over two buffers, until each has sent and read application data; returns the server's engine. */
    private static SSLEngine handshake(
            SSLContext client, SSLContext server, String version, Consumer<SSLEngine> serverSettings)
            throws SSLException {
        SSLEngine c = client.createSSLEngine("bank.example", 443);
        c.setUseClientMode(true);
        SSLParameters parameters = c.getSSLParameters();
        parameters.setProtocols(new String[] {version});
        c.setSSLParameters(parameters);
        SSLEngine s = server.createSSLEngine();
        s.setUseClientMode(false);
        serverSettings.accept(s);
        ByteBuffer toServer = ByteBuffer.allocate(1 << 17);
        ByteBuffer toClient = ByteBuffer.allocate(1 << 17);
        ByteBuffer atServer = ByteBuffer.allocate(1 << 17);
        ByteBuffer atClient = ByteBuffer.allocate(1 << 17);
        for (int round = 0; atServer.position() == 0 || atClient.position() == 0; round++) {
            assertThat(round).as("rounds of a handshake").isLessThan(100);
            step(c, toServer, toClient, atClient);
            step(s, toClient, toServer, atServer);
        }
        return s;
    }

    /* One side: does its computing, sends what it has to say, reads what has come. */
    private static void step(SSLEngine engine, ByteBuffer out, ByteBuffer in, ByteBuffer data) throws SSLException {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
        switch (engine.getHandshakeStatus()) {
            case NEED_WRAP -> engine.wrap(ByteBuffer.allocate(0), out);
            case NOT_HANDSHAKING, FINISHED -> {
                engine.wrap(ByteBuffer.wrap(new byte[] {1}), out);
                read(engine, in, data);
            }
            default -> read(engine, in, data);
        }
    }

    private static void read(SSLEngine engine, ByteBuffer in, ByteBuffer data) throws SSLException {
        in.flip();
        engine.unwrap(in, data);
        in.compact();
    }

    static void refused(SSLContext client, SSLContext server, String why) {
        for (String version : List.of("TLSv1.2", "TLSv1.3")) {
            assertThatThrownBy(() -> handshake(client, server, version, engine -> {}))
                    .as(version)
                    .isInstanceOf(SSLException.class)
                    .hasStackTraceContaining(why);
        }
    }

    // ---- trust -----------------------------------------------------------------------------------------------------

    @Test
    void only_the_authorities_of_the_file_are_trusted() throws Exception {
        KeyPair otherKey = TestCertificates.pair("EC", 256);
        X509Certificate other = now().authority().issue("other", otherKey.getPublic(), "other", otherKey.getPrivate());
        try (Tls tls = Tls.builder().trust(file("ca.pem", other, root)).build();
                Tls wrong = Tls.builder().trust(file("other.pem", other)).build();
                Tls jdk = Tls.builder().build()) {
            handshake(tls.context(), server());
            refused(wrong.context(), server(), "unable to find valid certification path");
            refused(jdk.context(), server(), "unable to find valid certification path");
        }
        KeyStore store = KeyStore.getInstance("JKS");
        store.load(null, null);
        store.setCertificateEntry("ca", root);
        Path file = dir.resolve("trust.jks");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD);
        }
        try (Tls tls = Tls.builder().trustStore(file, PASSWORD).build()) {
            handshake(tls.context(), server());
        }
        assertThatThrownBy(() ->
                        Tls.builder().trustStore(file, "hunter2".toCharArray()).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("hunter2")
                .hasMessageContaining("wrong file or password");
    }

    @Test
    void trust_that_is_out_of_its_time_or_weak_or_empty_is_refused_with_the_reason() throws Exception {
        X509Certificate old = new TestCertificates().authority().issue("old", ca.getPublic(), "old", ca.getPrivate());
        assertRefused(Tls.builder().trust(file("old.pem", old)), "certificate CN=old (serial ABC123) expired at");
        KeyPair small = TestCertificates.pair("RSA", 1024);
        X509Certificate weak = now().authority().issue("weak", small.getPublic(), "root", ca.getPrivate());
        assertRefused(Tls.builder().trust(file("weak.pem", weak)), "1024 bits");
        X509Certificate no =
                now().authority().usage(KeyUsage.digitalSignature).issue("no", ca.getPublic(), "no", ca.getPrivate());
        assertRefused(Tls.builder().trust(file("no.pem", no)), "is not for issuing");
        assertRefused(Tls.builder().trust(dir.resolve("none.pem")), "none.pem cannot be read");
        assertThatThrownBy(() -> Tls.builder().trust()).hasMessageContaining("trust is no file");
    }

    private void assertRefused(Tls.Builder builder, String why) {
        assertThatThrownBy(() -> builder.environment(env).build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(why);
        assertThat(time.pendingTimers()).as("timers of what was refused").isZero();
    }

    // ---- pins ------------------------------------------------------------------------------------------------------

    private static String backup() {
        return Pins.of(new TestCertificates()
                .issue("b", TestCertificates.pair("EC", 256).getPublic(), "b", KEY.getPrivate()));
    }

    private static final KeyPair KEY = TestCertificates.pair("EC", 256);

    @Test
    void a_server_must_have_a_pinned_key_of_its_own_or_above_it() throws Exception {
        Path trust = file("ca.pem", root);
        for (X509Certificate pinned : List.of(server, root)) {
            try (Tls tls = Tls.builder()
                    .trust(trust)
                    .pins(backup(), "pin-sha256=\"" + Pins.of(pinned).substring(7) + '"')
                    .build()) {
                handshake(tls.context(), server());
            }
        }
        try (Tls tls = Tls.builder().trust(trust).pins(backup(), backup()).build()) {
            refused(tls.context(), server(), "is pinned; its own is " + Pins.of(server));
        }
    }

    /** RFC 7469, section 2.6: what was sent is not what was verified. */
    @Test
    void a_pinned_certificate_that_is_only_sent_along_proves_nothing() throws Exception {
        KeyPair otherKey = TestCertificates.pair("EC", 256);
        X509Certificate other = now().authority().issue("other", otherKey.getPublic(), "other", otherKey.getPrivate());
        X509Certificate forged = now().issue("bank.example", leaf.getPublic(), "other", otherKey.getPrivate());
        SSLContext liar = server(leaf, root, forged, other, root);
        try (Tls tls = Tls.builder()
                .trust(file("ca.pem", root, other))
                .pins(Pins.of(root), backup())
                .build()) {
            handshake(tls.context(), server());
            refused(tls.context(), liar, "is pinned; its own is " + Pins.of(forged));
        }
    }

    @Test
    void pins_are_in_addition_to_trust_not_instead_of_it() throws Exception {
        try (Tls tls = Tls.builder().pins(Pins.of(server), backup()).build()) {
            refused(tls.context(), server(), "unable to find valid certification path");
        }
    }

    @Test
    void pins_want_a_backup_and_their_form() {
        String one = backup();
        assertThatThrownBy(() -> Tls.builder().pins(one, one))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("number of pins is 1: allowed is at least 2");
        for (String bad : List.of("", "sha256/", "sha1/AAAA", one + "=", one.substring(7), "sha256/AAAA")) {
            assertThatThrownBy(() -> Tls.builder().pins(one, bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("sha256/ and the base64");
        }
    }

    // ---- revocation ------------------------------------------------------------------------------------------------

    private Path list(String name, Duration until, String... serials) throws Exception {
        var builder = new JcaX509v2CRLBuilder(root, Date.from(began.minus(Duration.ofDays(2))));
        builder.setNextUpdate(Date.from(began.plus(until)));
        for (String serial : serials) {
            builder.addCRLEntry(
                    new BigInteger(serial, 16), Date.from(began.minus(Duration.ofDays(1))), CRLReason.keyCompromise);
        }
        X509CRLHolder list = builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(ca.getPrivate()));
        return name.endsWith(".pem") ? file(name, list) : Files.write(dir.resolve(name), list.getEncoded());
    }

    @Test
    void a_revoked_server_is_refused() throws Exception {
        Path trust = file("ca.pem", root);
        Duration day = Duration.ofDays(1);
        for (String form : List.of("list.pem", "list.crl")) {
            try (Tls tls = Tls.builder()
                    .trust(trust)
                    .revocationLists(list(form, day, "99"))
                    .build()) {
                handshake(tls.context(), server());
            }
            try (Tls tls = Tls.builder()
                    .trust(trust)
                    .revocationLists(list(form, day, "99", "51"))
                    .build()) {
                refused(tls.context(), server(), "revoked");
            }
        }
    }

    @Test
    void lists_that_tell_nothing_of_a_server_or_are_stale_are_refused() throws Exception {
        KeyPair otherKey = TestCertificates.pair("EC", 256);
        X509Certificate other = now().authority().issue("other", otherKey.getPublic(), "other", otherKey.getPrivate());
        X509Certificate theirs = now().issue("bank.example", leaf.getPublic(), "other", otherKey.getPrivate());
        Path ours = list("list.crl", Duration.ofDays(1));
        try (Tls tls = Tls.builder()
                .trust(file("ca.pem", root, other))
                .revocationLists(ours)
                .build()) {
            refused(tls.context(), server(leaf, root, theirs, other), "revocation status");
        }
        Tls.Builder stale = Tls.builder().trust(file("ca.pem", root));
        assertRefused(
                stale.revocationLists(list("old.crl", Duration.ofSeconds(-1))),
                "revocation list of CN=root was to be replaced at");
        assertRefused(stale.revocationLists(file("none.crl", root)), "revocation list");
    }

    // ---- the client's key ------------------------------------------------------------------------------------------

    private static void want(SSLEngine server) {
        server.setNeedClientAuth(true);
    }

    private static String shown(SSLContext client, SSLContext server, String version) throws SSLException {
        SSLEngine engine = handshake(client, server, version, TlsTest::want);
        return engine.getSession().getPeerPrincipal().getName();
    }

    @Test
    void the_key_of_a_client_is_shown_from_pem_or_a_key_store() throws Exception {
        Path trust = file("ca.pem", root);
        for (KeyPair pair : List.of(TestCertificates.pair("RSA", 2048), TestCertificates.pair("EC", 256))) {
            X509Certificate own = now().issue("shop", pair.getPublic(), "root", ca.getPrivate());
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("shop", pair.getPrivate(), PASSWORD, new Certificate[] {own, root});
            Path p12 = dir.resolve("shop.p12");
            try (OutputStream out = Files.newOutputStream(p12)) {
                store.store(out, PASSWORD);
            }
            Path alone = Files.writeString(dir.resolve("key.pem"), TestCertificates.pkcs8(pair.getPrivate()));
            for (Tls.Builder builder : List.of(
                    Tls.builder().key(key("shop.pem", pair, own, root)),
                    Tls.builder().key(alone, file("chain.pem", own, root)),
                    Tls.builder().keyStore(p12, PASSWORD, null),
                    Tls.builder().key(new KeyStore.PrivateKeyEntry(pair.getPrivate(), new Certificate[] {own})))) {
                try (Tls tls = builder.trust(trust).build()) {
                    assertThat(shown(tls.context(), server(), "TLSv1.2")).isEqualTo("CN=shop");
                    assertThat(shown(tls.context(), server(), "TLSv1.3")).isEqualTo("CN=shop");
                }
            }
        }
        Path locked = Files.writeString(
                dir.resolve("locked.pem"),
                Vectors.key("rsa-pkcs8-encrypted")
                        + TestCertificates.pem(now().issue(
                                        "locked", Keys.publicKey(Vectors.key("rsa-public")), "root", ca.getPrivate())));
        try (Tls tls = Tls.builder().trust(trust).key(PASSWORD, locked).build()) {
            assertThat(shown(tls.context(), server(), "TLSv1.3")).isEqualTo("CN=locked");
        }
        assertRefused(Tls.builder().key("hunter2".toCharArray(), locked), "private key cannot be decrypted");
        try (Tls tls = Tls.builder().trust(trust).build()) {
            assertThatThrownBy(() -> handshake(tls.context(), server(), "TLSv1.3", TlsTest::want))
                    .isInstanceOf(SSLException.class);
        }
    }

    @Test
    void a_key_that_no_server_would_take_is_refused_with_the_reason() throws Exception {
        KeyPair pair = TestCertificates.pair("EC", 256);
        X509Certificate expired = new TestCertificates().issue("shop", pair.getPublic(), "root", ca.getPrivate());
        assertRefused(Tls.builder().key(key("expired.pem", pair, expired)), "expired at");
        Duration away = Duration.between(ManualTime.EPOCH, began);
        X509Certificate early = now().valid(away.plusDays(1), away.plusDays(2))
                .issue("shop", pair.getPublic(), "root", ca.getPrivate());
        assertRefused(Tls.builder().key(key("early.pem", pair, early)), "is not valid before");
        X509Certificate servers = now().extendedUsage(KeyPurposeId.id_kp_serverAuth)
                .issue("shop", pair.getPublic(), "root", ca.getPrivate());
        assertRefused(Tls.builder().key(key("server.pem", pair, servers)), "is not for clients of TLS");
        X509Certificate seal =
                now().usage(KeyUsage.nonRepudiation).issue("shop", pair.getPublic(), "root", ca.getPrivate());
        assertRefused(Tls.builder().key(key("seal.pem", pair, seal)), "is not for digital signatures");
        X509Certificate others = now().issue("shop", leaf.getPublic(), "root", ca.getPrivate());
        assertRefused(
                Tls.builder().key(key("others.pem", pair, others)),
                "private key is not the one of certificate CN=shop (serial ABC123)");
        X509Certificate good = now().extendedUsage(KeyPurposeId.id_kp_clientAuth)
                .issue("shop", pair.getPublic(), "root", ca.getPrivate());
        assertThatCode(() ->
                        Tls.builder().key(key("good.pem", pair, good)).build().close())
                .doesNotThrowAnyException();
    }

    @Test
    void the_end_of_our_certificate_is_told_ahead_and_then_fails_every_handshake_with_its_name() throws Exception {
        AtomicReference<Instant> date = new AtomicReference<>(began);
        Environment moving = Environment.builder()
                .scheduler(time)
                .executor(Runnable::run)
                .instants(date::get)
                .build();
        Duration away = Duration.between(ManualTime.EPOCH, began);
        X509Certificate own = now().valid(away.minusDays(80), away.plusDays(20))
                .issue("shop", leaf.getPublic(), "root", ca.getPrivate());
        Instant end = own.getNotAfter().toInstant();
        Path trust = file("ca.pem", root);
        try (Tls tls = Tls.builder()
                        .key(key("key.pem", leaf, own))
                        .trust(trust)
                        .environment(moving)
                        .build();
                Warnings warnings = new Warnings()) {
            assertThat(shown(tls.context(), server(), "TLSv1.3")).isEqualTo("CN=shop");
            date.set(end.minus(Duration.ofDays(14)).minusSeconds(1));
            tls.context();
            assertThat(warnings.said).isEmpty();
            date.set(end.minus(Duration.ofDays(14)));
            tls.context();
            date.set(began);
            Files.writeString(trust, TestCertificates.pem(root) + "\n");
            tls.reload();
            date.set(end.minus(Duration.ofDays(14)));
            assertThat(shown(tls.context(), server(), "TLSv1.2")).isEqualTo("CN=shop");
            assertThat(warnings.said)
                    .as("once, whatever else is exchanged")
                    .containsExactly("certificate CN=shop (serial ABC123) ends at " + end + ": exchange it before");
            SSLContext last = tls.context();
            date.set(end.plusMillis(1));
            refused(last, server(), "certificate CN=shop (serial ABC123) expired at " + end);
            assertThatThrownBy(tls::reload).hasMessageContaining("expired at");
            assertThat(warnings.said).hasSize(1);
            date.set(began);
            key(
                    "key.pem",
                    leaf,
                    now().valid(away.minusDays(80), away.plusDays(40))
                            .issue("renewed", leaf.getPublic(), "root", ca.getPrivate()));
            tls.reload();
            date.set(end.plusMillis(1));
            assertThat(shown(tls.context(), server(), "TLSv1.3")).isEqualTo("CN=renewed");
        }
    }

    // ---- exchange --------------------------------------------------------------------------------------------------

    private void pass() {
        time.advance(Duration.ofSeconds(11));
    }

    @Test
    void each_kind_of_file_that_changes_makes_a_fresh_context() throws Exception {
        X509Certificate own = now().issue("shop", leaf.getPublic(), "root", ca.getPrivate());
        Path key = key("key.pem", leaf, own);
        Path trust = file("ca.pem", root);
        Path pins = Files.writeString(dir.resolve("pins"), "# ours\n" + Pins.of(server) + "\n\n" + backup() + "\n");
        Path list = list("list.crl", Duration.ofDays(1));
        List<RuntimeException> told = new ArrayList<>();
        try (Tls tls = Tls.builder()
                .key(key)
                .trust(trust)
                .pins(pins)
                .revocationLists(list)
                .environment(env)
                .onFailure(told::add)
                .build()) {
            SSLContext first = tls.context();
            handshake(first, server());
            pass();
            assertThat(tls.context()).isSameAs(first);

            KeyPair fresh = TestCertificates.pair("RSA", 2048);
            key("key.pem", fresh, now().issue("renewed", fresh.getPublic(), "root", ca.getPrivate()));
            assertThat(tls.context()).isSameAs(first);
            SSLContext second = changed(tls, first);
            assertThat(shown(second, server(), "TLSv1.3")).isEqualTo("CN=renewed");

            Files.writeString(pins, backup() + "\n" + backup());
            SSLContext third = changed(tls, second);
            refused(third, server(), "is pinned");
            Files.writeString(pins, Pins.of(root) + "\n" + backup());
            SSLContext fourth = changed(tls, third);

            list("list.crl", Duration.ofDays(1), "51");
            SSLContext fifth = changed(tls, fourth);
            refused(fifth, server(), "revoked");
            list("list.crl", Duration.ofDays(1));

            KeyPair otherKey = TestCertificates.pair("EC", 256);
            file("ca.pem", now().authority().issue("other", otherKey.getPublic(), "other", otherKey.getPrivate()));
            refused(changed(tls, fifth), server(), "unable to find valid certification path");
            assertThat(told).isEmpty();
        }
        assertThat(time.pendingTimers()).isZero();
    }

    private SSLContext changed(Tls tls, SSLContext before) {
        pass();
        assertThat(tls.context()).isNotSameAs(before);
        return tls.context();
    }

    @Test
    void a_key_and_a_certificate_that_are_exchanged_one_after_the_other_are_taken_together() throws Exception {
        Path key = Files.writeString(dir.resolve("key.pem"), TestCertificates.pkcs8(leaf.getPrivate()));
        Path chain = file("chain.pem", now().issue("old", leaf.getPublic(), "root", ca.getPrivate()));
        List<RuntimeException> told = new ArrayList<>();
        try (Tls tls = Tls.builder()
                .key(key, chain)
                .trust(file("ca.pem", root))
                .environment(env)
                .onFailure(told::add)
                .build()) {
            SSLContext first = tls.context();
            KeyPair fresh = TestCertificates.pair("EC", 256);
            Files.writeString(key, TestCertificates.pkcs8(fresh.getPrivate()));
            time.advance(Duration.ofMinutes(5));
            assertThat(tls.context()).isSameAs(first);
            assertThat(told).hasSize(1);
            assertThat(told.get(0)).hasMessageContaining("private key is not the one of certificate CN=old");
            assertThatThrownBy(tls::reload).hasMessageContaining("private key is not the one of");
            file("chain.pem", now().issue("new", fresh.getPublic(), "root", ca.getPrivate()));
            tls.reload();
            assertThat(shown(tls.context(), server(), "TLSv1.3")).isEqualTo("CN=new");
            Files.writeString(chain, "-----BEGIN CERT");
            time.advance(Duration.ofMinutes(5));
            assertThat(shown(tls.context(), server(), "TLSv1.3")).isEqualTo("CN=new");
            assertThat(told).hasSize(2);
        }
    }
}
