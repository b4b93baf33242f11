package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.OutputStream;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The PEM files in the resources were written by OpenSSL 3.0. */
class KeysTest {

    private static final char[] PASSWORD = "changeit".toCharArray();

    private final Environment env = new ManualTime().environment(1);

    @Test
    void one_key_is_the_same_in_every_form() throws Exception {
        PrivateKey key = Keys.privateKey(Vectors.key("rsa-pkcs8"));
        String bare = Vectors.key("rsa-pkcs8").replaceAll("-----.*-----", "");
        String bare1 = Vectors.key("rsa-pkcs1").replaceAll("-----.*-----", "");
        assertThat(List.of(
                        Keys.privateKey(Vectors.key("rsa-pkcs1")),
                        Keys.privateKey(Vectors.key("rsa-pkcs8"), PASSWORD),
                        Keys.privateKey(Vectors.key("rsa-pkcs8-encrypted"), PASSWORD),
                        Keys.privateKey(Vectors.key("rsa-pkcs1-encrypted"), PASSWORD),
                        Keys.privateKey(bare),
                        Keys.privateKey(bare.replaceAll("\\s", "")),
                        Keys.privateKey(bare1)))
                .allMatch(k -> k.equals(key));
        PublicKey open = Keys.publicKey(Vectors.key("rsa-public"));
        assertThat(((RSAPublicKey) open).getModulus()).isEqualTo(((RSAPrivateCrtKey) key).getModulus());
        assertThat(Keys.publicKey(Vectors.key("rsa-public-pkcs1"))).isEqualTo(open);
        assertThat(Keys.publicKey(Vectors.key("rsa-public").replaceAll("-----.*-----", "")))
                .isEqualTo(open);
    }

    @Test
    void keys_of_every_kind_sign_what_their_public_keys_check() {
        check(Algorithm.RSA_SHA256, Vectors.key("rsa-pkcs1"), Vectors.key("rsa-public"));
        check(Algorithm.ECDSA_P256, Vectors.key("ec-sec1"), Vectors.key("ec-public"));
        check(Algorithm.ED25519, Vectors.key("ed25519"), Vectors.key("ed25519-public"));
        check(Algorithm.SM2, Vectors.key("sm2-sec1"), Vectors.key("sm2-public"));
        for (Vectors.Case key : Vectors.file("rfc9421_signatures").list("keys")) {
            if (key.has("private_pem")) {
                Algorithm algorithm = HttpAlgorithms.named(key.text("alg"), "algorithm");
                check(algorithm, key.text("private_pem"), key.text("public_pem"));
            }
        }
    }

    private static void check(Algorithm algorithm, String pem, String open) {
        byte[] signature =
                Signatures.maker(algorithm, Keys.privateKey(pem), "key").sign("text");
        Signatures.Checker checker = Signatures.checker(algorithm, Keys.publicKey(open), "key");
        assertThat(checker.isValid(signature, "text")).as(algorithm.toString()).isTrue();
        assertThat(checker.isValid(signature, "texT")).isFalse();
    }

    @Test
    void a_wrong_or_missing_password_is_told_and_not_shown() {
        for (String file : List.of("rsa-pkcs8-encrypted", "rsa-pkcs1-encrypted")) {
            assertThatThrownBy(() -> Keys.privateKey(Vectors.key(file)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("private key is encrypted: a password is required");
            assertThatThrownBy(() -> Keys.privateKey(Vectors.key(file), "hunter2".toCharArray()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("hunter2")
                    .hasMessageContaining("private key cannot be");
        }
    }

    @Test
    void a_broken_text_is_refused_without_a_word_of_it() {
        String pem = Vectors.key("rsa-pkcs8");
        String body = pem.substring(40, 90);
        for (String bad : List.of("", "AAAA", "not a key", pem.replace("MII", "MIX"), pem.substring(0, 400), body)) {
            assertThatThrownBy(() -> Keys.privateKey(bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasNoCause()
                    .message()
                    .startsWith("private key")
                    .doesNotContain(body.substring(0, 20));
        }
        assertThatThrownBy(() -> Keys.publicKey(pem)).hasMessageContaining("no public key");
        assertThatThrownBy(() -> Keys.privateKey(Vectors.key("rsa-public"))).hasMessageContaining("no private key");
        assertThatThrownBy(() -> Keys.certificates(pem)).hasMessageContaining("no certificate");
        assertThatThrownBy(() -> Keys.publicKey("x")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_weak_key_is_refused_with_the_reason() throws Exception {
        assertThatThrownBy(() -> Keys.privateKey(Vectors.key("rsa-1024")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("RSA key has 1024 bits: allowed are at least 2048");
        BigInteger modulus = ((RSAPublicKey) Keys.publicKey(Vectors.key("rsa-public"))).getModulus();
        KeyFactory factory = KeyFactory.getInstance("RSA", Providers.BC);
        for (int exponent : new int[] {1, 2, 65_536}) {
            PublicKey weak = weak(factory, modulus, exponent);
            String pem = Base64.getEncoder().encodeToString(weak.getEncoded());
            assertThatThrownBy(() -> Keys.publicKey(pem))
                    .as("e = " + exponent)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("key");
            assertThatThrownBy(() -> KeyRules.checked(weak)).hasMessageContaining("public exponent " + exponent);
        }
        KeyPair small = TestCertificates.pair("RSA", 1024);
        assertThatThrownBy(() -> Signatures.maker(Algorithm.RSA_SHA256, small.getPrivate(), "key"))
                .hasMessageContaining("1024 bits");
    }

    private static PublicKey weak(KeyFactory factory, BigInteger modulus, int exponent) {
        BigInteger e = BigInteger.valueOf(exponent);
        return new RSAPublicKey() {
            @Override
            public BigInteger getPublicExponent() {
                return e;
            }

            @Override
            public String getAlgorithm() {
                return "RSA";
            }

            @Override
            public String getFormat() {
                return "X.509";
            }

            @Override
            public byte[] getEncoded() {
                try {
                    return new org.bouncycastle.asn1.x509.SubjectPublicKeyInfo(
                                    new org.bouncycastle.asn1.x509.AlgorithmIdentifier(
                                            org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers.rsaEncryption,
                                            org.bouncycastle.asn1.DERNull.INSTANCE),
                                    new org.bouncycastle.asn1.pkcs.RSAPublicKey(modulus, e))
                            .getEncoded();
                } catch (java.io.IOException impossible) {
                    throw new IllegalStateException(impossible);
                }
            }

            @Override
            public BigInteger getModulus() {
                return modulus;
            }
        };
    }

    @Test
    void a_point_off_the_curve_is_refused() {
        byte[] der = Keys.publicKey(Vectors.key("ec-public")).getEncoded();
        der[der.length - 1] ^= 1;
        assertThatThrownBy(() -> Keys.publicKey(Base64.getEncoder().encodeToString(der)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not a point of its curve");
    }

    @Test
    void a_json_web_key_is_the_key_of_its_pem() {
        for (Vectors.Case key : Vectors.file("rfc9421_signatures").list("keys")) {
            if (key.has("jwk")) {
                String jwk = com.nimbusds.jose.util.JSONObjectUtils.toJSONString(
                        key.object("jwk").json());
                Algorithm algorithm = HttpAlgorithms.named(key.text("alg"), "algorithm");
                byte[] signature =
                        Signatures.maker(algorithm, Keys.privateJwk(jwk), "key").sign("text");
                assertThat(Signatures.checker(algorithm, Keys.publicKey(key.text("public_pem")), "key")
                                .isValid(signature, "text"))
                        .isTrue();
                assertThat(Signatures.checker(algorithm, Keys.publicJwk(jwk), "key")
                                .isValid(signature, "text"))
                        .isTrue();
            }
        }
        assertThat(Keys.secretJwk("{\"kty\":\"oct\",\"k\":\"AAEC\"}")).containsExactly(0, 1, 2);
    }

    @Test
    void a_json_web_key_that_cannot_sign_is_refused_without_a_word_of_it() {
        String secret = "{\"kty\":\"oct\",\"k\":\"c2VjcmV0c2VjcmV0\"}";
        assertThatThrownBy(() -> Keys.privateJwk(secret))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageNotContaining("c2Vj");
        assertThatThrownBy(() -> Keys.publicJwk(secret)).hasMessageContaining("oct");
        assertThatThrownBy(() -> Keys.secretJwk("{\"kty\":\"oct\",\"k\":\"AAEC\",\"use\":\"enc\"}"))
                .hasMessage("JWK is not for signatures");
        for (String bad : List.of(
                "",
                "{}",
                "[]",
                "{\"kty\":\"RSA\",\"n\":\"c2Vj\"}",
                "{\"kty\":\"oct\"",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"c2Vj\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"c2Vj\"}",
                "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U\"}",
                "{\"kty\":\"RSA\",\"n\":\"c2Vj\",\"e\":\"AQAB\"}")) {
            assertThatThrownBy(() -> Keys.publicJwk(bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("c2Vj");
        }
    }

    /** Every public key of Wycheproof's set is either read or refused in our words. */
    @Test
    void the_keys_of_wycheproof_are_read_or_refused() {
        int read = 0;
        for (Vectors.Case group : Vectors.file("wycheproof/json_web_key_test").list("testGroups")) {
            if (group.has("public")) {
                for (Vectors.Case key : group.object("public").has("keys")
                        ? group.object("public").list("keys")
                        : List.of(group.object("public"))) {
                    String json = com.nimbusds.jose.util.JSONObjectUtils.toJSONString(key.json());
                    try {
                        Keys.publicJwk(json);
                        read++;
                    } catch (IllegalArgumentException e) {
                        assertThat(e.getMessage()).startsWith("JWK");
                    }
                }
            }
        }
        assertThat(read).isPositive();
    }

    // ---- certificates ----------------------------------------------------------------------------------------------

    private final KeyPair ca = TestCertificates.pair("EC", 256);
    private final KeyPair own = TestCertificates.pair("RSA", 2048);

    private X509Certificate root() {
        return new TestCertificates().authority().issue("root", ca.getPublic(), "root", ca.getPrivate());
    }

    @Test
    void a_chain_is_read_in_its_order() {
        X509Certificate leaf = new TestCertificates().issue("shop", own.getPublic(), "root", ca.getPrivate());
        X509Certificate root = root();
        assertThat(Keys.certificates(TestCertificates.pem(leaf, root), env)).containsExactly(leaf, root);
        assertThatThrownBy(() -> Keys.certificates(TestCertificates.pem(root(), leaf), env))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("CN=root")
                .hasMessageContaining("is not for digital signatures");
    }

    /** As a qualified seal of a bank's client may be. */
    @Test
    void a_certificate_for_non_repudiation_is_for_signatures() {
        X509Certificate seal = new TestCertificates()
                .usage(KeyUsage.nonRepudiation)
                .issue("seal", own.getPublic(), "root", ca.getPrivate());
        assertThat(Keys.certificates(TestCertificates.pem(seal), env)).containsExactly(seal);
    }

    /** As the platform's certificates are: the keys of what was read check signatures. */
    @Test
    void the_keys_of_certificates_check_signatures() {
        PrivateKey sm2 = Keys.privateKey(Vectors.key("sm2-sec1"));
        PublicKey sm2Public = Keys.publicKey(Vectors.key("sm2-public"));
        X509Certificate authority = new TestCertificates().authority().issue("sm", sm2Public, "sm", sm2);
        X509Certificate leaf = new TestCertificates().issue("platform", sm2Public, "sm", sm2);
        X509Certificate plain = new TestCertificates().issue("shop", own.getPublic(), "shop", own.getPrivate());
        List<X509Certificate> chain = Keys.certificates(TestCertificates.pem(leaf, authority), env);
        PublicKey read =
                Keys.certificates(TestCertificates.pem(plain), env).get(0).getPublicKey();
        byte[] signature = Signatures.maker(Algorithm.SM2, sm2, "key").sign("text");
        assertThat(Signatures.checker(Algorithm.SM2, chain.get(0).getPublicKey(), "key")
                        .isValid(signature, "text"))
                .isTrue();
        byte[] rsa =
                Signatures.maker(Algorithm.RSA_SHA256, own.getPrivate(), "key").sign("text");
        assertThat(Signatures.checker(Algorithm.RSA_SHA256, read, "key").isValid(rsa, "text"))
                .isTrue();
    }

    @Test
    void a_certificate_out_of_its_time_or_use_or_chain_is_refused_with_the_reason() {
        refused(
                new TestCertificates().valid(Duration.ofDays(-9), Duration.ofSeconds(-1)),
                "expired at 2026-01-02T03:04:04Z");
        refused(new TestCertificates().valid(Duration.ofSeconds(1), Duration.ofDays(9)), "is not valid before");
        refused(new TestCertificates().usage(KeyUsage.keyEncipherment), "is not for digital signatures");
        KeyPair other = TestCertificates.pair("EC", 256);
        X509Certificate foreign = new TestCertificates().issue("shop", own.getPublic(), "root", other.getPrivate());
        assertThatThrownBy(() -> Keys.certificates(TestCertificates.pem(foreign, root()), env))
                .hasMessageContaining("was not signed by certificate CN=root");
        X509Certificate stranger = new TestCertificates().issue("shop", own.getPublic(), "else", ca.getPrivate());
        assertThatThrownBy(() -> Keys.certificates(TestCertificates.pem(stranger, root()), env))
                .hasMessageContaining("was not issued by certificate CN=root");
        X509Certificate no = new TestCertificates()
                .usage(KeyUsage.keyCertSign)
                .issue("root", ca.getPublic(), "root", ca.getPrivate());
        X509Certificate leaf = new TestCertificates().issue("shop", own.getPublic(), "root", ca.getPrivate());
        assertThatThrownBy(() -> Keys.certificates(TestCertificates.pem(leaf, no), env))
                .hasMessageContaining("is not of an authority");
        KeyPair small = TestCertificates.pair("RSA", 1024);
        X509Certificate weak = new TestCertificates().issue("shop", small.getPublic(), "root", ca.getPrivate());
        assertThatThrownBy(() -> Keys.certificates(TestCertificates.pem(weak), env))
                .hasMessageContaining("1024 bits");
    }

    private void refused(TestCertificates certificate, String reason) {
        String pem = TestCertificates.pem(certificate.issue("shop", own.getPublic(), "root", ca.getPrivate()));
        assertThatThrownBy(() -> Keys.certificates(pem, env))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("certificate CN=shop (serial ABC123)")
                .hasMessageContaining(reason);
    }

    // ---- key stores ------------------------------------------------------------------------------------------------

    private Path store(Path dir, String type, String... aliases) throws Exception {
        KeyStore store = KeyStore.getInstance(type);
        store.load(null, null);
        X509Certificate leaf = new TestCertificates().issue("shop", own.getPublic(), "root", ca.getPrivate());
        for (String alias : aliases) {
            store.setKeyEntry(alias, own.getPrivate(), PASSWORD, new Certificate[] {leaf, root()});
        }
        Path file = dir.resolve("store-" + type + aliases.length);
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, PASSWORD);
        }
        return file;
    }

    @Test
    void a_key_store_gives_its_only_key_or_the_one_that_is_named(@TempDir Path dir) throws Exception {
        for (String type : List.of("PKCS12", "JKS")) {
            KeyStore.PrivateKeyEntry only = Keys.keyStore(store(dir, type, "a"), PASSWORD, null, env);
            assertThat(only.getPrivateKey()).isEqualTo(own.getPrivate());
            assertThat(only.getCertificateChain()).hasSize(2);
            Path two = store(dir, type, "a", "b");
            assertThat(Keys.keyStore(two, PASSWORD, "b", env).getPrivateKey()).isEqualTo(own.getPrivate());
            assertThatThrownBy(() -> Keys.keyStore(two, PASSWORD, null, env)).hasMessageContaining("2 keys");
            assertThatThrownBy(() -> Keys.keyStore(two, PASSWORD, "c", env)).hasMessageContaining("no private key c");
            assertThatThrownBy(() -> Keys.keyStore(two, "hunter2".toCharArray(), "a", env))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("hunter2")
                    .hasMessageContaining("wrong file or password");
            assertThatThrownBy(() -> Keys.keyStore(two, PASSWORD)).hasMessageContaining("2 keys");
        }
        assertThatThrownBy(() -> Keys.keyStore(dir.resolve("none"), PASSWORD)).hasMessageContaining("is no file");
        Environment later = Environment.builder()
                .instants(() -> ManualTime.EPOCH.plus(Duration.ofDays(3)))
                .build();
        Path expired = store(dir, "PKCS12", "x", "y");
        assertThatThrownBy(() -> Keys.keyStore(expired, PASSWORD, "x", later)).hasMessageContaining("expired");
    }

    @Test
    void no_provider_is_registered() {
        Keys.privateKey(Vectors.key("sm2-sec1"));
        assertThat(Security.getProvider("BC")).isNull();
    }
}
