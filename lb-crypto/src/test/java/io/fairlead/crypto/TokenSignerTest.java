package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.SignedJWT;
import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokens by client credentials: how they are asked for, how long they are used, and what a 401 does to them. */
class TokenSignerTest {

    private static final String ISSUER = "https://as.example";
    private static final String TOKEN_ENDPOINT = ISSUER + "/token";
    private static final HttpRequest PAY = HttpRequest.newBuilder(URI.create("https://api.example/v1/pay?a=b"))
            .header("Idempotency-Key", "k")
            .POST(BodyPublishers.ofString("{}"))
            .build();

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(3);
    private final AtomicInteger count = new AtomicInteger();
    private final ScriptedClient server = ScriptedClient.answering(this::answer);

    private ScriptedClient.Reply answer(HttpRequest request) {
        if (request.uri().getPath().endsWith("openid-configuration")) {
            return ScriptedClient.Reply.json(metadata(ISSUER, TOKEN_ENDPOINT));
        }
        return token("t" + count.incrementAndGet(), 100);
    }

    static String metadata(String issuer, String endpoint) {
        return JSONObjectUtils.toJSONString(
                Map.of("issuer", issuer, "token_endpoint", endpoint, "jwks_uri", issuer + "/keys"));
    }

    static ScriptedClient.Reply token(String value, long seconds) {
        return ScriptedClient.Reply.json(
                "{\"access_token\":\"" + value + "\",\"token_type\":\"Bearer\",\"expires_in\":" + seconds + "}");
    }

    private TokenSigner signer() {
        return Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", server)
                .secret("hush")
                .environment(env);
    }

    private static String authorization(HttpRequest signed) {
        return signed.headers().firstValue("Authorization").orElse("");
    }

    private static Map<String, String> form(HttpRequest request) {
        Map<String, String> form = new TreeMap<>();
        for (String pair : SentBody.text(request).split("&")) {
            String[] parts = pair.split("=", 2);
            form.merge(parts[0], URLDecoder.decode(parts[1], StandardCharsets.UTF_8), (a, b) -> a + " & " + b);
        }
        return form;
    }

    private static HttpHeaders headers(String... pairs) {
        Map<String, List<String>> map = new TreeMap<>();
        for (int i = 0; i < pairs.length; i += 2) {
            map.put(pairs[i], List.of(pairs[i + 1]));
        }
        return HttpHeaders.of(map, (n, v) -> true);
    }

    // ---- asking ----------------------------------------------------------------------------------------------------

    @Test
    void a_token_is_set_and_the_rest_of_the_request_stays() {
        HttpRequest signed = signer().sign(PAY);
        assertThat(authorization(signed)).isEqualTo("Bearer t1");
        assertThat(signed.headers().firstValue("Idempotency-Key")).contains("k");
        assertThat(signed.uri()).isEqualTo(PAY.uri());
        assertThat(SentBody.text(signed)).isEqualTo("{}");
        assertThat(server.last().uri()).isEqualTo(URI.create(TOKEN_ENDPOINT));
        assertThat(form(server.last())).containsExactlyEntriesOf(Map.of("grant_type", "client_credentials"));
    }

    @Test
    void an_authorization_that_is_there_is_replaced() {
        HttpRequest other = HttpRequest.newBuilder(PAY, (n, v) -> true)
                .header("authorization", "Basic old")
                .build();
        assertThat(signer().sign(other).headers().allValues("Authorization")).containsExactly("Bearer t1");
    }

    @Test
    void id_and_secret_are_encoded_before_they_are_joined() {
        Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "a:b", server)
                .secret("p w%")
                .environment(env)
                .sign(PAY);
        assertThat(authorization(server.last()))
                .isEqualTo("Basic "
                        + Base64.getEncoder().encodeToString("a%3Ab:p+w%25".getBytes(StandardCharsets.US_ASCII)));
    }

    @Test
    void a_secret_in_the_body_is_in_no_header() {
        Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", server)
                .secretInBody("p&w=")
                .environment(env)
                .sign(PAY);
        assertThat(server.last().headers().map()).doesNotContainKey("Authorization");
        assertThat(form(server.last())).containsEntry("client_id", "me").containsEntry("client_secret", "p&w=");
    }

    @Test
    void scope_audience_and_resources_are_asked_for() {
        signer().scope("old")
                .scope("pay", "read")
                .audience("https://api")
                .resource("https://a")
                .resource("https://b")
                .sign(PAY);
        assertThat(form(server.last()))
                .containsEntry("scope", "pay read")
                .containsEntry("audience", "https://api")
                .containsEntry("resource", "https://a & https://b");
    }

    @ParameterizedTest
    @CsvSource({"RS256,RSA,2048", "PS256,RSA,2048", "PS384,RSA,2048", "ES256,EC,256", "ES512,EC,521", "EdDSA,Ed25519,0"
    })
    void an_assertion_is_one_that_the_issuer_believes(String algorithm, String type, int size) throws Exception {
        KeyPair pair = TestCertificates.pair(type, size);
        TokenSigner signer = Tokens.clientCredentials(ISSUER, "me", server)
                .privateKeyJwt("key-1", algorithm, pair.getPrivate())
                .environment(env);
        signer.sign(PAY);
        Map<String, String> form = form(server.last());
        assertThat(form)
                .containsEntry("client_id", "me")
                .containsEntry("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        String assertion = form.get("client_assertion");
        Jws jws = Jws.parse(assertion);
        String open = Jws.parse(
                        JoseKey.shown(pair.getPrivate(), pair.getPublic()).sign(null, Map.of()))
                .header()
                .getJWK()
                .toJSONString();
        assertThat(jws.isBy(JwsKeys.parse(open, false).of(null, jws.algorithm())))
                .isTrue();
        assertThat(jws.header().getKeyID()).isEqualTo("key-1");
        assertThat(jws.algorithm().getName()).isEqualTo(algorithm);
        long now = env.now().getEpochSecond();
        assertThat(jws.claims())
                .containsEntry("iss", "me")
                .containsEntry("sub", "me")
                .containsEntry("aud", ISSUER)
                .containsEntry("iat", now)
                .containsEntry("exp", now + 60);
        assertThat(jws.claims().get("jti").toString()).hasSize(32);
    }

    @Test
    void each_assertion_has_an_id_of_its_own() throws Exception {
        TokenSigner signer = Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", server)
                .privateKeyJwt("k", "ES256", TestCertificates.pair("EC", 256).getPrivate())
                .environment(env);
        List<Object> ids = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            signer.sign(PAY);
            time.advance(Duration.ofSeconds(200));
            Jws jws = Jws.parse(form(server.last()).get("client_assertion"));
            assertThat(jws.claims()).containsEntry("aud", TOKEN_ENDPOINT);
            ids.add(jws.claims().get("jti"));
        }
        assertThat(ids).doesNotHaveDuplicates().hasSize(3);
    }

    @ParameterizedTest
    @CsvSource({
        "RS256,EC,256",
        "ES256,EC,384",
        "ES256,RSA,2048",
        "HS256,RSA,2048",
        "none,RSA,2048",
        "EdDSA,EC,256",
        "RS256,RSA,1024"
    })
    void a_key_that_is_not_for_the_algorithm_is_refused_when_it_is_set(String algorithm, String type, int size) {
        KeyPair pair = TestCertificates.pair(type, size);
        assertThatThrownBy(() -> signer().privateKeyJwt("k", algorithm, pair.getPrivate()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("allowed");
    }

    @Test
    void without_authentication_the_message_names_what_is_missing() {
        assertThatThrownBy(() -> Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", server)
                        .environment(env)
                        .sign(PAY))
                .hasRootCauseMessage(
                        "client me has no authentication: secret, secretInBody, privateKeyJwt or mutualTls is"
                                + " required");
    }

    @Test
    void a_client_that_follows_redirects_is_refused() {
        assertThatThrownBy(() -> Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", ScriptedClient.following()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("follows redirects");
    }

    @ParameterizedTest
    @ValueSource(strings = {"me\r\nX: y", "", " "})
    void a_client_id_that_is_no_line_is_refused(String id) {
        assertThatThrownBy(() -> Tokens.clientCredentialsAt(TOKEN_ENDPOINT, id, server))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("client id");
    }

    // ---- certificates ----------------------------------------------------------------------------------------------

    private static String jwt(Map<String, Object> claims) {
        return JoseKey.named("k", "ES256", TestCertificates.pair("EC", 256).getPrivate())
                .sign(null, claims);
    }

    @ParameterizedTest
    @CsvSource({"own,true,true", "other,true,false", "other,false,false", "none,true,false", "none,false,true"})
    void a_token_bound_to_another_certificate_is_refused(String to, boolean promised, boolean passes) {
        KeyPair pair = TestCertificates.pair("EC", 256);
        X509Certificate own = new TestCertificates().issue("me", pair.getPublic(), "me", pair.getPrivate());
        String thumbprint = to.equals("own") ? Tokens.thumbprint(own) : "A4DtL2JmUMhAsvJj5tKyn64SqzmuXbMrJa0n761y5v0";
        Map<String, Object> claims =
                to.equals("none") ? Map.of("sub", "me") : Map.of("sub", "me", "cnf", Map.of("x5t#S256", thumbprint));
        String token = jwt(claims);
        ScriptedClient client =
                ScriptedClient.answering(request -> request.uri().getPath().contains("well-known")
                        ? ScriptedClient.Reply.json(
                                "{\"issuer\":\"https://as.example\",\"token_endpoint\":\"https://as.example/t\","
                                        + "\"tls_client_certificate_bound_access_tokens\":" + promised
                                        + ",\"mtls_endpoint_aliases\":{\"token_endpoint\":\"https://mtls.as.example/t\"}}")
                        : token(token, 100));
        TokenSigner signer =
                Tokens.clientCredentials(ISSUER, "me", client).mutualTls(own).environment(env);
        if (passes) {
            assertThat(authorization(signer.sign(PAY))).isEqualTo("Bearer " + token);
        } else {
            assertThatThrownBy(() -> signer.sign(PAY))
                    .hasRootCauseMessage("the token is not bound to this client: expected is cnf with its x5t#S256");
        }
        assertThat(client.last().uri().getHost()).isEqualTo("mtls.as.example");
        assertThat(form(client.last())).containsEntry("client_id", "me");
    }

    // ---- discovery -------------------------------------------------------------------------------------------------

    @Test
    void an_issuer_is_discovered_once() {
        TokenSigner signer =
                Tokens.clientCredentials(ISSUER, "me", server).secret("x").environment(env);
        signer.sign(PAY);
        time.advance(Duration.ofSeconds(200));
        signer.sign(PAY);
        assertThat(server.count("openid-configuration")).isEqualTo(1);
        assertThat(server.count("/token")).isEqualTo(2);
    }

    @Test
    void where_openid_is_unknown_the_path_of_rfc_8414_is_asked() {
        String issuer = ISSUER + "/tenant";
        server.answer(request -> switch (request.uri().getPath()) {
            case "/tenant/.well-known/openid-configuration" -> ScriptedClient.Reply.of(404, "");
            case "/.well-known/oauth-authorization-server/tenant" ->
                ScriptedClient.Reply.json(metadata(issuer, TOKEN_ENDPOINT));
            default -> token("t", 100);
        });
        TokenSigner signer =
                Tokens.clientCredentials(issuer, "me", server).secret("x").environment(env);
        assertThat(authorization(signer.sign(PAY))).isEqualTo("Bearer t");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"issuer\":\"https://evil.example\",\"token_endpoint\":\"https://as.example/token\"} | another"
                        + " issuer",
                "{\"issuer\":\"https://as.example/\",\"token_endpoint\":\"https://as.example/token\"} | another issuer",
                "{\"token_endpoint\":\"https://as.example/token\"} | another issuer",
                "{\"issuer\":\"https://as.example\"} | has no token_endpoint",
                "{\"issuer\":\"https://as.example\",\"token_endpoint\":\"http://as.example/token\"} | bad"
                        + " token_endpoint",
                "{\"issuer\":\"https://as.example\",\"token_endpoint\":\"file:///etc/passwd\"} | bad token_endpoint",
                "{\"issuer\":\"https://as.example\",\"token_endpoint\":\"https://u:p@as.example/\"} | bad"
                        + " token_endpoint",
                "{\"issuer\":\"https://as.example\",\"issuer\":\"https://as.example\",\"token_endpoint\":\"https://as.example/token\"}"
                        + " | not a JSON object",
                "<html> | not a JSON object",
            })
    void a_discovery_document_that_is_wrong_is_refused(String document, String why) {
        server.answer(request -> ScriptedClient.Reply.json(document));
        TokenSigner signer =
                Tokens.clientCredentials(ISSUER, "me", server).secret("x").environment(env);
        assertThatThrownBy(() -> signer.sign(PAY)).rootCause().hasMessageContaining(why);
        assertThat(server.count("/token")).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ftp://as.example",
                "as.example",
                "https://u:p@as.example",
                "https://as.example#x",
                "",
                "https:///x"
            })
    void an_issuer_that_is_no_place_for_secrets_is_refused(String issuer) {
        assertThatThrownBy(() -> Tokens.clientCredentials(issuer, "me", server))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("issuer");
    }

    @Test
    void plain_http_is_for_loopback_or_where_it_is_allowed() {
        TokenSigner signer = Tokens.clientCredentialsAt("http://as.example/token", "me", server)
                .secret("x")
                .environment(env);
        assertThatThrownBy(() -> signer.sign(PAY)).rootCause().hasMessageContaining("token endpoint");
        assertThat(server.requests).isEmpty();
        assertThat(authorization(signer.plainHttp().sign(PAY))).isEqualTo("Bearer t1");
        for (String loopback : List.of("http://127.0.0.1:9/t", "http://localhost/t", "http://[::1]:9/t")) {
            assertThat(authorization(Tokens.clientCredentialsAt(loopback, "me", server)
                            .secret("x")
                            .environment(env)
                            .sign(PAY)))
                    .startsWith("Bearer t");
        }
    }

    // ---- answers ---------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "200 | garbage | not a JSON object",
                "200 | [] | not a JSON object",
                "200 | {\"token_type\":\"Bearer\"} | bad access_token",
                "200 | {\"access_token\":7,\"token_type\":\"Bearer\"} | bad access_token",
                "200 | {\"access_token\":\"\",\"token_type\":\"Bearer\"} | bad access_token",
                "200 | {\"access_token\":\"a b\",\"token_type\":\"Bearer\"} | bad access_token",
                "200 | {\"access_token\":\"a\\r\\nX: y\",\"token_type\":\"Bearer\"} | bad access_token",
                "200 | {\"access_token\":\"a\"} | bad token_type",
                "200 | {\"access_token\":\"a\",\"token_type\":\"mac\"} | bad token_type",
                "200 | {\"access_token\":\"a\",\"access_token\":\"b\",\"token_type\":\"Bearer\"} | not a JSON object",
                "200 | {\"access_token\":\"a\",\"token_type\":\"Bearer\",\"expires_in\":1e999} | not a JSON object",
                "400 | {\"error\":\"invalid_scope\"} | status 400 (invalid_scope)",
                "401 | {\"error\":\"<script>\"} | status 401",
                "503 | busy | status 503",
                "302 |  | status 302",
            })
    void an_answer_that_is_no_token_fails_with_the_reason(int status, String body, String why) {
        server.answer(request -> ScriptedClient.Reply.of(status, body == null ? "" : body));
        assertThatThrownBy(() -> signer().sign(PAY))
                .isInstanceOf(IllegalStateException.class)
                .rootCause()
                .isInstanceOf(IOException.class)
                .hasMessageContaining(why);
    }

    @Test
    void an_answer_without_end_is_broken_off() {
        server.answer(request -> ScriptedClient.Reply.of(200, "x".repeat((1 << 20) + 1)));
        assertThatThrownBy(() -> signer().sign(PAY)).rootCause().hasMessageContaining("longer than 1048576 bytes");
    }

    @ParameterizedTest
    @CsvSource({
        "100, 90",
        "\"100\", 90",
        "1, 0.9",
        "0, 54",
        "-5, 54",
        "null, 54",
        "\"soon\", 54",
        "1e3, 990",
        "999999999999, 86390",
        "9223372036854775807, 86390"
    })
    void however_absurd_its_life_a_token_is_used_for_a_sensible_time(String expiresIn, double usable) {
        server.answer(request -> ScriptedClient.Reply.json("{\"access_token\":\"t" + count.incrementAndGet()
                + "\",\"token_type\":\"bearer\",\"expires_in\":" + expiresIn.replace("'", "") + "}"));
        TokenSigner signer = signer();
        signer.sign(PAY);
        server.fail(new IOException("down"));
        time.advance((long) (usable * 1e9) - 1);
        assertThat(authorization(signer.sign(PAY))).isEqualTo("Bearer t1");
        time.advance(1);
        assertThatThrownBy(() -> signer.sign(PAY)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void a_token_that_shows_its_dates_needs_no_expires_in_and_no_right_clock() {
        String token = jwt(Map.of("iat", 1000L, "exp", 1200L));
        server.answer(
                request -> ScriptedClient.Reply.json("{\"access_token\":\"" + token + "\",\"token_type\":\"Bearer\"}"));
        TokenSigner signer = signer();
        signer.sign(PAY);
        server.fail(new IOException("down"));
        time.advance(Duration.ofSeconds(190).minusNanos(1));
        signer.sign(PAY);
        time.advance(1);
        assertThatThrownBy(() -> signer.sign(PAY)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {-600, 600})
    void a_date_that_is_off_by_ten_minutes_or_jumps_shortens_no_token(long seconds) {
        TokenSigner signer = signer();
        signer.sign(PAY);
        time.jumpDate(Duration.ofSeconds(seconds));
        for (int i = 0; i < 69; i++) {
            assertThat(authorization(signer.sign(PAY))).isEqualTo("Bearer t1");
            time.advance(Duration.ofSeconds(1));
        }
        assertThat(count).hasValue(1);
    }

    @ParameterizedTest
    @ValueSource(longs = {-600, 600})
    void an_assertion_is_dated_by_the_servers_clock_once_that_is_known(long seconds) {
        String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(
                env.now().plusSeconds(seconds).atOffset(ZoneOffset.UTC));
        long theirs = env.now().getEpochSecond() + seconds;
        server.answer(request -> {
            try {
                Object issued = SignedJWT.parse(form(request).get("client_assertion"))
                        .getPayload()
                        .toJSONObject()
                        .get("iat");
                boolean right = Math.abs((Long) issued - theirs) < 5;
                return (right ? token("t", 100) : ScriptedClient.Reply.of(401, "{\"error\":\"invalid_client\"}"))
                        .with("Date", date);
            } catch (java.text.ParseException e) {
                throw new IllegalStateException(e);
            }
        });
        TokenSigner signer = Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", server)
                .privateKeyJwt("k", "ES256", TestCertificates.pair("EC", 256).getPrivate())
                .environment(env);
        assertThat(authorization(signer.sign(PAY))).isEqualTo("Bearer t");
        assertThat(server.requests).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Fri, 02 Jan 2026 09:04:05 GMT", "yesterday", "Fri, 02 Jan 2026 03:04:08 GMT"})
    void a_date_that_is_absurd_or_near_changes_nothing(String date) {
        server.answer(request ->
                ScriptedClient.Reply.of(401, "{\"error\":\"invalid_client\"}").with("Date", date));
        TokenSigner signer = Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", server)
                .privateKeyJwt("k", "ES256", TestCertificates.pair("EC", 256).getPrivate())
                .environment(env);
        assertThatThrownBy(() -> signer.sign(PAY)).rootCause().hasMessageContaining("invalid_client");
        assertThat(server.requests).hasSize(1);
    }

    // ---- sharing ---------------------------------------------------------------------------------------------------

    @Test
    void signers_made_from_one_another_share_the_token_of_one_scope_audience_and_resource() {
        TokenSigner base = signer();
        TokenSigner pay = base.scope("pay").audience("a").resource("r");
        assertThat(authorization(pay.sign(PAY))).isEqualTo("Bearer t1");
        assertThat(authorization(base.resource("r").audience("a").scope("pay").sign(PAY)))
                .isEqualTo("Bearer t1");
        assertThat(authorization(pay.rejectedUnprocessed().sign(PAY))).isEqualTo("Bearer t1");
        assertThat(authorization(base.scope("refund").sign(PAY))).isEqualTo("Bearer t2");
        assertThat(count).hasValue(2);
        HttpRequest rejected = pay.sign(PAY);
        pay.answered(rejected, 401, headers());
        assertThat(authorization(base.scope("pay").audience("a").resource("r").sign(PAY)))
                .isEqualTo("Bearer t3");
    }

    @Test
    void no_token_is_shared_across_credentials_keys_or_clients() throws Exception {
        TokenSigner base = signer();
        KeyPair pair = TestCertificates.pair("EC", 256);
        List<TokenSigner> others = List.of(
                base,
                base.secret("another"),
                base.secretInBody("hush"),
                base.privateKeyJwt("k", "ES256", pair.getPrivate()),
                Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", server)
                        .secret("hush")
                        .environment(env),
                base.fetchTimeout(Duration.ofSeconds(3)));
        for (int i = 0; i < others.size(); i++) {
            assertThat(authorization(others.get(i).sign(PAY))).isEqualTo("Bearer t" + (i + 1));
        }
        server.answer(request -> ScriptedClient.Reply.json(
                "{\"access_token\":\"d" + count.incrementAndGet() + "\",\"token_type\":\"DPoP\"}"));
        String first = authorization(base.dpop().sign(PAY));
        assertThat(authorization(base.dpop().sign(PAY))).isNotEqualTo(first);
    }

    @Test
    void what_changes_nothing_of_the_token_shares_it() {
        Grant.Family family = new Grant.Family();
        TokenOptions options = new TokenOptions("me", server);
        options.tokenEndpoint = TOKEN_ENDPOINT;
        Grant kept = family.of(options);
        assertThat(family.of(options.with(o -> o.rejectedUnprocessed = true))).isSameAs(kept);
        assertThat(family.of(options.with(o -> o.plainHttp = true))).isNotSameAs(kept);
    }

    // ---- while the server is down ----------------------------------------------------------------------------------

    @Test
    void a_server_that_is_down_stalls_no_call_while_the_token_is_usable() {
        TokenSigner signer = signer();
        signer.sign(PAY);
        server.fail(new IOException("connection refused"));
        for (int i = 0; i < 899; i++) {
            CompletableFuture<HttpRequest> signed = signer.signAsync(PAY).toCompletableFuture();
            assertThat(signed).isCompleted();
            assertThat(authorization(signed.join())).isEqualTo("Bearer t1");
            time.advance(Duration.ofMillis(100));
        }
        assertThat(server.requests).hasSizeBetween(2, 12);
        server.answer(this::answer);
        time.advance(Duration.ofSeconds(20));
        assertThat(authorization(signer.sign(PAY))).isEqualTo("Bearer t2");
    }

    @Test
    void a_slow_server_stalls_no_call_while_the_token_is_usable_and_is_asked_once() {
        List<CompletableFuture<ScriptedClient.Reply>> pending = new ArrayList<>();
        ScriptedClient slow = ScriptedClient.keeping(pending);
        TokenSigner signer = Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", slow)
                .secret("x")
                .environment(env);
        List<CompletableFuture<HttpRequest>> waiting = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            waiting.add(signer.signAsync(PAY).toCompletableFuture());
        }
        waiting.get(0).cancel(true);
        assertThat(pending).hasSize(1);
        pending.get(0).complete(token("t1", 100));
        assertThat(waiting.subList(1, 1000))
                .allSatisfy(w -> assertThat(authorization(w.join())).isEqualTo("Bearer t1"));
        time.advance(Duration.ofSeconds(85));
        for (int i = 0; i < 1000; i++) {
            assertThat(authorization(signer.signAsync(PAY).toCompletableFuture().getNow(PAY)))
                    .isEqualTo("Bearer t1");
        }
        assertThat(pending).hasSize(2);
    }

    // ---- rejected --------------------------------------------------------------------------------------------------

    @Test
    void a_401_drops_the_token_that_was_rejected_and_only_that() {
        TokenSigner signer = signer();
        List<HttpRequest> sent = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            sent.add(signer.sign(PAY));
        }
        for (HttpRequest one : sent) {
            assertThat(signer.answered(one, 401, headers())).isEqualTo(Delivery.UNKNOWN);
            assertThat(authorization(signer.sign(PAY))).isEqualTo("Bearer t2");
        }
        assertThat(count).hasValue(2);
    }

    @Test
    void other_answers_drop_nothing() {
        TokenSigner signer = signer();
        HttpRequest sent = signer.sign(PAY);
        for (int status : new int[] {200, 400, 403, 404, 500, 503}) {
            assertThat(signer.answered(sent, status, headers())).isNull();
        }
        assertThat(authorization(signer.sign(PAY))).isEqualTo("Bearer t1");
    }

    @Test
    void a_post_is_repeated_only_where_401_is_said_to_mean_unprocessed() {
        TokenSigner signer = signer().rejectedUnprocessed();
        assertThat(signer.answered(signer.sign(PAY), 401, headers())).isEqualTo(Delivery.NOT_PROCESSED);
    }

    @Test
    void a_server_that_rejects_every_token_causes_no_storm() {
        TokenSigner signer = signer();
        for (int i = 0; i < 10_000; i++) {
            signer.answered(signer.sign(PAY), 401, headers());
            time.advance(Duration.ofMillis(10));
        }
        // 100 s: at 0, 1, 3, 7, 15, 31 and 63 s, and the first fetch
        assertThat(count.get()).isBetween(5, 10);
    }

    @Test
    void tokens_that_end_earlier_than_promised_are_replaced_each_time() {
        TokenSigner signer = signer();
        for (int i = 1; i <= 10; i++) {
            HttpRequest sent = signer.sign(PAY);
            assertThat(authorization(sent)).isEqualTo("Bearer t" + i);
            time.advance(Duration.ofSeconds(5));
            assertThat(signer.answered(sent, 401, headers())).isNotNull();
        }
    }

    // ---- secrets ---------------------------------------------------------------------------------------------------

    @Test
    void no_secret_is_shown() {
        List<String> shown = new ArrayList<>();
        server.answer(request -> ScriptedClient.Reply.of(
                400,
                "{\"error\":\"invalid_client\",\"error_description\":\"secret hush-hush of token tkn-1 is wrong\"}"));
        TokenSigner basic = Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", server)
                .secret("hush-hush")
                .environment(env);
        TokenSigner post = Tokens.clientCredentialsAt(TOKEN_ENDPOINT, "me", server)
                .secretInBody("hush-hush")
                .environment(env);
        for (TokenSigner signer : List.of(basic, post)) {
            try {
                signer.sign(PAY);
            } catch (IllegalStateException e) {
                StringWriter trace = new StringWriter();
                e.printStackTrace(new PrintWriter(trace));
                shown.add(trace.toString());
            }
            shown.add(signer.toString());
        }
        assertThat(shown).hasSize(4);
        server.answer(request -> ScriptedClient.Reply.json("{\"access_token\":\"tkn-1\",\"token_type\":\"tkn-1\"}"));
        time.advance(Duration.ofSeconds(1));
        assertThatThrownBy(() -> basic.sign(PAY))
                .satisfies(e -> shown.add(e.getCause().toString()));
        String all = shown.stream().collect(Collectors.joining("\n"));
        String encoded = Base64.getEncoder().encodeToString("me:hush-hush".getBytes(StandardCharsets.US_ASCII));
        assertThat(all).contains("invalid_client").doesNotContain("hush-hush", "tkn-1", encoded);
    }
}
