package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys of encryption from JSON Web Keys, and X25519, which has no other form here. */
class EncryptionJwkTest {

    /** Bob's, of RFC 7748, section 6.1, as RFC 8037 has it in appendix A.6. */
    private static final String BOB = "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"kid\":\"Bob\","
            + "\"x\":\"3p7bfXt9wbTTW2HC7OQ1Nz-DQ8hbeGdNrfx-FG-IK08\","
            + "\"d\":\"XasIfmJKikt54X-Lg4AO5m87sSkmGLb9HC-LJ_-I4Os\"}";

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String with(String member) {
        return BOB.replace("{", "{" + member + ",");
    }

    /** RFC 7748, section 6.1. */
    @Test
    void an_agreement_is_the_printed_one() throws Exception {
        String alice = "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\""
                + Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(HexFormat.of()
                                .parseHex("8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a"))
                + "\"}";
        JweSuite suite = JweSuite.of("ECDH-ES", "A256GCM");
        byte[] shared = Agreement.shared(
                (java.security.PrivateKey) EncryptionJwk.of(BOB, suite).own(),
                (java.security.PublicKey) EncryptionJwk.of(alice, suite).recipient());
        assertThat(HexFormat.of().formatHex(shared))
                .isEqualTo("4a5d9d5ba4ce2de1728e3bf480350f25e07e21c947d19e3376f09b3c1e161742");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A256KW"})
    void x25519_there_and_back_and_no_mutation(String algorithm) throws Exception {
        for (String encryption : List.of("A256GCM", "A256CBC-HS512")) {
            BodyEncryption jwe =
                    Bodies.jwe(algorithm, encryption).encryptToJwk(BOB).decryptWithJwk(BOB);
            for (int round = 0; round < 20; round++) { // one in 256 ephemeral keys is a byte shorter as a number
                assertThat(jwe.decrypt(jwe.encrypt(utf8("text")))).isEqualTo(utf8("text"));
            }
            Vectors.mutations(jwe.encrypt(utf8("text")), mutation -> JweVectorTest.assertUnopened(jwe, mutation));
        }
    }

    @Test
    void x25519_keys_of_the_jdk_fit_as_well() throws Exception {
        KeyPair pair = KeyPairGenerator.getInstance("X25519").generateKeyPair();
        BodyEncryption envelope = Bodies.envelope("ECDH-ES+A256KW")
                .encryptTo("x", pair.getPublic())
                .decryptWith("x", pair.getPrivate());
        byte[] plain = TestKeys.bytes(100_000);
        assertThat(envelope.decrypt(envelope.encrypt(plain))).isEqualTo(plain);
        KeyPair other = KeyPairGenerator.getInstance("X448").generateKeyPair();
        assertThatThrownBy(() -> Bodies.jwe("ECDH-ES", "A256GCM").encryptTo("x", other.getPublic()))
                .hasMessageContaining("a key for ECDH-ES");
    }

    /** A short number has zeros at its end in the message, where the lowest byte comes first. */
    @Test
    void a_point_with_leading_zeros_keeps_its_length() throws Exception {
        for (int length : new int[] {1, 31, 32}) {
            byte[] little = new byte[32];
            java.util.Arrays.fill(little, 0, length, (byte) 9);
            assertThat(Agreement.epk(Agreement.publicKey(little))
                            .toOctetKeyPair()
                            .getDecodedX())
                    .isEqualTo(little);
        }
    }

    /** Each would make a key of nothing that everybody knows. */
    @Test
    void an_ephemeral_point_of_small_order_is_refused() {
        BodyEncryption jwe = Bodies.jwe("ECDH-ES", "A256GCM").decryptWithJwk(BOB);
        for (String x : List.of("A".repeat(43), "AQ" + "A".repeat(41), "not base64!", "AAAA")) {
            String header = "{\"alg\":\"ECDH-ES\",\"enc\":\"A256GCM\",\"kid\":\"Bob\","
                    + "\"epk\":{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"" + x + "\"}}";
            String message = new String(Base64Text.encoded(utf8(header)), StandardCharsets.US_ASCII)
                    + "..AAAAAAAAAAAAAAAA.AA.AAAAAAAAAAAAAAAAAAAAAA";
            JweVectorTest.assertUnopened(jwe, utf8(message));
        }
    }

    @Test
    void a_message_on_another_curve_is_refused() throws Exception {
        BodyEncryption p256 = JweVectorTest.keyed(Bodies.jwe("ECDH-ES", "A256GCM"), TestKeys.jwk("ECDH-ES", "A256GCM"));
        BodyEncryption x25519 = Bodies.jwe("ECDH-ES", "A256GCM")
                .encryptToJwk(BOB.replace("Bob", "k"))
                .decryptWithJwk(BOB.replace("Bob", "k"));
        JweVectorTest.assertUnopened(p256, x25519.encrypt(utf8("x")));
        JweVectorTest.assertUnopened(x25519, p256.encrypt(utf8("x")));
        KeyPair wide = TestCertificates.pair("EC", 384);
        ECKey p384 = new ECKey.Builder(Curve.P_384, (ECPublicKey) wide.getPublic())
                .keyID("k")
                .build();
        JweVectorTest.assertUnopened(
                p256,
                Bodies.jwe("ECDH-ES", "A256GCM")
                        .encryptToJwk(p384.toJSONString())
                        .encrypt(utf8("x")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"RSA-OAEP-256", "ECDH-ES", "A256KW", "A256GCMKW", "dir"})
    void every_type_of_key(String algorithm) throws Exception {
        JWK key = TestKeys.jwk(algorithm, "A256GCM");
        BodyEncryption jwe = Bodies.jwe(algorithm, "A256GCM").encryptToJwk(key.toJSONString());
        byte[] hidden = jwe.encrypt(utf8("text"));
        assertThat(Bodies.jwe(algorithm, "A256GCM")
                        .decryptWithJwk(key.toJSONString())
                        .decrypt(hidden))
                .isEqualTo(utf8("text"));
        if (!algorithm.startsWith("A") && !algorithm.equals("dir")) {
            String open = key.toPublicJWK().toJSONString();
            assertThat(Bodies.jwe(algorithm, "A256GCM").encryptToJwk(open).encrypt(utf8("x")))
                    .isNotEmpty();
            assertThatThrownBy(() -> Bodies.jwe(algorithm, "A256GCM").decryptWithJwk(open))
                    .hasMessage("JWK has no private key");
        }
    }

    @Test
    void a_key_is_held_to_what_it_says_of_itself() {
        BodyEncryption form = Bodies.jwe("ECDH-ES", "A256GCM");
        for (String good :
                List.of("\"use\":\"enc\"", "\"alg\":\"ECDH-ES\"", "\"key_ops\":[\"deriveBits\"]", "\"key_ops\":[]")) {
            assertThat(form.decryptWithJwk(with(good)).encryptToJwk(with(good)).toString())
                    .contains("Bob");
        }
        assertThatThrownBy(() -> form.encryptToJwk(with("\"use\":\"sig\""))).hasMessageContaining("for signatures");
        assertThatThrownBy(() -> form.encryptToJwk(with("\"alg\":\"ECDH-ES+A256KW\"")))
                .hasMessageContaining("another algorithm");
        assertThatThrownBy(() -> form.encryptToJwk(with("\"key_ops\":[\"decrypt\"]")))
                .hasMessageContaining("no operation");
        assertThatThrownBy(() -> form.decryptWithJwk(with("\"key_ops\":[\"encrypt\"]")))
                .hasMessageContaining("no operation");
        String direct = "{\"kty\":\"oct\",\"k\":\"AAAAAAAAAAAAAAAAAAAAAA\",\"alg\":\"A128GCM\"}";
        assertThat(Bodies.jwe("dir", "A128GCM").encryptToJwk(direct).encrypt(new byte[1]))
                .isNotEmpty();
        assertThatThrownBy(() -> Bodies.jwe("A128KW", "A128GCM").encryptToJwk(direct))
                .hasMessageContaining("another algorithm");
        assertThatThrownBy(() -> Bodies.sm4Envelope().encryptToJwk(direct)).hasMessageContaining("another algorithm");
    }

    @Test
    void a_key_that_does_not_fit_or_cannot_be_read_is_refused_without_a_word_of_it() {
        for (String bad : List.of(
                "",
                "{}",
                "[]",
                "c2VjcmV0",
                "{\"kty\":\"OKP\",\"crv\":\"X25519\",\"x\":\"c2VjcmV0\"}",
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U\"}",
                "{\"kty\":\"OKP\",\"crv\":\"X448\",\"x\":\"c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2U\"}",
                "{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"c2VjcmV0\"}",
                "{\"kty\":\"RSA\",\"n\":\"c2VjcmV0\",\"e\":\"AQAB\"}")) {
            assertThatThrownBy(() -> Bodies.jwe("ECDH-ES", "A256GCM").encryptToJwk(bad))
                    .as(bad)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageNotContaining("c2Vj");
        }
        assertThatThrownBy(() -> Bodies.jwe("ECDH-ES", "A256GCM").encryptToJwk(null))
                .isInstanceOf(RuntimeException.class)
                .hasMessageContaining("JWK");
        assertThat(EncryptionJwk.of(BOB, JweSuite.of("ECDH-ES", "A256GCM")).toString())
                .doesNotContain("Xas");
    }
}
