package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.CompressionAlgorithm;
import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JWEAlgorithm;
import com.nimbusds.jose.JWEEncrypter;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.AESEncrypter;
import com.nimbusds.jose.crypto.PasswordBasedEncrypter;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What must not open, and what must not be set: the lines on encryption of the list of known mistakes. */
class BodyEncryptionTest {

    private static final byte[] SECRET = TestKeys.bytes(32);
    private static final BodyEncryption KW = Bodies.jwe("A256KW", "A256GCM").shared("k", SECRET);
    private static final BodyEncryption RSA = Bodies.jwe("RSA-OAEP-256", "A256GCM")
            .encryptTo("r", TestKeys.RSA.getPublic())
            .decryptWith("r", TestKeys.RSA.getPrivate());

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    /** A message that nimbus made, whatever we think of it. */
    private static byte[] made(
            JWEAlgorithm alg, UnaryOperator<JWEHeader.Builder> header, String plain, JWEEncrypter encrypter)
            throws Exception {
        JWEHeader.Builder builder = new JWEHeader.Builder(alg, EncryptionMethod.A256GCM).keyID("k");
        JWEObject object = new JWEObject(header.apply(builder).build(), new Payload(plain));
        object.encrypt(encrypter);
        return utf8(object.serialize());
    }

    private static byte[] wrapped(UnaryOperator<JWEHeader.Builder> header, String plain) throws Exception {
        return made(JWEAlgorithm.A256KW, header, plain, new AESEncrypter(SECRET));
    }

    @Test
    void what_these_tests_make_opens_where_it_should() throws Exception {
        assertThat(KW.decrypt(wrapped(h -> h, "text")))
                .asString(StandardCharsets.UTF_8)
                .isEqualTo("text");
    }

    // ---- line 9: the algorithm is the key's, never the message's
    // ------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"none", "NONE", "RSA1_5", "RSA-OAEP", "A128KW", "dir", "PBES2-HS256+A128KW", "ECDH-ES", ""})
    void an_algorithm_that_was_not_chosen_is_refused(String algorithm) {
        String[] parts = new String(RSA.encrypt(utf8("x")), StandardCharsets.US_ASCII).split("\\.");
        String header = "{\"alg\":\"" + algorithm + "\",\"enc\":\"A256GCM\",\"kid\":\"r\"}";
        JweVectorTest.assertUnopened(
                RSA,
                utf8(Base64URL.encode(header) + "." + parts[1] + "." + parts[2] + "." + parts[3] + "." + parts[4]));
        JweVectorTest.assertUnopened(RSA, utf8(Base64URL.encode(header) + "...."));
        JweVectorTest.assertUnopened(RSA, utf8(Base64URL.encode(header) + ".e30."));
    }

    @Test
    void an_encryption_that_was_not_chosen_is_refused() throws Exception {
        byte[] gcm = Bodies.jwe("A256KW", "A128GCM").shared("k", SECRET).encrypt(utf8("x"));
        JweVectorTest.assertUnopened(KW, gcm);
        assertThat(Bodies.jwe("A256KW", "A256GCM", "A128GCM")
                        .shared("k", SECRET)
                        .decrypt(gcm))
                .isEqualTo(utf8("x"));
    }

    /** Parameters of another algorithm do not bring that other algorithm. */
    @Test
    void parameters_of_another_algorithm_change_nothing() throws Exception {
        JWEHeader.Builder strange = new JWEHeader.Builder(JWEAlgorithm.A256KW, EncryptionMethod.A256GCM)
                .keyID("k")
                .iv(Base64URL.encode(new byte[12]))
                .authTag(Base64URL.encode(new byte[16]));
        JWEObject object = new JWEObject(strange.build(), new Payload("x"));
        object.encrypt(new AESEncrypter(SECRET));
        assertThat(KW.decrypt(utf8(object.serialize()))).isEqualTo(utf8("x"));
    }

    @Test
    void keys_and_addresses_of_keys_in_the_message_are_not_looked_at() throws Exception {
        KeyPair evil = TestCertificates.pair("RSA", 2048);
        RSAPublicKey key = (RSAPublicKey) evil.getPublic();
        byte[] body = made(
                JWEAlgorithm.RSA_OAEP_256,
                h -> h.keyID("r")
                        .jwk(new com.nimbusds.jose.jwk.RSAKey.Builder(key).build())
                        .jwkURL(java.net.URI.create("https://127.0.0.1:1/jwks")),
                "x",
                new RSAEncrypter(key));
        JweVectorTest.assertUnopened(RSA, body);
    }

    @Test
    void critical_parameters_that_nobody_knows_are_refused() throws Exception {
        JweVectorTest.assertUnopened(KW, wrapped(h -> h.customParam("x", 1).criticalParams(Set.of("x")), "text"));
    }

    @Test
    void members_that_are_there_twice_are_refused() {
        String[] parts = new String(KW.encrypt(utf8("x")), StandardCharsets.US_ASCII).split("\\.");
        String twice = "{\"alg\":\"A256KW\",\"enc\":\"A256GCM\",\"kid\":\"k\",\"kid\":\"k\"}";
        JweVectorTest.assertUnopened(
                KW, utf8(Base64URL.encode(twice) + "." + parts[1] + "." + parts[2] + "." + parts[3] + "." + parts[4]));
    }

    @Test
    void another_key_id_is_refused_even_with_the_right_key() throws Exception {
        byte[] body = wrapped(h -> h.keyID("other"), "x");
        JweVectorTest.assertUnopened(KW, body);
        assertThat(KW.decrypt(wrapped(h -> h.keyID(null), "x")))
                .as("none named, and one key")
                .isEqualTo(utf8("x"));
        JweVectorTest.assertUnopened(KW.shared("k2", new byte[32]), wrapped(h -> h.keyID(null), "x"));
    }

    @Test
    void another_key_is_refused_like_anything_else() {
        BodyEncryption other = Bodies.jwe("RSA-OAEP-256", "A256GCM")
                .decryptWith("r", TestCertificates.pair("RSA", 2048).getPrivate());
        JweVectorTest.assertUnopened(other, RSA.encrypt(utf8("x")));
        JweVectorTest.assertUnopened(Bodies.jwe("A256KW", "A256GCM").shared("k", new byte[32]), KW.encrypt(utf8("x")));
        JweVectorTest.assertUnopened(Bodies.jwe("A256KW", "A256GCM"), KW.encrypt(utf8("x")));
    }

    /** A point that is not on the curve would give the private key away, bit by bit. */
    @Test
    void an_ephemeral_point_off_the_curve_is_refused() {
        BodyEncryption ec = Bodies.jwe("ECDH-ES", "A128GCM")
                .encryptTo("e", TestKeys.EC.getPublic())
                .decryptWith("e", TestKeys.EC.getPrivate());
        String header =
                "{\"alg\":\"ECDH-ES\",\"enc\":\"A128GCM\",\"kid\":\"e\",\"epk\":{\"kty\":\"EC\",\"crv\":\"P-256\","
                        + "\"x\":\"" + "A".repeat(42) + "E\",\"y\":\"" + "A".repeat(42) + "E\"}}";
        JweVectorTest.assertUnopened(
                ec, utf8(Base64URL.encode(header) + "..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA"));
    }

    // ---- line 12: one failure, and no oracle
    // --------------------------------------------------------------------------------

    /** The content key is replaced when RSA gives none, so that the content is decrypted all the same. */
    @Test
    void a_bad_key_and_a_bad_content_take_the_same_way() {
        byte[] body = RSA.encrypt(new byte[300_000]);
        String text = new String(body, StandardCharsets.US_ASCII);
        int keyAt = text.indexOf('.') + 10;
        byte[] badKey = body.clone();
        badKey[keyAt] = (byte) (badKey[keyAt] == 'A' ? 'B' : 'A');
        byte[] badTag = body.clone();
        badTag[badTag.length - 5] = (byte) (badTag[badTag.length - 5] == 'A' ? 'B' : 'A');
        long[] allocated = new long[2];
        for (int round = 0; round < 3; round++) {
            allocated[0] = allocated(badKey);
            allocated[1] = allocated(badTag);
        }
        // What the cipher holds until it has seen the tag is held in both cases, or the content was not tried.
        assertThat(allocated[0]).isCloseTo(allocated[1], org.assertj.core.data.Percentage.withPercentage(10));
    }

    private static long allocated(byte[] body) {
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        JweVectorTest.assertUnopened(RSA, body);
        return threads.getCurrentThreadAllocatedBytes() - before;
    }

    // ---- line 17: what costs more than it should
    // ----------------------------------------------------------------------------

    @Test
    void passwords_with_huge_counts_cost_nothing() throws Exception {
        byte[] body =
                made(JWEAlgorithm.PBES2_HS256_A128KW, h -> h, "x", new PasswordBasedEncrypter("password", 16, 1_000));
        JweVectorTest.assertUnopened(KW, body);
        String header =
                "{\"alg\":\"PBES2-HS256+A128KW\",\"enc\":\"A256GCM\",\"kid\":\"k\",\"p2s\":\"AAAAAAAAAAA\",\"p2c\":2147483647}";
        String rest = ".AAAA.AAAAAAAAAAAAAAAA.AAAA.AAAAAAAAAAAAAAAAAAAAAA";
        org.junit.jupiter.api.Assertions.assertTimeoutPreemptively(
                Duration.ofSeconds(20), () -> JweVectorTest.assertUnopened(KW, utf8(Base64URL.encode(header) + rest)));
        assertThatThrownBy(() -> Bodies.jwe("PBES2-HS256+A128KW", "A256GCM"))
                .hasMessageContaining("algorithm is PBES2");
    }

    @ParameterizedTest
    @CsvSource({"A256KW", "dir", "RSA-OAEP-256"})
    void a_bomb_is_refused_and_what_is_compressed_within_reason_opens(String algorithm) throws Exception {
        BodyEncryption form = JweVectorTest.keyed(Bodies.jwe(algorithm, "A256GCM"), TestKeys.jwk(algorithm, "A256GCM"));
        JWEEncrypter encrypter = algorithm.equals("dir")
                ? new com.nimbusds.jose.crypto.DirectEncrypter(TestKeys.bytes(32))
                : algorithm.equals("A256KW")
                        ? new AESEncrypter(TestKeys.bytes(32))
                        : new RSAEncrypter((RSAPublicKey) TestKeys.RSA.getPublic());
        JWEAlgorithm alg = JWEAlgorithm.parse(algorithm);
        UnaryOperator<JWEHeader.Builder> zip = h -> h.compressionAlgorithm(CompressionAlgorithm.DEF);
        assertThat(form.decrypt(made(alg, zip, "small", encrypter))).isEqualTo(utf8("small"));
        JweVectorTest.assertUnopened(form, made(alg, zip, "0".repeat(30_000_000), encrypter));
    }

    @Test
    void many_dots_and_long_parts_are_refused() {
        JweVectorTest.assertUnopened(KW, utf8(".".repeat(100_000)));
        JweVectorTest.assertUnopened(KW, utf8("a".repeat(1_000_000)));
        JweVectorTest.assertUnopened(KW, utf8(""));
    }

    // ---- line 8, 14, 16: keys and settings
    // ----------------------------------------------------------------------------------

    @Test
    void no_two_messages_share_a_nonce_or_a_key() {
        Set<String> nonces = new java.util.HashSet<>();
        Set<String> keys = new java.util.HashSet<>();
        for (int i = 0; i < 500; i++) {
            String[] parts = new String(KW.encrypt(utf8("x")), StandardCharsets.US_ASCII).split("\\.");
            keys.add(parts[1]);
            nonces.add(parts[2]);
        }
        assertThat(nonces).hasSize(500);
        assertThat(keys).hasSize(500);
    }

    @ParameterizedTest
    @CsvSource({"RSA1_5, A256GCM", "none, A256GCM", "A256KW, none", "A256KW, A256CBC", "ECDH-1PU, A256GCM", "dir, XC20P"
    })
    void what_is_not_sound_cannot_be_set(String algorithm, String encryption) {
        assertThatThrownBy(() -> Bodies.jwe(algorithm, encryption))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("allowed is one of A128");
    }

    @Test
    void keys_that_do_not_fit_are_refused() {
        BodyEncryption rsa = Bodies.jwe("RSA-OAEP-256", "A256GCM");
        assertThatThrownBy(() -> rsa.encryptTo("k", TestKeys.EC.getPublic()))
                .hasMessageContaining("a key for RSA-OAEP-256");
        assertThatThrownBy(() -> rsa.shared("k", new byte[32])).hasMessageContaining("a key for RSA-OAEP-256");
        assertThatThrownBy(() ->
                        rsa.encryptTo("k", TestCertificates.pair("RSA", 1024).getPublic()))
                .hasMessageContaining("1024 bits");
        assertThatThrownBy(() -> rsa.encryptTo("k", Keys.publicKey(Vectors.key("ed25519-public"))))
                .hasMessageContaining("a key for RSA-OAEP-256");
        BodyEncryption ec = Bodies.jwe("ECDH-ES", "A256GCM");
        assertThatThrownBy(() -> ec.encryptTo("k", TestKeys.RSA.getPublic())).hasMessageContaining("a key for ECDH-ES");
        assertThatThrownBy(() -> ec.encryptTo("k", Keys.publicKey(Vectors.key("sm2-public"))))
                .hasMessageContaining("a key for ECDH-ES");
        assertThatThrownBy(() -> Bodies.jwe("A256KW", "A256GCM").shared("k", new byte[16]))
                .hasMessageContaining("16 bytes");
        assertThatThrownBy(() -> Bodies.jwe("dir", "A256CBC-HS512").shared("k", new byte[32]))
                .hasMessageContaining("32 bytes");
        assertThatThrownBy(() -> Bodies.sm4Envelope().shared("k", new byte[32])).hasMessageContaining("16 bytes");
        assertThatThrownBy(() -> rsa.encrypt(new byte[1])).hasMessageContaining("no key to encrypt to");
        assertThatThrownBy(rsa::asSigner).hasMessageContaining("no key to encrypt to");
        assertThatThrownBy(() -> KW.shared("a\"b", new byte[32])).hasMessageContaining("key id");
        assertThatThrownBy(() -> KW.shared("a".repeat(256), new byte[32])).hasMessageContaining("key id");
        assertThatThrownBy(() -> KW.mostBytes(0)).hasMessageContaining("most bytes");
    }

    @Test
    void nothing_shows_a_secret_or_a_body() {
        byte[] secret = utf8("0123456789abcdefSECRETSECRETSECR");
        for (BodyEncryption form : new BodyEncryption[] {
            Bodies.jwe("A256KW", "A256GCM").shared("k", secret),
            Bodies.jweFields("A256KW", "A256GCM", "$.a").shared("k", secret),
            Bodies.envelope("A256KW").shared("k", secret)
        }) {
            String shown = form + " " + form.asSigner() + " "
                    + form.encrypted(java.net.http.HttpRequest.BodyPublishers.ofString("BODY"));
            assertThat(shown).doesNotContain("SECRET", "BODY").contains("k");
            for (byte[] bad : new byte[][] {utf8("BODY"), utf8("{\"a\":\"BODY\"}")}) {
                assertThatThrownBy(() -> form.decrypt(bad))
                        .hasMessageNotContaining("BODY")
                        .hasNoCause();
            }
        }
        assertThatThrownBy(() -> Bodies.jweFields("A256KW", "A256GCM", "$.a")
                        .shared("k", secret)
                        .encrypt(utf8("{\"b\":\"BODY\"}")))
                .hasMessageNotContaining("BODY");
    }
}
