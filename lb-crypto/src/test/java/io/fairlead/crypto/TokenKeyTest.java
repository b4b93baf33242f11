package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.nimbusds.jose.jwk.JWK;
import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        provider = Keys.tokenProvider(library(), 0);
        KeyStore store = KeyStore.getInstance("PKCS11", provider);
        store.load(null, PIN);
        put(store, "rsa", RSA);
        put(store, "ec", EC);
        put(store, "ec384", EC384);
        put(store, "small", SMALL);
    }

    private static void put(KeyStore store, String alias, KeyPair pair) throws Exception {
        X509Certificate own = new TestCertificates().issue(alias, pair.getPublic(), "root", CA.getPrivate());
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
