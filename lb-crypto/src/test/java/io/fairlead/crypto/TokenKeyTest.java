package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.nimbusds.jose.jwk.JWK;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsExchange;
import com.sun.net.httpserver.HttpsParameters;
import com.sun.net.httpserver.HttpsServer;
import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.KeyStoreSpi;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.security.auth.login.LoginException;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys that never leave their token, in SoftHSM (the package softhsm2), by way of the JDK's PKCS#11. */
class TokenKeyTest {

    private static final Environment ENV = new ManualTime().environment(1);
    private static final char[] PIN = "1234".toCharArray();

    private static final KeyPair CA = TestCertificates.pair("EC", 256);
    private static final KeyPair RSA = TestCertificates.pair("RSA", 2048);
    private static final KeyPair EC = TestCertificates.pair("EC", 256);
    private static final KeyPair EC384 = TestCertificates.pair("EC", 384);
    private static final KeyPair SMALL = TestCertificates.pair("RSA", 1024);

    @TempDir
    private static Path dir;

    private static Provider provider;

    private static Path library() {
        return installed().orElseThrow();
    }

    private static Optional<Path> installed() {
        return Stream.of(
                        "/usr/lib/softhsm/libsofthsm2.so",
                        "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                        "/usr/lib64/pkcs11/libsofthsm2.so")
                .map(Path::of)
                .filter(Files::isRegularFile)
                .findFirst();
    }

    /* The build sets SOFTHSM2_CONF to a file that the test writes. Where SoftHSM is missing the test is skipped, which .ci/run does not allow. */
    @BeforeAll
    static void token() throws Exception {
        assumeTrue(installed().isPresent(), "SoftHSM (softhsm2) is not installed");
        Path tokens = Files.createDirectory(dir.resolve("tokens"));
        Path settings = Files.writeString(
                Path.of(System.getenv("SOFTHSM2_CONF")),
                "directories.tokendir = " + tokens.toAbsolutePath()
                        + "\nobjectstore.backend = file\nlog.level = ERROR\n");
        run(
                settings,
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                "fairlead",
                "--pin",
                "1234",
                "--so-pin",
                "5678");
        run(
                settings,
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                "nobody logs in",
                "--pin",
                "1234",
                "--so-pin",
                "5678");
        provider = Keys.tokenProvider(library(), 0);
        KeyStore store = KeyStore.getInstance("PKCS11", provider);
        store.load(null, PIN);
        put(store, "rsa", RSA);
        put(store, "ec", EC);
        put(store, "ec384", EC384);
        put(store, "small", SMALL, new TestCertificates());
        put(store, "tls-rsa", TestCertificates.pair("RSA", 2048), today());
        put(store, "tls-ec", TestCertificates.pair("EC", 256), today());
    }

    /** Handshakes go by the date of now. */
    private static TestCertificates today() {
        Duration away = Duration.between(ManualTime.EPOCH, Instant.now());
        return new TestCertificates().valid(away.minusDays(1), away.plusDays(1));
    }

    private static void put(KeyStore store, String alias, KeyPair pair) throws Exception {
        put(store, alias, pair, new TestCertificates());
    }

    private static void put(KeyStore store, String alias, KeyPair pair, TestCertificates by) throws Exception {
        X509Certificate own = by.issue(alias, pair.getPublic(), "root", CA.getPrivate());
        store.setKeyEntry(alias, pair.getPrivate(), null, new X509Certificate[] {own});
    }

    private static void run(Path settings, String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("SOFTHSM2_CONF", settings.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
    }

    private static PrivateKey key(String alias) {
        return Keys.token(provider, PIN, alias, ENV).getPrivateKey();
    }

    @Test
    void a_key_signs_without_leaving_its_token() {
        for (Algorithm algorithm : List.of(
                Algorithm.RSA_SHA256,
                Algorithm.RSA_SHA512,
                Algorithm.RSA_PSS_SHA256,
                Algorithm.RSA_PSS_SHA512,
                Algorithm.ECDSA_P256,
                Algorithm.ECDSA_P256_DER,
                Algorithm.ECDSA_P384)) {
            boolean rsa = algorithm.name().startsWith("RSA");
            KeyPair pair = rsa ? RSA : algorithm == Algorithm.ECDSA_P384 ? EC384 : EC;
            PrivateKey key = key(rsa ? "rsa" : algorithm == Algorithm.ECDSA_P384 ? "ec384" : "ec");
            assertThat(key.getEncoded()).isNull();
            assertThat(key.getFormat()).isNull();
            byte[] signature = Signatures.maker(algorithm, key, "key").sign("text");
            Signatures.Checker checker = Signatures.checker(algorithm, pair.getPublic(), "key");
            assertThat(checker.isValid(signature, "text"))
                    .as(algorithm.toString())
                    .isTrue();
            assertThat(checker.isValid(signature, "texT")).isFalse();
        }
        assertThat(Security.getProviders()).noneMatch(one -> one.getName().equals(provider.getName()));
    }

    @Test
    void a_signer_takes_it_as_any_other() {
        assertThat(Signers.httpMessage("hsm", "rsa-pss-sha512", key("rsa"))).isNotNull();
        assertThat(Signers.weChatPay("1900000001", "ABC123", key("rsa"))).isNotNull();
        assertThatThrownBy(() -> Signers.httpMessage("hsm", "ecdsa-p256-sha256", key("ec384")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("EC 384");
        assertThat(key("rsa")).asString().startsWith("TokenKey[RSA in SunPKCS11-fairlead-");
    }

    /** Client assertions and proofs of possession. */
    @Test
    void a_key_signs_tokens_without_leaving_its_own() throws Exception {
        Map<String, KeyPair> keys = Map.of("rsa", RSA, "ec", EC, "ec384", EC384);
        for (String alias : keys.keySet()) {
            PublicKey open = keys.get(alias).getPublic();
            Jws jws = Jws.parse(JoseKey.shown(key(alias), open).sign("dpop+jwt", Map.of("jti", "1")));
            JWK shown = jws.header().getJWK();
            assertThat(jws.isBy(List.of(new JwsKeys.Key(shown, JwsKeys.verifier(shown, false)))))
                    .as(alias)
                    .isTrue();
        }
    }

    /** PKCS#11 of the JDK has no OAEP with a hash of one's own: better said when it is set than at the first reply. */
    @Test
    void a_key_in_a_token_cannot_open_bodies_and_that_is_said_at_once() {
        assertThatThrownBy(() -> Bodies.jwe("RSA-OAEP-256", "A256GCM").decryptWith("k", key("rsa")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("PKCS#11");
    }

    @Test
    void a_key_in_a_token_cannot_open_fields_of_wechat_pay_and_that_is_said_at_once() {
        assertThatThrownBy(() -> Verifiers.weChatPayFields(RSA.getPublic(), key("rsa")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "merchant key is in a PKCS#11 token: allowed is one in memory, as the JDK's PKCS#11 has no OAEP");
    }

    @Test
    void a_wrong_pin_is_told_with_the_word_of_the_token_and_never_shown() {
        Provider locked = Keys.tokenProvider(library(), 1);
        char[] wrong = "9876543".toCharArray();
        assertThatThrownBy(() -> Keys.token(locked, wrong, "rsa", ENV))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .hasMessage("PKCS#11 token of " + locked.getName()
                        + " cannot be opened: wrong PIN, or not ready (CKR_PIN_INCORRECT); the PIN was tried once");
        // The right one opens it after that.
        assertThatThrownBy(() -> Keys.token(locked, PIN, "rsa", ENV)).hasMessageContaining("has no private key rsa");
    }

    /** A key store of a token that counts who tries to log in. */
    private static final class Counting extends Provider {
        private static final long serialVersionUID = 1;
        private static final AtomicInteger LOGINS = new AtomicInteger();

        Counting() {
            super("Counting", "1", "");
            put("KeyStore.PKCS11", Store.class.getName());
        }

        /** It refuses every PIN, and says more than should be passed on. */
        public static final class Store extends KeyStoreSpi {
            @Override
            public void engineLoad(InputStream stream, char[] password) throws IOException {
                LOGINS.incrementAndGet();
                throw new IOException("load failed with " + new String(password), new LoginException("CKR_PIN_LOCKED"));
            }

            @Override
            public Key engineGetKey(String alias, char[] password) {
                return null;
            }

            @Override
            public Certificate[] engineGetCertificateChain(String alias) {
                return null;
            }

            @Override
            public Certificate engineGetCertificate(String alias) {
                return null;
            }

            @Override
            public Date engineGetCreationDate(String alias) {
                return null;
            }

            @Override
            public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain) {}

            @Override
            public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) {}

            @Override
            public void engineSetCertificateEntry(String alias, Certificate cert) {}

            @Override
            public void engineDeleteEntry(String alias) {}

            @Override
            public Enumeration<String> engineAliases() {
                return Collections.emptyEnumeration();
            }

            @Override
            public boolean engineContainsAlias(String alias) {
                return false;
            }

            @Override
            public int engineSize() {
                return 0;
            }

            @Override
            public boolean engineIsKeyEntry(String alias) {
                return false;
            }

            @Override
            public boolean engineIsCertificateEntry(String alias) {
                return false;
            }

            @Override
            public String engineGetCertificateAlias(Certificate cert) {
                return null;
            }

            @Override
            public void engineStore(OutputStream stream, char[] password) {}
        }
    }

    @Test
    void a_wrong_pin_is_tried_once_as_tokens_lock_themselves() {
        assertThatThrownBy(() -> Keys.token(new Counting(), "hunter2".toCharArray(), null, ENV))
                .isInstanceOf(IllegalArgumentException.class)
                .hasNoCause()
                .hasMessageContaining("CKR_PIN_LOCKED")
                .hasMessageNotContaining("hunter2");
        assertThat(Counting.LOGINS).hasValue(1);
    }

    @Test
    void keys_of_a_token_are_exchanged_while_they_sign() throws Exception {
        KeyRing<PrivateKey> ring = KeyRing.of("rsa", key("rsa"));
        Environment today = Environment.system();
        RequestSigner signer = Signers.rotating(
                ring,
                (id, key) -> Signers.httpMessage(id, id.equals("rsa") ? "rsa-pss-sha512" : "ecdsa-p256-sha256", key));
        MessageVerifier verifier = Verifiers.httpMessage()
                .key("rsa", "rsa-pss-sha512", RSA.getPublic())
                .key("ec", "ecdsa-p256-sha256", EC.getPublic())
                .environment(today);
        assertThat(signedBy(signer, verifier)).isEqualTo("rsa");
        ring.rotate("ec", key("ec"));
        assertThat(signedBy(signer, verifier)).isEqualTo("ec");
        List<RuntimeException> told = new ArrayList<>();
        ring.onFailure(told::add).rotate("ec384", key("ec384"));
        assertThat(signedBy(signer, verifier)).as("what does not fit").isEqualTo("ec");
        assertThat(told).hasSize(1);
        ring.rotate("rsa", key("rsa"));
        assertThat(signedBy(signer, verifier)).isEqualTo("rsa");
    }

    private static String signedBy(RequestSigner signer, MessageVerifier verifier) throws Exception {
        HttpRequest signed = signer.sign(
                HttpRequest.newBuilder(URI.create("https://bank.example/pay")).build());
        return verifier.verifyRequest(
                "GET", "https", "bank.example", "/pay", null, signed.headers().map(), new byte[0]);
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls-rsa", "tls-ec"})
    void a_key_in_a_token_is_shown_to_a_server_over_tls(String alias) throws Exception {
        KeyPair pair = TestCertificates.pair("EC", 256);
        X509Certificate root = today().authority().issue("root", CA.getPublic(), "root", CA.getPrivate());
        X509Certificate own = today().issue("localhost", pair.getPublic(), "root", CA.getPrivate());
        Path trust = Files.writeString(dir.resolve("root.pem"), TestCertificates.pem(root));
        KeyStore.PrivateKeyEntry entry = Keys.token(provider, PIN, alias, Environment.system());
        assertThat(entry.getPrivateKey().getEncoded()).isNull();
        HttpsServer server = showing(TlsTest.server(pair, root, own, root));
        assertThat(Security.addProvider(provider)).isPositive();
        try (Tls tls = Tls.builder().key(entry).trust(trust).build()) {
            for (String version : List.of("TLSv1.2", "TLSv1.3")) {
                SSLParameters only = new SSLParameters();
                only.setProtocols(new String[] {version});
                HttpClient client = HttpClient.newBuilder()
                        .sslContext(tls.context())
                        .sslParameters(only)
                        .build();
                URI uri = URI.create("https://localhost:" + server.getAddress().getPort() + "/");
                HttpResponse<String> reply =
                        client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString());
                assertThat(reply.body()).isEqualTo("CN=" + alias + " over " + version);
            }
        } finally {
            Security.removeProvider(provider.getName());
            server.stop(0);
        }
    }

    /** Answers with the name of the certificate that it was shown. */
    private static HttpsServer showing(SSLContext context) throws IOException {
        HttpsServer server = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setHttpsConfigurator(new HttpsConfigurator(context) {
            @Override
            public void configure(HttpsParameters parameters) {
                SSLParameters own = context.getDefaultSSLParameters();
                own.setNeedClientAuth(true);
                parameters.setSSLParameters(own);
            }
        });
        server.createContext("/", exchange -> {
            SSLSession session = ((HttpsExchange) exchange).getSSLSession();
            byte[] name = (session.getPeerPrincipal().getName() + " over " + session.getProtocol())
                    .getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(200, name.length);
            try (exchange) {
                exchange.getResponseBody().write(name);
            }
        });
        server.start();
        return server;
    }

    @Test
    void what_is_wrong_is_named_without_the_pin() {
        assertThatThrownBy(() -> Keys.token(provider, PIN, "none", ENV))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("has no private key none");
        assertThatThrownBy(() -> Keys.token(provider, PIN, null, ENV)).hasMessageContaining("an alias is required");
        assertThatThrownBy(() -> Keys.token(provider, PIN, "small", ENV)).hasMessageContaining("1024 bits");
        assertThatThrownBy(() -> Keys.tokenProvider(dir.resolve("none.so"), 0))
                .hasMessageContaining("PKCS#11 library")
                .hasMessageContaining("is no file");
        assertThatThrownBy(() -> Keys.tokenProvider(library(), 77)).hasMessageContaining("slot 77");
        assertThatThrownBy(() -> Keys.tokenProvider(library(), -1)).hasMessageContaining("PKCS#11 slot is -1");
        Path other = Path.of(System.getProperty("java.home"), "lib", "libjava.so");
        assertThatThrownBy(() -> Keys.tokenProvider(other, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("libjava.so cannot be used with slot 0");
    }
}
