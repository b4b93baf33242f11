package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What is signed by {@link Cavage} is checked by {@link CavageReplies}, and nothing else passes. */
class CavageRepliesTest {

    private static final byte[] BODY = "{\"hello\": \"world\"}".getBytes(StandardCharsets.UTF_8);

    private final Environment env = new ManualTime().environment(3);
    private final PrivateKey key = Keys.privateKey(Vectors.key("rsa-pkcs8"));
    private final PublicKey publicKey = Keys.publicKey(Vectors.key("rsa-public"));
    private final Verifier verifier = Verifiers.cavage(Map.of("bank", publicKey), "rsa-sha256", "Digest", "date")
            .environment(env);

    private Map<String, List<String>> signed(String... headers) {
        HttpRequest signed = Signers.cavage("bank", "rsa-sha256", key, headers)
                .environment(env)
                .sign(HttpRequest.newBuilder(URI.create("https://bank.example/v1?a=b"))
                        .header("X-Request-ID", "99391c7e")
                        .POST(BodyPublishers.ofByteArray(BODY))
                        .build());
        return new HashMap<>(HttpMessage.lowerCase(signed.headers().map()));
    }

    private void refused(Map<String, List<String>> headers, byte[] body, String message) {
        assertThatThrownBy(() -> verifier.verify(headers, body))
                .isInstanceOf(SignatureException.class)
                .hasMessageContaining(message);
    }

    @Test
    void what_is_signed_is_taken() throws Exception {
        verifier.verify(signed("digest", "date", "x-request-id"), BODY);
        Map<String, List<String>> hs2019 = signed("digest", "date");
        hs2019.put("signature", List.of(hs2019.get("signature").get(0).replace("rsa-sha256", "hs2019")));
        verifier.verify(hs2019, BODY);
        hs2019.put("signature", List.of(hs2019.get("signature").get(0).replace("algorithm=\"hs2019\",", "")));
        verifier.verify(hs2019, BODY);
    }

    /** They are a list of RFC 9110, section 5.6.1, where blanks may stand beside the commas. */
    @Test
    void blanks_between_the_parameters_change_nothing() throws Exception {
        Map<String, List<String>> spaced = signed("digest", "date");
        String header = spaced.get("signature").get(0);
        spaced.put("signature", List.of(header.replace("\",", "\" ,\t ")));
        verifier.verify(spaced, BODY);
        spaced.put("signature", List.of(header + ", "));
        refused(spaced, BODY, "malformed");
        spaced.put("signature", List.of(header.replace("\",", "\" ")));
        refused(spaced, BODY, "malformed");
    }

    @Test
    void what_does_not_cover_all_is_refused() {
        refused(signed("digest", "x-request-id"), BODY, "not all");
        refused(signed("date"), BODY, "not all");
        refused(Map.of(), BODY, "no header");
        refused(signed("(request-target)", "digest", "date"), BODY, "not there");
    }

    @Test
    void a_digest_of_another_body_or_of_an_unknown_algorithm_is_refused() {
        Map<String, List<String>> good = signed("digest", "date");
        refused(good, new byte[0], "digest");
        Map<String, List<String>> other = signed("x-request-id", "date");
        other.put("digest", List.of("MD5=1B2M2Y8AsgTpgAmY7PhCfg=="));
        refused(other, BODY, "not all");
    }

    @Test
    void an_old_one_is_refused() {
        ManualTime later = new ManualTime();
        later.advance(java.time.Duration.ofSeconds(301));
        Map<String, List<String>> good = signed("digest", "date");
        assertThatThrownBy(() -> verifier.environment(later.environment(1)).verify(good, BODY))
                .isInstanceOf(SignatureException.class)
                .hasMessageContaining("300 s");
    }

    /** In both directions, as a server would: the requests of a payment, with all of their parts. */
    @Test
    void no_mutation_is_valid() throws Exception {
        Map<String, List<String>> good = signed("(request-target)", "digest", "date", "x-request-id");
        CavageReplies proof =
                new CavageReplies(Map.of("bank", publicKey), "rsa-sha256", "(request-target)", "digest", "date");
        check(proof, good, "post", "/v1", BODY);
        Vectors.mutations(BODY, bad -> refused(proof, good, "POST", "/v1", bad));
        Vectors.mutations("POST", bad -> refused(proof, good, bad, "/v1", BODY));
        Vectors.mutations("/v1", bad -> refused(proof, good, "POST", bad, BODY));
        for (String header : List.of("digest", "date", "x-request-id", "signature")) {
            Vectors.mutations(good.get(header).get(0), bad -> {
                Map<String, List<String>> other = new HashMap<>(good);
                other.put(header, List.of(bad));
                refused(proof, other, "POST", "/v1", BODY);
            });
            Map<String, List<String>> twice = new HashMap<>(good);
            twice.put(header, List.of(good.get(header).get(0), good.get(header).get(0)));
            refused(proof, twice, "POST", "/v1", BODY);
            Map<String, List<String>> less = new HashMap<>(good);
            less.remove(header);
            refused(proof, less, "POST", "/v1", BODY);
        }
    }

    private static Proof.Claim check(
            CavageReplies proof, Map<String, List<String>> headers, String method, String path, byte[] body)
            throws SignatureException {
        HttpMessage.Target target = new HttpMessage.Target(method, "https", "bank.example", path, "a=b");
        return proof.check(new Headers(headers), new HttpMessage(target, 0, headers, null), body);
    }

    private static void refused(
            CavageReplies proof, Map<String, List<String>> headers, String method, String path, byte[] body) {
        assertThatThrownBy(() -> check(proof, headers, method, path, body)).isInstanceOf(SignatureException.class);
    }

    @Test
    void a_parameter_twice_or_beside_the_others_is_refused() {
        Map<String, List<String>> good = signed("digest", "date");
        String header = good.get("signature").get(0);
        for (String bad : List.of(
                header + ",keyId=\"bank\"",
                header + ",",
                header.replace("algorithm=\"rsa-sha256\"", "keyId=\"bank\""),
                header + ",created=1",
                "Signature " + header,
                header.replace("headers=\"digest date\"", "headers=\"digest date digest\""),
                header.replace("rsa-sha256", "rsa-sha1"),
                header.replace("rsa-sha256", "none"),
                header.replace("keyId=\"bank\",", ""))) {
            Map<String, List<String>> other = new HashMap<>(good);
            other.put("signature", List.of(bad));
            refused(other, BODY, "");
        }
    }

    @Test
    void a_line_feed_in_what_is_covered_is_refused() {
        Map<String, List<String>> good = signed("digest", "date", "x-request-id");
        good.put("x-request-id", List.of("1\ndate: x"));
        refused(good, BODY, "malformed");
    }

    @Test
    void bad_settings_are_named() {
        assertThatThrownBy(() -> Verifiers.cavage(Map.of(), "rsa-sha256", "date"))
                .hasMessageContaining("keys");
        assertThatThrownBy(() -> Verifiers.cavage(Map.of("k", publicKey), "rsa-sha1", "date"))
                .hasMessageContaining("algorithm");
        assertThatThrownBy(() -> Verifiers.cavage(Map.of("k", publicKey), "rsa-sha256"))
                .hasMessageContaining("headers");
        assertThat(verifier).hasToString("Verifier[draft-cavage [bank]]");
    }
}
