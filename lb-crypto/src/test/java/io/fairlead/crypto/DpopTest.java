package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.security.KeyPair;
import java.security.SignatureException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Proofs of possession (RFC 9449), made and checked. */
class DpopTest {

    private static final URI TOKEN_ENDPOINT = URI.create("https://as.example/token");
    private static final HttpRequest PAY = HttpRequest.newBuilder(URI.create("https://API.example:443/v1/pay?a=b"))
            .POST(BodyPublishers.ofString("{}"))
            .build();

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(11);
    private final DpopVerifier verifier = Tokens.dpopVerifier().environment(env);
    private final ScriptedClient server = ScriptedClient.answering(request -> token("tok"));

    private static ScriptedClient.Reply token(String value) {
        return ScriptedClient.Reply.json(
                "{\"access_token\":\"" + value + "\",\"token_type\":\"DPoP\",\"expires_in\":100}");
    }

    private TokenSigner signer() {
        return Tokens.clientCredentialsAt(TOKEN_ENDPOINT.toString(), "me", server)
                .secret("x")
                .dpop()
                .environment(env);
    }

    private static String proof(HttpRequest request) {
        return request.headers().firstValue("DPoP").orElse("");
    }

    private static void refused(Runnable check) {
        assertThatThrownBy(check::run).rootCause().isExactlyInstanceOf(SignatureException.class);
    }

    private static String verified(DpopVerifier by, String proof, String method, URI uri, String token, String nonce) {
        try {
            if (token == null) {
                return by.verify(proof, method, uri, nonce);
            }
            String key = JwsKeys.thumbprint(Jws.parse(proof).header().getJWK());
            by.verify(proof, method, uri, token, key, nonce);
            return key;
        } catch (SignatureException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void the_proof_of_the_rfc_is_right_and_no_character_of_it_may_be_another() {
        for (Vectors.Case test : Vectors.cases("dpop")) {
            Vectors.Case claims = test.object("claims");
            Environment then = Environment.builder()
                    .instants(() -> Instant.ofEpochSecond(claims.number("iat")))
                    .build();
            DpopVerifier by = Tokens.dpopVerifier().environment(then);
            URI uri = URI.create(claims.text("htu"));
            String proof = test.text("proof");
            Vectors.mutations(
                    proof, mutated -> refused(() -> verified(by, mutated, claims.text("htm"), uri, null, null)));
            assertThat(verified(by, proof, claims.text("htm"), uri, null, null))
                    .isEqualTo("0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"); // RFC 9449, section 6.1
        }
    }

    @Test
    void each_request_has_a_proof_of_its_own_for_its_method_uri_and_token() throws Exception {
        TokenSigner signer = signer();
        HttpRequest first = signer.sign(PAY);
        HttpRequest second = signer.sign(PAY);
        assertThat(first.headers().firstValue("Authorization")).contains("DPoP tok");
        String key = verified(verifier, proof(first), "POST", PAY.uri(), "tok", null);
        assertThat(verified(verifier, proof(second), "POST", PAY.uri(), "tok", null))
                .isEqualTo(key);
        assertThat(verifier.verify(proof(server.last()), "POST", TOKEN_ENDPOINT, null))
                .isEqualTo(key);
        assertThat(Jws.parse(proof(first)).claims()).containsEntry("htu", "https://API.example/v1/pay");
        assertThat(Jws.parse(proof(first)).header().getJWK().isPrivate()).isFalse();
    }

    /** RFC 9449, section 4.3: a server that normalises nothing compares with what it sees, and that has neither. */
    @Test
    void a_proof_names_its_target_as_it_is_addressed_on_the_wire() {
        assertThat(DpopProofs.target(URI.create("https://a.example:443/x?y"), null))
                .isEqualTo("https://a.example/x");
        assertThat(DpopProofs.target(URI.create("http://me:secret@a.example:80"), null))
                .isEqualTo("http://a.example/");
        assertThat(DpopProofs.target(URI.create("http://10.0.0.1:8080/x"), URI.create("https://a.example:443")))
                .isEqualTo("https://a.example/x");
        assertThat(DpopProofs.target(URI.create("https://a.example:8443/x"), null))
                .isEqualTo("https://a.example:8443/x");
    }

    @ParameterizedTest
    @CsvSource({"EC,256,ES256", "EC,384,ES384", "EC,521,ES512", "RSA,2048,PS256", "Ed25519,0,EdDSA"})
    void keys_of_each_kind_make_proofs(String type, int size, String algorithm) throws Exception {
        KeyPair pair = TestCertificates.pair(type, size);
        HttpRequest signed = signer().dpop(pair.getPrivate(), pair.getPublic()).sign(PAY);
        verified(verifier, proof(signed), "POST", PAY.uri(), "tok", null);
        assertThat(Jws.parse(proof(signed)).algorithm().getName()).isEqualTo(algorithm);
    }

    @Test
    void behind_a_gateway_the_proof_names_what_the_client_sees_from_outside() throws Exception {
        HttpRequest signed =
                signer().dpopTarget(URI.create("https://api.partner.example/x")).sign(PAY);
        verified(verifier, proof(signed), "POST", URI.create("https://api.partner.example/v1/pay"), "tok", null);
        assertThatThrownBy(() -> signer().dpopTarget(URI.create("/x"))).hasMessageContaining("DPoP target");
    }

    // ---- what is refused -------------------------------------------------------------------------------------------

    @Test
    void a_proof_is_for_one_request_and_once() throws Exception {
        TokenSigner signer = signer();
        String proof = proof(signer.sign(PAY));
        refused(() -> verified(verifier, proof, "GET", PAY.uri(), "tok", null));
        refused(() -> verified(verifier, proof, "POST", URI.create("https://api.example/v1/refund"), "tok", null));
        refused(() -> verified(verifier, proof, "POST", URI.create("http://api.example:443/v1/pay"), "tok", null));
        refused(() -> verified(verifier, proof, "POST", URI.create("https://api.example:444/v1/pay"), "tok", null));
        refused(() -> verified(verifier, proof, "POST", PAY.uri(), "other", null));
        refused(() -> verified(verifier, proof, "POST", PAY.uri(), "tok", "nonce"));
        verified(verifier, proof, "POST", URI.create("https://api.example/v1/pay?other=query"), "tok", null);
        refused(() -> verified(verifier, proof, "POST", PAY.uri(), "tok", null));
    }

    @ParameterizedTest
    @CsvSource({"60,true", "61,false", "-60,true", "-61,false"})
    void a_proof_is_of_now(long seconds, boolean passes) {
        String proof = proof(signer().sign(PAY));
        time.jumpDate(Duration.ofSeconds(seconds));
        if (passes) {
            verified(verifier, proof, "POST", PAY.uri(), "tok", null);
        } else {
            refused(() -> verified(verifier, proof, "POST", PAY.uri(), "tok", null));
        }
    }

    private static String made(JoseKey key, String type, Object... claims) {
        Map<String, Object> map = new java.util.HashMap<>();
        for (int i = 0; i < claims.length; i += 2) {
            map.put((String) claims[i], claims[i + 1]);
        }
        return key.sign(type, map);
    }

    @Test
    void what_a_proof_must_have_is_required() {
        long now = env.now().getEpochSecond();
        String uri = "https://a.example/";
        JoseKey key = JoseKey.generated();
        URI at = URI.create(uri);
        verified(
                verifier,
                made(key, "dpop+jwt", "jti", "1", "htm", "GET", "htu", uri, "iat", now),
                "GET",
                at,
                null,
                null);
        for (String proof : List.of(
                made(key, "jwt", "jti", "2", "htm", "GET", "htu", uri, "iat", now),
                made(key, null, "jti", "2", "htm", "GET", "htu", uri, "iat", now),
                made(key, "dpop+jwt", "htm", "GET", "htu", uri, "iat", now),
                made(key, "dpop+jwt", "jti", "", "htm", "GET", "htu", uri, "iat", now),
                made(key, "dpop+jwt", "jti", 2, "htm", "GET", "htu", uri, "iat", now),
                made(key, "dpop+jwt", "jti", "2", "htm", "get", "htu", uri, "iat", now),
                made(key, "dpop+jwt", "jti", "2", "htm", "GET", "htu", "::", "iat", now),
                made(key, "dpop+jwt", "jti", "2", "htm", "GET", "iat", now),
                made(key, "dpop+jwt", "jti", "2", "htm", "GET", "htu", uri, "iat", "now"),
                made(key, "dpop+jwt", "jti", "2", "htm", "GET", "htu", uri),
                made(
                        JoseKey.named(
                                "k", "ES256", TestCertificates.pair("EC", 256).getPrivate()),
                        "dpop+jwt",
                        "jti",
                        "2",
                        "htm",
                        "GET",
                        "htu",
                        uri,
                        "iat",
                        now))) {
            refused(() -> verified(verifier, proof, "GET", at, null, null));
        }
    }

    @Test
    void a_proof_by_a_secret_or_with_a_private_key_in_it_is_refused() throws Exception {
        com.nimbusds.jose.jwk.ECKey pair =
                new com.nimbusds.jose.jwk.gen.ECKeyGenerator(com.nimbusds.jose.jwk.Curve.P_256).generate();
        String payload = "{\"jti\":\"1\",\"htm\":\"GET\",\"htu\":\"https://a.example/\",\"iat\":"
                + env.now().getEpochSecond() + "}";
        for (String header : List.of(
                "{\"typ\":\"dpop+jwt\",\"alg\":\"ES256\",\"jwk\":" + pair.toJSONString() + "}",
                "{\"typ\":\"dpop+jwt\",\"alg\":\"none\",\"jwk\":"
                        + pair.toPublicJWK().toJSONString() + "}",
                "{\"typ\":\"dpop+jwt\",\"alg\":\"HS256\",\"jwk\":{\"kty\":\"oct\",\"k\":\"" + "A".repeat(43)
                        + "\"}}")) {
            String input = com.nimbusds.jose.util.Base64URL.encode(header) + "."
                    + com.nimbusds.jose.util.Base64URL.encode(payload);
            String signature = new com.nimbusds.jose.crypto.ECDSASigner(pair)
                    .sign(
                            new com.nimbusds.jose.JWSHeader(com.nimbusds.jose.JWSAlgorithm.ES256),
                            input.getBytes(java.nio.charset.StandardCharsets.US_ASCII))
                    .toString();
            refused(() ->
                    verified(verifier, input + '.' + signature, "GET", URI.create("https://a.example/"), null, null));
        }
    }

    @Test
    void a_memory_that_is_full_refuses_rather_than_forgets() {
        DpopVerifier small = Tokens.dpopVerifier().remember(2).environment(env);
        TokenSigner signer = signer();
        for (int i = 0; i < 2; i++) {
            verified(small, proof(signer.sign(PAY)), "POST", PAY.uri(), "tok", null);
        }
        refused(() -> verified(small, proof(signer.sign(PAY)), "POST", PAY.uri(), "tok", null));
    }

    // ---- nonces ----------------------------------------------------------------------------------------------------

    @Test
    void the_token_endpoint_may_ask_for_a_nonce() throws Exception {
        server.answer(request -> claim(request, "nonce") == null
                ? ScriptedClient.Reply.of(400, "{\"error\":\"use_dpop_nonce\"}").with("DPoP-Nonce", "n-1")
                : token("tok"));
        signer().sign(PAY);
        assertThat(server.requests).hasSize(2);
        verifier.verify(proof(server.last()), "POST", TOKEN_ENDPOINT, "n-1");
    }

    @Test
    void a_token_endpoint_that_is_never_content_is_asked_twice() {
        server.answer(request ->
                ScriptedClient.Reply.of(400, "{\"error\":\"use_dpop_nonce\"}").with("DPoP-Nonce", "n"));
        assertThatThrownBy(() -> signer().sign(PAY)).rootCause().hasMessageContaining("use_dpop_nonce");
        assertThat(server.requests).hasSize(2);
    }

    private static Object claim(HttpRequest request, String name) {
        try {
            return Jws.parse(proof(request)).claims().get(name);
        } catch (SignatureException e) {
            throw new IllegalStateException(e);
        }
    }

    private static HttpHeaders challenge(String nonce) {
        return HttpHeaders.of(
                Map.of(
                        "WWW-Authenticate", List.of("DPoP error=\"use_dpop_nonce\", error_description=\"x\""),
                        "DPoP-Nonce", List.of(nonce)),
                (n, v) -> true);
    }

    @Test
    void a_server_that_asks_for_a_nonce_gets_it_in_a_repeated_post_with_the_same_token() {
        TokenSigner signer = signer();
        HttpRequest first = signer.sign(PAY);
        assertThat(claim(first, "nonce")).isNull();
        assertThat(signer.answered(first, 401, challenge("n-2"))).isEqualTo(Delivery.NOT_PROCESSED);
        HttpRequest second = signer.sign(PAY);
        verified(verifier, proof(second), "POST", PAY.uri(), "tok", "n-2");
        assertThat(server.requests).hasSize(1);
        signer.answered(second, 200, HttpHeaders.of(Map.of("DPoP-Nonce", List.of("n-3")), (n, v) -> true));
        assertThat(claim(signer.sign(PAY), "nonce")).isEqualTo("n-3");
    }

    @Test
    void each_server_has_its_own_nonce() {
        TokenSigner signer = signer();
        HttpRequest other =
                HttpRequest.newBuilder(URI.create("https://other.example/")).build();
        signer.answered(signer.sign(PAY), 401, challenge("n-2"));
        assertThat(claim(signer.sign(other), "nonce")).isNull();
        assertThat(claim(signer.sign(PAY), "nonce")).isEqualTo("n-2");
    }

    @Test
    void a_nonce_that_cannot_be_one_is_ignored() {
        TokenSigner signer = signer();
        for (String bad : List.of("", "a\"b", "a b", "a\\b", "é", "n".repeat(1025))) {
            signer.answered(signer.sign(PAY), 200, HttpHeaders.of(Map.of("DPoP-Nonce", List.of(bad)), (n, v) -> true));
            assertThat(claim(signer.sign(PAY), "nonce")).isNull();
        }
    }

    @Test
    void proofs_are_dated_by_the_servers_clock_once_that_is_known() {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                env.now().plusSeconds(600).atOffset(ZoneOffset.UTC));
        server.answer(request -> token("tok").with("Date", date));
        assertThat(claim(signer().sign(PAY), "iat")).isEqualTo(env.now().getEpochSecond() + 600);
    }

    // ---- tokens ----------------------------------------------------------------------------------------------------

    @Test
    void a_token_that_is_not_bound_to_a_key_is_refused() {
        server.answer(request ->
                ScriptedClient.Reply.json("{\"access_token\":\"tok\",\"token_type\":\"Bearer\",\"expires_in\":100}"));
        assertThatThrownBy(() -> signer().sign(PAY))
                .rootCause()
                .hasMessageContaining("bad token_type: allowed is DPoP");
    }

    @Test
    void a_token_that_is_bound_to_another_key_is_refused() {
        JoseKey issuer =
                JoseKey.named("k", "ES256", TestCertificates.pair("EC", 256).getPrivate());
        server.answer(request -> token(issuer.sign(null, Map.of("cnf", Map.of("jkt", "someone")))));
        assertThatThrownBy(() -> signer().sign(PAY)).rootCause().hasMessageContaining("cnf with its jkt");
    }

    @Test
    void nothing_of_the_key_is_shown() {
        assertThat(signer().toString()).isEqualTo("TokenSigner[me at https://as.example/token]");
    }

    /** Every proof would be refused by the server, without saying why. */
    @Test
    void a_public_key_of_another_pair_is_refused_when_it_is_set() {
        KeyPair own = TestCertificates.pair("EC", 256);
        KeyPair other = TestCertificates.pair("EC", 256);
        TokenSigner signer = signer();
        assertThatThrownBy(() -> signer.dpop(own.getPrivate(), other.getPublic()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("public key");
    }

    /** Ids as long as a header may be, as many as are remembered, would be a gigabyte. */
    @Test
    void what_is_remembered_of_a_proof_is_no_longer_for_a_longer_id() {
        assertThat(DpopVerifier.name("key", "a".repeat(10_000)))
                .hasSameSizeAs(DpopVerifier.name("key", "a"))
                .isNotEqualTo(DpopVerifier.name("key", "a".repeat(10_001)))
                .isNotEqualTo(DpopVerifier.name("kez", "a".repeat(10_000)));
        assertThat(DpopVerifier.name("key", "\u00e9")).isNotEqualTo(DpopVerifier.name("key", "\u00fc"));
    }
}
