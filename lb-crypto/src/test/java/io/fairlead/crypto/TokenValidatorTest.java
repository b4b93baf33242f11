package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.Base64URL;
import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens of others: what is refused, line by line, and where the keys come from. */
class TokenValidatorTest {

    private static final String ISSUER = "https://as.example";
    private static final String US = "https://rs.example";
    private static final RSAKey RSA = rsa("rsa");
    private static final ECKey EC = ec("ec", Curve.P_256);

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(5);
    private volatile JWKSet published = new JWKSet(List.of(RSA, EC));
    private final ScriptedClient server = ScriptedClient.answering(request -> ScriptedClient.Reply.json(
            request.uri().getPath().endsWith("/keys")
                    ? published.toString(true)
                    : TokenSignerTest.metadata(ISSUER, ISSUER + "/token")));

    private static RSAKey rsa(String id) {
        try {
            return new RSAKeyGenerator(2048).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ECKey ec(String id, Curve curve) {
        try {
            return new ECKeyGenerator(curve).keyID(id).generate();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private TokenValidator validator() {
        return Tokens.validator(ISSUER, US, server).environment(env);
    }

    private static TokenValidator fixed(Environment env, JWK... keys) {
        return Tokens.validatorOf(new JWKSet(List.of(keys)).toString(false), ISSUER, US)
                .environment(env);
    }

    private Map<String, Object> claims() {
        Map<String, Object> claims = new HashMap<>();
        claims.put("iss", ISSUER);
        claims.put("aud", US);
        claims.put("sub", "client");
        claims.put("iat", time.date().getEpochSecond());
        claims.put("exp", time.date().getEpochSecond() + 300);
        return claims;
    }

    private Map<String, Object> claims(String name, Object value) {
        Map<String, Object> claims = claims();
        if (value == null) {
            claims.remove(name);
        } else {
            claims.put(name, value);
        }
        return claims;
    }

    private static String signed(JWK key, JWSHeader header, Map<String, Object> claims) {
        try {
            JWSObject jws = new JWSObject(header, new Payload(claims));
            jws.sign(key instanceof RSAKey rsa ? new RSASSASigner(rsa) : new ECDSASigner((ECKey) key));
            return jws.serialize();
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String signed(JWK key, Map<String, Object> claims) {
        JWSAlgorithm algorithm = key instanceof RSAKey ? JWSAlgorithm.RS256 : JWSAlgorithm.ES256;
        return signed(
                key, new JWSHeader.Builder(algorithm).keyID(key.getKeyID()).build(), claims);
    }

    /** Of any header and payload, with a signature that is right for them. */
    private static String raw(String header, String payload, String mac) {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        return base64.encodeToString(header.getBytes(StandardCharsets.UTF_8))
                + '.'
                + base64.encodeToString(payload.getBytes(StandardCharsets.UTF_8))
                + '.'
                + mac;
    }

    private static String rawSigned(String header, String payload) {
        try {
            String input = raw(header, payload, "");
            byte[] bytes = input.substring(0, input.length() - 1).getBytes(StandardCharsets.US_ASCII);
            return input + new RSASSASigner(RSA).sign(new JWSHeader(JWSAlgorithm.RS256), bytes);
        } catch (JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private String payload() {
        return com.nimbusds.jose.util.JSONObjectUtils.toJSONString(claims());
    }

    private static void refused(TokenValidator validator, String token) {
        assertThatThrownBy(() -> validator.validate(token))
                .as(token)
                .isExactlyInstanceOf(SignatureException.class)
                .hasMessage("the token is not valid")
                .hasNoCause();
    }

    // ---- what is right ---------------------------------------------------------------------------------------------

    @Test
    void a_right_token_gives_its_claims_which_nobody_can_change() throws Exception {
        Map<String, Object> claims = validator().validate(signed(RSA, claims()));
        assertThat(claims).containsEntry("sub", "client").containsEntry("iss", ISSUER);
        assertThatThrownBy(() -> claims.put("sub", "admin")).isInstanceOf(UnsupportedOperationException.class);
        assertThat(validator().validate(signed(EC, claims()))).containsEntry("sub", "client");
    }

    @Test
    void one_of_several_audiences_may_be_us() throws Exception {
        assertThat(validator().validate(signed(RSA, claims("aud", List.of("other", US)))))
                .isNotEmpty();
    }

    @Test
    void clocks_may_be_a_minute_apart() throws Exception {
        long now = time.date().getEpochSecond();
        validator().validate(signed(RSA, claims("exp", now - 59)));
        validator().validate(signed(RSA, claims("nbf", now + 60)));
        validator().validate(signed(RSA, claims("iat", now + 60)));
        refused(validator(), signed(RSA, claims("exp", now - 60)));
        refused(validator(), signed(RSA, claims("nbf", now + 61)));
        refused(validator(), signed(RSA, claims("iat", now + 61)));
        refused(validator().skew(Duration.ZERO), signed(RSA, claims("exp", now)));
    }

    // ---- facts, section 5: one test a line
    // ---------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"none", "None", "NONE", "nOnE"})
    void line_9_none_is_refused_in_any_case(String none) {
        refused(validator(), raw("{\"alg\":\"" + none + "\"}", payload(), ""));
        refused(validator(), raw("{\"alg\":\"" + none + "\",\"kid\":\"rsa\"}", payload(), "AAAA"));
    }

    @Test
    void line_9_a_public_key_is_no_secret() throws Exception {
        for (byte[] secret : List.of(
                RSA.toRSAPublicKey().getEncoded(),
                RSA.toPublicJWK().toJSONString().getBytes(StandardCharsets.UTF_8),
                TestCertificates.pem(RSA.toRSAPublicKey()).getBytes(StandardCharsets.UTF_8))) {
            JWSObject forged = new JWSObject(
                    new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("rsa").build(), new Payload(claims()));
            forged.sign(new MACSigner(secret));
            refused(validator(), forged.serialize());
        }
    }

    @Test
    void line_9_the_algorithm_is_the_keys_and_not_the_messages() {
        RSAKey only = new RSAKey.Builder(RSA).algorithm(JWSAlgorithm.RS256).build();
        String other = signed(
                RSA, new JWSHeader.Builder(JWSAlgorithm.PS256).keyID("rsa").build(), claims());
        refused(fixed(env, only), other);
        refused(validator().algorithms("RS256", "ES256"), other);
    }

    @Test
    void line_9_the_key_id_selects_a_key_of_the_right_type_curve_and_use() {
        String byEc = signed(
                EC, new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("rsa").build(), claims());
        refused(validator(), byEc);
        String byRsa = signed(
                RSA, new JWSHeader.Builder(JWSAlgorithm.RS256).keyID("ec").build(), claims());
        refused(validator(), byRsa);
        RSAKey encrypts = new RSAKey.Builder(RSA).keyUse(KeyUse.ENCRYPTION).build();
        refused(fixed(env, encrypts, EC), signed(RSA, claims()));
    }

    @Test
    void line_9_keys_that_a_message_brings_along_are_ignored() throws Exception {
        RSAKey own = rsa("evil");
        refused(
                validator(),
                signed(
                        own,
                        new JWSHeader.Builder(JWSAlgorithm.RS256)
                                .jwk(own.toPublicJWK())
                                .build(),
                        claims()));
        refused(
                validator(),
                signed(
                        own,
                        new JWSHeader.Builder(JWSAlgorithm.RS256)
                                .keyID("evil")
                                .jwkURL(java.net.URI.create("https://evil.example/keys"))
                                .x509CertURL(java.net.URI.create("https://evil.example/cert"))
                                .build(),
                        claims()));
        assertThat(server.requests)
                .extracting(r -> r.uri().getHost())
                .isNotEmpty()
                .containsOnly("as.example");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"crit\":[\"exp\"],\"exp\":1}",
                "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"crit\":[]}",
                "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"b64\":true,\"crit\":[\"b64\"]}",
                "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"b64\":false}",
                "{\"alg\":\"RS256\",\"kid\":\"rsa\",\"zip\":\"DEF\"}",
            })
    void line_9_extensions_are_refused(String header) {
        refused(validator(), rawSigned(header, payload()));
    }

    @Test
    void line_9_a_member_that_is_there_twice_is_refused() throws Exception {
        validator().validate(rawSigned("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", payload()));
        refused(validator(), rawSigned("{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"rsa\"}", payload()));
        refused(
                validator(),
                rawSigned("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", payload().replaceFirst("\\{", "{\"sub\":\"admin\",")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "...", "a", "a.b", "a.b.c", "a.b.c.d", "e30.e30.", "e30.e30.AAAA", " "})
    void line_10_what_is_no_token_is_refused(String token) {
        refused(validator(), token);
        assertThat(server.requests).isEmpty();
    }

    @Test
    void line_11_nothing_is_parsed_before_the_signature_and_nothing_large_at_all() {
        refused(validator(), rawSigned("{\"alg\":\"RS256\",\"kid\":\"rsa\"}", "not json"));
        refused(validator(), signed(RSA, claims("x", "y".repeat(Jws.MOST_CHARS))));
        refused(validator(), raw("{\"alg\":\"RS256\",\"a\":" + "[".repeat(10_000) + "}", "{}", "AAAA"));
    }

    @Test
    void line_12_a_secret_is_compared_whole_and_only_where_secrets_are_allowed() throws Exception {
        byte[] secret = new byte[32];
        new Random(1).nextBytes(secret);
        String key = "{\"kty\":\"oct\",\"kid\":\"s\",\"k\":\"" + Base64URL.encode(secret) + "\"}";
        JWSObject jws = new JWSObject(
                new JWSHeader.Builder(JWSAlgorithm.HS256).keyID("s").build(), new Payload(claims()));
        jws.sign(new MACSigner(secret));
        TokenValidator pairs = Tokens.validatorOf(key, ISSUER, US).environment(env);
        refused(pairs, jws.serialize());
        TokenValidator secrets = pairs.algorithms("HS256");
        assertThat(secrets.validate(jws.serialize())).isNotEmpty();
        Vectors.mutations(jws.serialize(), mutated -> refused(secrets, mutated));
        assertThatThrownBy(() -> validator().algorithms("HS256"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("algorithms is [HS256]");
    }

    @Test
    void line_13_a_signature_in_der_or_of_zeros_is_none() throws Exception {
        String token = signed(EC, claims());
        String[] parts = token.split("\\.");
        byte[] signature = new Base64URL(parts[2]).decode();
        byte[] der = com.nimbusds.jose.crypto.impl.ECDSA.transcodeSignatureToDER(signature);
        refused(validator(), parts[0] + '.' + parts[1] + '.' + Base64URL.encode(der));
        refused(validator(), parts[0] + '.' + parts[1] + '.' + Base64URL.encode(new byte[64]));
    }

    @Test
    void line_14_weak_keys_are_left_out() throws Exception {
        RSAKey small = new RSAKey.Builder((java.security.interfaces.RSAPublicKey)
                        TestCertificates.pair("RSA", 1024).getPublic())
                .keyID("small")
                .build();
        assertThatThrownBy(() -> fixed(env, small))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2048");
        String even = "{\"kty\":\"RSA\",\"kid\":\"even\",\"n\":\"" + RSA.getModulus() + "\",\"e\":\"Ag\"}";
        assertThatThrownBy(() -> Tokens.validatorOf(even, ISSUER, US)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void line_15_a_clock_may_be_at_most_five_minutes_off() {
        assertThatThrownBy(() -> validator().skew(Duration.ofSeconds(301)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("skew");
        refused(validator().skew(Duration.ofSeconds(300)), signed(RSA, claims("exp", 1L)));
    }

    @Test
    void line_16_neither_token_nor_claims_are_shown() {
        TokenValidator validator = validator();
        String token = signed(rsa("x"), claims("sub", "alice"));
        assertThatThrownBy(() -> validator.validate(token))
                .extracting(Throwable::toString)
                .asString()
                .doesNotContain("alice", token.substring(0, 20));
        assertThat(validator.toString())
                .isEqualTo(
                        "TokenValidator[https://as.example for https://rs.example, Fetched[the key set of https://as.example]]");
    }

    @ParameterizedTest
    @CsvSource({"iss", "aud", "exp"})
    void what_a_token_must_have_is_required(String claim) {
        refused(validator(), signed(RSA, claims(claim, null)));
        for (Object other : List.of("x", 7, true, List.of(), Map.of())) {
            if (!(claim.equals("exp") && other instanceof Integer)) {
                refused(validator(), signed(RSA, claims(claim, other)));
            }
        }
        refused(validator(), signed(RSA, claims(claim, 1L)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"nbf", "iat", "exp"})
    void a_date_that_is_no_number_is_refused(String claim) {
        for (Object other : List.of("1", true, List.of(1), Map.of())) {
            refused(validator(), signed(RSA, claims(claim, other)));
        }
    }

    @Test
    void a_token_of_another_type_is_none_for_us() throws Exception {
        for (String type : List.of("dpop+jwt", "logout+jwt", "secevent+jwt", "JOSE")) {
            refused(validator(), signed(RSA, typed(type), claims()));
        }
        for (String type : List.of("JWT", "at+jwt", "application/at+jwt", "AT+JWT")) {
            assertThat(validator().validate(signed(RSA, typed(type), claims()))).isNotEmpty();
        }
        refused(validator().type("at+jwt"), signed(RSA, typed("JWT"), claims()));
        refused(validator().type("at+jwt"), signed(RSA, claims()));
        assertThat(validator().type("at+jwt").validate(signed(RSA, typed("at+jwt"), claims())))
                .isNotEmpty();
    }

    private static JWSHeader typed(String type) {
        return new JWSHeader.Builder(JWSAlgorithm.RS256)
                .keyID("rsa")
                .type(new JOSEObjectType(type))
                .build();
    }

    @Test
    void a_bound_token_needs_the_thumbprint_it_is_bound_to() throws Exception {
        String print = "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0";
        for (String member : List.of("x5t#S256", "jkt")) {
            String bound = signed(RSA, claims("cnf", Map.of(member, print)));
            assertThat(validator().validate(bound, print)).isNotEmpty();
            refused(validator(), bound);
            assertThatThrownBy(() -> validator().validate(bound, "B" + print.substring(1)))
                    .isExactlyInstanceOf(SignatureException.class);
        }
        assertThatThrownBy(() -> validator().validate(signed(RSA, claims()), print))
                .isExactlyInstanceOf(SignatureException.class);
    }

    @Test
    void no_noise_is_anything_but_refused() {
        Random random = new Random(42);
        TokenValidator validator = fixed(env, RSA, EC);
        String token = signed(EC, claims());
        for (int i = 0; i < 3000; i++) {
            char[] chars = token.toCharArray();
            for (int n = 1 + random.nextInt(6); n > 0; n--) {
                chars[random.nextInt(chars.length)] =
                        (char) (random.nextInt(10) == 0 ? random.nextInt(0xffff) : 32 + random.nextInt(95));
            }
            String mutated = new String(chars, 0, random.nextInt(8) == 0 ? random.nextInt(chars.length) : chars.length);
            if (!mutated.equals(token)) {
                refused(validator, mutated);
            }
        }
    }

    @Test
    void no_noise_in_a_key_set_is_anything_but_refused_or_a_key_set() {
        Random random = new Random(43);
        String json = published.toString(true);
        for (int i = 0; i < 3000; i++) {
            char[] chars = json.toCharArray();
            for (int n = 1 + random.nextInt(8); n > 0; n--) {
                chars[random.nextInt(chars.length)] = (char) (32 + random.nextInt(95));
            }
            try {
                assertThat(JwsKeys.parse(new String(chars), false).toString()).startsWith("JwsKeys[");
            } catch (IllegalArgumentException e) {
                assertThat(e.getMessage()).contains("allowed is");
            }
        }
    }

    // ---- keys ------------------------------------------------------------------------------------------------------

    @Test
    void keys_are_fetched_once_and_refreshed_beside_the_calls() throws Exception {
        TokenValidator validator = validator();
        for (int i = 0; i < 100; i++) {
            validator.validate(signed(RSA, claims()));
        }
        assertThat(server.count("/keys")).isEqualTo(1);
        time.advance(Duration.ofMinutes(8));
        validator.validate(signed(RSA, claims()));
        assertThat(server.count("/keys")).isEqualTo(2);
        assertThat(server.count("openid-configuration")).isEqualTo(1);
    }

    @Test
    void a_rotation_fails_no_validation() throws Exception {
        TokenValidator validator = validator();
        validator.validate(signed(RSA, claims()));
        for (int i = 0; i < 5; i++) {
            ECKey next = ec("next" + i, Curve.P_256);
            published = new JWKSet(next);
            assertThat(validator.validate(signed(next, claims()))).isNotEmpty();
        }
        assertThat(server.count("/keys")).isEqualTo(6);
    }

    @Test
    void an_issuer_that_names_no_key_ids_may_rotate_too() throws Exception {
        published = new JWKSet(new ECKey.Builder(EC).keyID(null).build());
        TokenValidator validator = validator();
        JWSHeader bare = new JWSHeader(JWSAlgorithm.ES256);
        validator.validate(signed(EC, bare, claims()));
        ECKey next = new ECKey.Builder(ec("x", Curve.P_256)).keyID(null).build();
        published = new JWKSet(next);
        assertThat(validator.validate(signed(next, bare, claims()))).isNotEmpty();
    }

    private String invented(int id) {
        return signed(
                EC, new JWSHeader.Builder(JWSAlgorithm.ES256).keyID("x" + id).build(), claims());
    }

    @Test
    void invented_key_ids_cause_ten_fetches_and_then_one_in_three_seconds() throws Exception {
        TokenValidator validator = validator();
        validator.validate(signed(RSA, claims()));
        for (int i = 0; i < 1000; i++) {
            refused(validator, invented(i));
        }
        assertThat(server.count("/keys")).isEqualTo(1 + 10);
        for (int i = 0; i < 100; i++) {
            time.advance(Duration.ofMillis(300));
            refused(validator, invented(i));
        }
        assertThat(server.count("/keys")).isEqualTo(1 + 10 + 10);
        time.advance(Duration.ofSeconds(30));
        for (int i = 0; i < 1000; i++) {
            refused(validator, invented(i));
        }
        assertThat(server.count("/keys")).isEqualTo(1 + 10 + 10 + 10);
    }

    @Test
    void whoever_invents_key_ids_delays_a_rotation_by_three_seconds_at_most() throws Exception {
        TokenValidator validator = validator();
        validator.validate(signed(RSA, claims()));
        for (int i = 0; i < 100; i++) {
            refused(validator, invented(i));
        }
        ECKey next = ec("next", Curve.P_256);
        published = new JWKSet(next);
        String token = signed(next, claims());
        refused(validator, token);
        time.advance(Duration.ofSeconds(3));
        refused(validator, invented(0)); // the stranger's own fetch brings the new key
        assertThat(validator.validate(token)).isNotEmpty();
    }

    @Test
    void a_thousand_waiting_for_one_fetch_in_vain_spend_one() throws Exception {
        List<CompletableFuture<ScriptedClient.Reply>> pending = new ArrayList<>();
        ScriptedClient slow = ScriptedClient.keeping(pending);
        TokenValidator validator =
                Tokens.validatorAt(ISSUER + "/keys", ISSUER, US, slow).environment(env);
        String keys = published.toString(true);
        CompletableFuture<?> first = validator.validateAsync(signed(RSA, claims()), null);
        pending.get(0).complete(ScriptedClient.Reply.json(keys));
        assertThat(first).isCompleted();
        for (int round = 1; round <= 3; round++) {
            for (int i = 0; i < 1000; i++) {
                assertThat(validator.validateAsync(invented(i), null)).isNotDone();
            }
            assertThat(pending).hasSize(1 + round);
            pending.get(round).complete(ScriptedClient.Reply.json(keys));
        }
    }

    /** A stranger's fetch that began before the rotation brings the old keys to whoever waits with it. */
    @Test
    void a_fetch_that_was_on_its_way_before_the_rotation_fails_no_validation() {
        List<CompletableFuture<ScriptedClient.Reply>> pending = new ArrayList<>();
        ScriptedClient slow = ScriptedClient.keeping(pending);
        TokenValidator validator =
                Tokens.validatorAt(ISSUER + "/keys", ISSUER, US, slow).environment(env);
        ScriptedClient.Reply old = ScriptedClient.Reply.json(published.toString(true));
        validator.validateAsync(signed(RSA, claims()), null);
        pending.get(0).complete(old);
        CompletableFuture<?> strangers = validator.validateAsync(invented(1), null);
        time.advance(Duration.ofMillis(1));
        ECKey next = ec("next", Curve.P_256);
        CompletableFuture<Map<String, Object>> first = validator.validateAsync(signed(next, claims()), null);
        assertThat(pending).hasSize(2);
        pending.get(1).complete(old);
        assertThat(strangers).isCompletedExceptionally();
        assertThat(first).isNotDone();
        assertThat(pending).hasSize(3);
        pending.get(2).complete(ScriptedClient.Reply.json(new JWKSet(next).toString(true)));
        assertThat(first).isCompleted();
    }

    @Test
    void while_the_issuer_is_down_the_last_keys_serve_for_a_day() throws Exception {
        TokenValidator validator = validator();
        validator.validate(signed(RSA, claims()));
        server.fail(new IOException("connection refused"));
        time.advance(Duration.ofHours(23));
        assertThat(validator.validate(signed(RSA, claims()))).isNotEmpty();
        time.advance(Duration.ofHours(1));
        assertThatThrownBy(() -> validator.validate(signed(RSA, claims())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("connection refused");
    }

    @Test
    void a_key_set_that_is_garbage_replaces_nothing() throws Exception {
        TokenValidator validator = validator();
        validator.validate(signed(RSA, claims()));
        for (String garbage :
                List.of("{}", "{\"keys\":[]}", "<html>", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}")) {
            server.answer(request -> ScriptedClient.Reply.json(garbage));
            time.advance(Duration.ofHours(1));
            assertThat(validator.validate(signed(RSA, claims()))).isNotEmpty();
        }
    }

    @Test
    void a_withdrawn_key_is_withdrawn_here_within_ten_minutes() throws Exception {
        TokenValidator validator = validator();
        validator.validate(signed(RSA, claims()));
        published = new JWKSet(EC);
        time.advance(Duration.ofMinutes(10));
        validator.validate(signed(EC, claims())); // which has them refreshed
        refused(validator, signed(RSA, claims()));
    }

    @Test
    void a_thousand_callers_cause_one_fetch() {
        List<CompletableFuture<ScriptedClient.Reply>> pending = new ArrayList<>();
        ScriptedClient slow = ScriptedClient.keeping(pending);
        TokenValidator validator =
                Tokens.validatorAt(ISSUER + "/keys", ISSUER, US, slow).environment(env);
        String token = signed(RSA, claims());
        List<CompletableFuture<Map<String, Object>>> waiting = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            waiting.add(validator.validateAsync(token, null));
        }
        assertThat(pending).hasSize(1);
        pending.get(0).complete(ScriptedClient.Reply.json(published.toString(true)));
        assertThat(waiting).allSatisfy(w -> assertThat(w).isCompleted());
    }

    @Test
    void settings_that_are_wrong_are_named() {
        for (String bad : List.of("as.example", "ftp://as.example", "https://as.example?a=b", "https://as.example#f")) {
            assertThatThrownBy(() -> Tokens.validator(bad, US, server)).hasMessageContaining("issuer");
            assertThatThrownBy(() -> Tokens.clientCredentials(bad, "me", server))
                    .hasMessageContaining("issuer");
        }
        assertThatThrownBy(() -> Tokens.validator(ISSUER, " ", server)).hasMessageContaining("audience");
        assertThatThrownBy(() -> Tokens.validatorAt("as.example/keys", ISSUER, US, server))
                .hasMessageContaining("key set URI");
        assertThatThrownBy(() -> Tokens.validatorOf("nothing", ISSUER, US)).hasMessageContaining("keys");
        assertThatThrownBy(() -> validator().algorithms("none")).hasMessageContaining("algorithms");
        assertThatThrownBy(() -> validator().algorithms()).hasMessageContaining("algorithms");
        assertThatThrownBy(() -> Tokens.validator(ISSUER, US, ScriptedClient.following()))
                .hasMessageContaining("redirects");
    }

    @Test
    void keys_without_tls_are_for_loopback_or_where_they_are_allowed() throws Exception {
        String plain = "http://keys.internal";
        for (TokenValidator one :
                List.of(Tokens.validator(plain, US, server), Tokens.validatorAt(plain + "/keys", ISSUER, US, server))) {
            assertThatThrownBy(() -> one.environment(env).validate(signed(RSA, claims())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("plainHttp()");
        }
        assertThat(server.requests).isEmpty();
        assertThat(Tokens.validatorAt(plain + "/keys", ISSUER, US, server)
                        .plainHttp()
                        .environment(env)
                        .validate(signed(RSA, claims())))
                .isNotEmpty();
    }

    /** One parser takes the first and another the last of them, on any level. */
    @Test
    void a_member_that_is_there_twice_is_refused_however_deep() throws Exception {
        assertThat(ServerAnswer.object("{\"cnf\":{\"jkt\":\"a\"},\"l\":[{\"a\":1},{\"a\":2}]}"))
                .containsOnlyKeys("cnf", "l");
        for (String twice : List.of(
                "{\"iss\":1,\"iss\":2}",
                "{\"iss\":1,\"\\u0069ss\":2}",
                "{\"cnf\":{\"jkt\":\"a\",\"jkt\":\"b\"}}",
                "{\"keys\":[{\"kid\":\"a\",\"kid\":\"b\"}]}",
                "{} {}",
                "[]")) {
            assertThatThrownBy(() -> ServerAnswer.object(twice)).as(twice).isInstanceOf(Exception.class);
        }
    }
}
