package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.OctetSequenceKey;
import com.nimbusds.jose.jwk.RSAKey;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The published messages of JWE: each opens to what is printed beside it, none of its mutations opens, and the way back works too. */
class JweVectorTest {

    private static final List<String> EVERY =
            List.of("A128GCM", "A192GCM", "A256GCM", "A128CBC-HS256", "A192CBC-HS384", "A256CBC-HS512");

    /** With the key in both roles, under its own id. */
    static BodyEncryption keyed(BodyEncryption encryption, JWK key) throws Exception {
        String id = key.getKeyID() == null ? "" : key.getKeyID();
        if (key instanceof RSAKey rsa) {
            return encryption.encryptTo(id, rsa.toRSAPublicKey()).decryptWith(id, rsa.toRSAPrivateKey());
        }
        if (key instanceof ECKey ec) {
            return encryption.encryptTo(id, ec.toECPublicKey()).decryptWith(id, ec.toECPrivateKey());
        }
        return encryption.shared(id, ((OctetSequenceKey) key).toByteArray());
    }

    private static JWK key(Vectors.Case vector) throws Exception {
        Map<String, Object> json = vector.has("jwk")
                ? vector.object("jwk").json()
                : vector.object("input").object("key").json();
        return JWK.parse(json);
    }

    private static String compact(Vectors.Case vector) {
        return vector.has("compact")
                ? vector.text("compact")
                : vector.object("output").text("compact", "");
    }

    private static String plaintext(Vectors.Case vector) {
        return vector.has("plaintext")
                ? vector.text("plaintext")
                : vector.object("input").text("plaintext");
    }

    /** All that have a compact form; the two of RFC 7520 that exist in JSON alone are another format. */
    static List<Vectors.Case> published() {
        List<Vectors.Case> all =
                Vectors.cases("jwe").stream().filter(v -> !compact(v).isEmpty()).toList();
        assertThat(all).hasSize(6);
        return all;
    }

    @ParameterizedTest
    @MethodSource("published")
    void opens_and_goes_back(Vectors.Case vector) throws Exception {
        BodyEncryption jwe = keyed(Bodies.jwe(vector.text("alg"), vector.text("enc")), key(vector));
        byte[] plain = plaintext(vector).getBytes(StandardCharsets.UTF_8);
        assertThat(jwe.decrypt(ascii(compact(vector)))).isEqualTo(plain);

        byte[] own = jwe.encrypt(plain);
        assertThat(jwe.decrypt(own)).isEqualTo(plain);
        JWEObject parsed = JWEObject.parse(new String(own, StandardCharsets.US_ASCII));
        assertThat(parsed.getHeader().getAlgorithm().getName()).isEqualTo(vector.text("alg"));
        assertThat(parsed.getHeader().getEncryptionMethod().getName()).isEqualTo(vector.text("enc"));
        assertThat(jwe.encrypt(plain)).isNotEqualTo(own);
    }

    @ParameterizedTest
    @MethodSource("published")
    void no_mutation_opens_and_all_fail_alike(Vectors.Case vector) throws Exception {
        BodyEncryption jwe = keyed(Bodies.jwe(vector.text("alg"), vector.text("enc")), key(vector));
        int[] count = {0};
        Vectors.mutations(ascii(compact(vector)), mutation -> {
            assertUnopened(jwe, mutation);
            count[0]++;
        });
        assertThat(count[0]).isGreaterThan(150);
    }

    static void assertUnopened(BodyEncryption encryption, byte[] body) {
        assertThatThrownBy(() -> encryption.decrypt(body))
                .isInstanceOf(GeneralSecurityException.class)
                .hasMessage("the body cannot be opened: malformed, altered, or encrypted for another key")
                .hasNoCause();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "RSA-OAEP",
                "RSA-OAEP-256",
                "RSA-OAEP-384",
                "RSA-OAEP-512",
                "ECDH-ES",
                "ECDH-ES+A128KW",
                "ECDH-ES+A192KW",
                "ECDH-ES+A256KW",
                "A128KW",
                "A192KW",
                "A256KW",
                "A128GCMKW",
                "A192GCMKW",
                "A256GCMKW",
                "dir"
            })
    void every_algorithm_with_every_encryption_there_and_back(String algorithm) throws Exception {
        for (String encryption : EVERY) {
            BodyEncryption jwe = keyed(Bodies.jwe(algorithm, encryption), TestKeys.jwk(algorithm, encryption));
            for (int length : new int[] {0, 16, 17_000}) {
                byte[] plain = TestKeys.bytes(length);
                byte[] hidden = jwe.encrypt(plain);
                assertThat(jwe.decrypt(hidden)).isEqualTo(plain);
                assertThat(jwe.encrypted(BodyPublishers.ofByteArray(plain)).contentLength())
                        .as(algorithm + encryption)
                        .isEqualTo(hidden.length);
            }
            byte[] hidden = jwe.encrypt(TestKeys.bytes(20));
            JWEObject independent = JWEObject.parse(new String(hidden, StandardCharsets.US_ASCII));
            independent.decrypt(TestKeys.nimbus(independent.getHeader(), TestKeys.jwk(algorithm, encryption)));
            assertThat(independent.getPayload().toBytes()).isEqualTo(TestKeys.bytes(20));
        }
    }

    @Test
    void mastercards_own_messages_open() throws Exception {
        for (Vectors.Case vector : Vectors.cases("mastercard_jwe")) {
            BodyEncryption jwe = Bodies.jwe(vector.text("alg"), vector.text("enc"))
                    .decryptWith(
                            "761b003c1eade3a5490e5000d37887baa5e6ec0e226c07706e599451fc032a79",
                            Keys.privateKey(vector.text("private_key_pem")));
            assertThat(jwe.decrypt(ascii(vector.text("compact"))))
                    .asString(StandardCharsets.UTF_8)
                    .isEqualTo(vector.text("plaintext"));
            Vectors.mutations(ascii(vector.text("compact")), mutation -> assertUnopened(jwe, mutation));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"json_web_encryption", "json_web_crypto"})
    void wycheproof(String file) throws Exception {
        List<String> wrong = new ArrayList<>();
        int valid = 0;
        int invalid = 0;
        for (Vectors.Case group : Vectors.wycheproof(file).list("testGroups")) {
            if (!group.text("comment").contains("jwe") && file.endsWith("crypto")) {
                continue; // signatures
            }
            JWK key = JWK.parse(group.object("private").json());
            for (Vectors.Case test : group.list("tests")) {
                boolean should = test.text("result").equals("valid");
                String named = key.getAlgorithm().getName();
                String algorithm = named.endsWith("GCM") ? "dir" : named;
                boolean is = opens(algorithm, key, test);
                boolean refusedByUs = algorithm.equals("RSA1_5");
                if (is != (should && !refusedByUs)) {
                    wrong.add(test.text("tcId") + " " + test.text("comment") + " " + algorithm + " "
                            + test.text("result"));
                }
                valid += is ? 1 : 0;
                invalid += is ? 0 : 1;
            }
        }
        assertThat(wrong).isEmpty();
        assertThat(valid).isPositive();
        assertThat(invalid).isPositive();
    }

    /* One that is JSON is to be refused where the compact form is expected. */
    @SuppressWarnings("unchecked") // names in JSON are strings
    private static String text(Vectors.Case test) {
        return test.json().get("jwe") instanceof java.util.Map<?, ?> json
                ? com.nimbusds.jose.util.JSONObjectUtils.toJSONString((Map<String, Object>) json)
                : test.text("jwe");
    }

    private static boolean opens(String algorithm, JWK key, Vectors.Case test) throws Exception {
        try {
            String[] others = EVERY.subList(1, EVERY.size()).toArray(new String[0]);
            BodyEncryption jwe =
                    TestKeys.opening(Bodies.jwe(algorithm, TestKeys.fitting(algorithm, key, EVERY), others), key);
            byte[] plain = jwe.decrypt(ascii(text(test)));
            return !test.has("pt") || java.util.Arrays.equals(plain, test.hex("pt"));
        } catch (GeneralSecurityException e) {
            return false;
        } catch (IllegalArgumentException e) {
            assertThat(e).hasMessageStartingWith("algorithm is ");
            return false;
        }
    }
}
