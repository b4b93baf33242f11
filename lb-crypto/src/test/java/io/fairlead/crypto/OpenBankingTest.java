package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OpenBankingTest {

    private static final String TAN = "openbanking.org.uk";
    private static final String C = "http://openbanking.org.uk/";

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(3);
    private final PrivateKey key = Keys.privateKey(Vectors.key("rsa-pkcs8"));
    private final PublicKey open = Keys.publicKey(Vectors.key("rsa-public"));
    private final Verifier verifier =
            Verifiers.openBanking(Map.of("kid-1", open), "iss", TAN).environment(env);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void refused(Verifier verifier, String header, byte[] body) {
        assertThatThrownBy(() -> verifier.verify(Map.of("x-jws-signature", List.of(header)), body))
                .as(header)
                .isInstanceOf(SignatureException.class);
    }

    @Test
    void the_vector_is_verified_and_no_mutation_of_it() throws Exception {
        Vectors.Case test = Vectors.get("uk_ob_detached_jws", "ob-3.1.4");
        String jwk = com.nimbusds.jose.util.JSONObjectUtils.toJSONString(
                test.object("jwk").json());
        Verifier by = Verifiers.openBanking(Map.of("90210ABAD", Keys.publicJwk(jwk)), "00158000016i44JAAQ/1234", TAN)
                .environment(Environment.builder()
                        .instants(InstantSource.fixed(Instant.ofEpochSecond(1501497671)))
                        .build());
        String header = test.text("x_jws_signature");
        byte[] body = bytes(test.text("body"));
        by.verify(Map.of("X-JWS-Signature", List.of(header)), body);
        Vectors.mutations(header, bad -> refused(by, bad, body));
        Vectors.mutations(body, bad -> refused(by, header, bad));
        refused(by.environment(env), header, body);
        assertThatThrownBy(() -> by.verify(Map.of(), body)).isInstanceOf(SignatureException.class);
        // The signer writes the header of the vector.
        OpenBanking.Requests requests =
                new OpenBanking.Requests("90210ABAD", "00158000016i44JAAQ/1234", TAN, false, Keys.privateJwk(jwk));
        assertThat(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes(requests.header(1501497671))))
                .isEqualTo(header.substring(0, header.indexOf('.')));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void what_is_signed_is_verified_whatever_the_chunks(boolean raw) throws Exception {
        byte[] body = bytes("{\"Data\":{\"note\":\"£5\"},\"x\":\"0123456789\"}");
        for (int chunk = 1; chunk <= body.length; chunk++) {
            OpenBanking.Requests requests = new OpenBanking.Requests("kid-1", "iss", TAN, raw, key);
            Draft draft = requests.draft(
                    HttpRequest.newBuilder(URI.create("https://h/"))
                            .POST(BodyPublishers.noBody())
                            .build(),
                    time.date().toEpochMilli(),
                    "");
            for (int at = 0; at < body.length; at += chunk) {
                draft.update(ByteBuffer.wrap(body, at, Math.min(chunk, body.length - at)));
            }
            String header = draft.headers("").get("x-jws-signature");
            verifier.verify(Map.of("x-jws-signature", List.of(header)), body);
            assertThat(new String(Base64.getUrlDecoder().decode(header.substring(0, header.indexOf('.'))))
                            .contains("b64"))
                    .isEqualTo(raw);
        }
    }

    @Test
    void requests_with_a_body_are_signed_and_others_are_left_alone() throws Exception {
        SchemeSigner signer = Signers.openBanking("kid-1", "iss", TAN, key).environment(env);
        HttpRequest post = signer.sign(HttpRequest.newBuilder(URI.create("https://h/"))
                .POST(BodyPublishers.ofByteArray(new byte[100_001]))
                .build());
        verifier.verify(post.headers().map(), new byte[100_001]);
        assertThat(SentBody.text(post)).hasSize(100_001);
        HttpRequest get =
                signer.sign(HttpRequest.newBuilder(URI.create("https://h/")).build());
        assertThat(get.headers().map()).isEmpty();
        SchemeSigner old =
                Signers.openBankingUnencoded("kid-1", "iss", TAN, key).environment(env);
        verifier.verify(
                old.sign(HttpRequest.newBuilder(URI.create("https://h/"))
                                .PUT(BodyPublishers.ofString("{}"))
                                .build())
                        .headers()
                        .map(),
                bytes("{}"));
    }

    private String jws(String header, byte[] body) {
        Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
        String start = encoder.encodeToString(bytes(header)) + ".";
        byte[] signature =
                Signatures.maker(Algorithm.RSA_PSS_SHA256, key, "key").sign(start + encoder.encodeToString(body));
        return start + "." + encoder.encodeToString(signature);
    }

    /** Each is signed by the right key: what makes them wrong is what they say. */
    @Test
    void a_header_that_says_anything_else_is_refused() throws Exception {
        long now = time.date().getEpochSecond();
        String good = "{\"alg\":\"PS256\",\"kid\":\"kid-1\",\"" + C + "iat\":" + now + ",\"" + C + "iss\":\"iss\",\""
                + C + "tan\":\"" + TAN + "\",\"crit\":[\"" + C + "iat\",\"" + C + "iss\",\"" + C + "tan\"]}";
        byte[] body = bytes("{}");
        verifier.verify(Map.of("x-jws-signature", List.of(jws(good, body))), body);
        for (String bad : List.of(
                good.replace("PS256", "none"),
                good.replace("PS256", "HS256"),
                good.replace("PS256", "RS256"),
                good.replace("kid-1", "kid-2"),
                good.replace("\"" + TAN, "\"evil.example"),
                good.replace(",\"crit\":[\"" + C + "iat\",\"" + C + "iss\",\"" + C + "tan\"]", ""),
                good.replace("\"crit\":[", "\"crit\":[\"exp\","),
                good.replace("\"crit\":[\"" + C + "iat\",", "\"crit\":["),
                good.replace("{\"alg\"", "{\"b64\":true,\"alg\""),
                good.replace("{\"alg\"", "{\"alg\":\"PS256\",\"alg\""),
                good.replace("iat\":" + now, "iat\":\"" + now + "\""),
                good.replace("iat\":" + now, "iat\":" + (now - 301)),
                good.replace("iat\":" + now, "iat\":" + (now + 301)),
                "[]",
                "")) {
            assertThat(bad).isNotEqualTo(good);
            refused(verifier, jws(bad, body), body);
        }
        String header = jws(good, body);
        refused(verifier, header.replace("..", "." + "e30" + "."), body);
        refused(verifier, header + ".", body);
        refused(verifier, header + "=", body);
    }

    /** Each is signed by the right key: a directory has keys of many, and a bank may sign for others. */
    @Test
    void the_issuer_and_the_trust_anchor_must_be_those_configured() throws Exception {
        byte[] body = bytes("{}");
        verifier.verify(Map.of("x-jws-signature", List.of(jws(claims("\"iss\"", '"' + TAN + '"'), body))), body);
        for (String iss : List.of("\"isS\"", "\"iss/1\"", "\"\"", "null", "1", "[\"iss\"]", "{}")) {
            assertThatThrownBy(() -> verifier.verify(
                            Map.of("x-jws-signature", List.of(jws(claims(iss, '"' + TAN + '"'), body))), body))
                    .as(iss)
                    .isInstanceOf(SignatureException.class)
                    .hasMessage("the issuer is another");
        }
        for (String tan : List.of("\"evil.example\"", "\"openbanking.org.uk.\"", "\"\"", "null", "[\"" + TAN + "\"]")) {
            assertThatThrownBy(() -> verifier.verify(
                            Map.of("x-jws-signature", List.of(jws(claims("\"iss\"", tan), body))), body))
                    .as(tan)
                    .isInstanceOf(SignatureException.class)
                    .hasMessage("the trust anchor is another");
        }
        String without = claims("\"iss\"", '"' + TAN + '"').replace("\"" + C + "iss\":\"iss\",", "");
        refused(verifier, jws(without, body), body);
    }

    private String claims(String iss, String tan) {
        return "{\"alg\":\"PS256\",\"kid\":\"kid-1\",\"" + C + "iat\":"
                + time.date().getEpochSecond() + ",\"" + C + "iss\":" + iss + ",\"" + C + "tan\":" + tan
                + ",\"crit\":[\"" + C + "iat\",\"" + C + "iss\",\"" + C + "tan\"]}";
    }

    @Test
    void bad_settings_are_refused_by_name() {
        assertThatThrownBy(() -> Signers.openBanking("a\"", "i", TAN, key)).hasMessageStartingWith("key id");
        assertThatThrownBy(() -> Signers.openBanking("a", "i\n", TAN, key)).hasMessageStartingWith("issuer");
        assertThatThrownBy(() -> Signers.openBanking("a", "i", "", key)).hasMessageStartingWith("trust anchor");
        PrivateKey ec = Keys.privateKey(Vectors.key("ec-sec1"));
        assertThatThrownBy(() -> Signers.openBanking("a", "i", TAN, ec)).hasMessageStartingWith("private key of a is");
        assertThatThrownBy(() -> Verifiers.openBanking(Map.of(), "iss", TAN)).hasMessageStartingWith("keys is empty");
        assertThatThrownBy(() -> Verifiers.openBanking(Map.of("k", open), "", TAN))
                .hasMessageStartingWith("issuer");
    }
}
