package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.testing.ManualTime;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What signers and verifiers must never do: each test is one line of the list of what has gone wrong in others. The whole list, and what tests it:
 *
 * <table>
 *   <caption>line, test</caption>
 *   <tr><td>1<td>signed after every rewrite, afresh for each attempt<td>here; {@code SignedWireTest}, of the client
 *   <tr><td>2<td>no signature follows a redirect<td>here; {@code SignedRedirectTest}, of the client
 *   <tr><td>3<td>what the JDK sends is what was signed: host, default port, raw path, no second body<td>{@link HmacWireTest}, {@link CavageTest},
 *       {@link HmacBodyTest}; {@code SignedWireTest}, over HTTP/1.1 and HTTP/2
 *   <tr><td>4<td>the query in each scheme's own form<td>{@link MessageVectorTest}, {@link AwsSignerTest}, {@link MastercardTest}, {@link SchemeWireTest}
 *   <tr><td>5<td>no CR, LF, NUL, quotes<td>here; {@link WeChatPayTest}, {@link WebhooksTest}
 *   <tr><td>6<td>nonces<td>here
 *   <tr><td>7<td>one idempotency key, many nonces<td>here
 *   <tr><td>8<td>a nonce for each encryption, chosen by nobody<td>{@link BodyEncryptionTest}, {@link EnvelopeTest}
 *   <tr><td>9<td>the message chooses neither algorithm nor key<td>here; {@link MessageSignatureTest}, {@link TokenValidatorTest}, {@link BodyEncryptionTest}
 *   <tr><td>10<td>a missing signature is a failure; an old one, and a replay, too<td>here; {@link WeChatPayTest}, {@link WebhooksTest}
 *   <tr><td>11<td>verified before it is parsed, error replies too, and no more than 1 MiB<td>{@link WeChatPayTest}, {@link MessageSignatureTest}
 *   <tr><td>12<td>codes compared in constant time<td>here; one failure for all that does not open: {@link WeChatPayTest}, {@link JweVectorTest}
 *   <tr><td>13<td>another form of an ECDSA signature<td>here
 *   <tr><td>14<td>weak keys, wrong certificates<td>here; {@link KeysTest}, {@link DetachedTest}, {@link KeyRotationTest}, {@link TlsTest}, {@link WycheproofTest}
 *   <tr><td>15<td>clocks<td>{@link ClockFollowerTest}, {@link TokenValidatorTest}
 *   <tr><td>16<td>no secret shown<td>{@link NoSecretIsShownTest}, {@link TokenKeyTest}
 *   <tr><td>17<td>bombs, counts, long parts<td>{@link BodyEncryptionTest}
 *   <tr><td>18<td>platform certificates are verified by themselves, old ones kept<td>{@link WeChatPayCertificatesTest}
 * </table>
 */
class NegativeListTest {

    private static final byte[] SECRET = new byte[32];
    private static final byte[] BODY = "{\"a\":1}".getBytes(StandardCharsets.US_ASCII);
    private static final PrivateKey RSA = Keys.privateKey(Vectors.key("rsa-pkcs8"));
    private static final PublicKey RSA_PUBLIC = Keys.publicKey(Vectors.key("rsa-public"));

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(1);

    /** Every signer that has a date, by name, with its text parameters all taken from one value. */
    private static Map<String, Function<String, Function<Environment, RequestSigner>>> signers() {
        Map<String, Function<String, Function<Environment, RequestSigner>>> all = new LinkedHashMap<>();
        all.put("hmac", id -> Signers.hmacSha256(id, SECRET)::environment);
        all.put("http-message", id -> Signers.httpMessage(id, SECRET)::environment);
        all.put("http-message tag", id -> Signers.httpMessage("k", SECRET).tag(id)::environment);
        all.put("http-message label", id -> Signers.httpMessage("k", SECRET).label(id)::environment);
        all.put("aws id", id -> Signers.aws("r", "s", id, "secret")::environment);
        all.put("aws region", id -> Signers.aws(id, "s", "i", "secret")::environment);
        all.put("aws token", id -> Signers.aws("r", "s", "i", "secret").sessionToken(id)::environment);
        all.put("wechat mchid", id -> Signers.weChatPay(id, "AB", RSA)::environment);
        all.put("wechat serial", id -> Signers.weChatPay("1", id, RSA)::environment);
        all.put("alipay", id -> Signers.alipay(id, RSA)::environment);
        all.put("alipay v3", id -> Signers.alipayV3(id, RSA)::environment);
        all.put("alipay v3 serial", id -> Signers.alipayV3("1", id, RSA)::environment);
        all.put("antom", id -> Signers.antom(id, 1, RSA)::environment);
        all.put("cavage", id -> Signers.cavage(id, "rsa-sha256", RSA, "digest")::environment);
        all.put("open banking kid", id -> Signers.openBanking(id, "i", "t", RSA)::environment);
        all.put("open banking iss", id -> Signers.openBanking("k", id, "t", RSA)::environment);
        all.put("open banking tan", id -> Signers.openBanking("k", "i", id, RSA)::environment);
        all.put("mastercard", id -> Signers.mastercard(id, RSA)::environment);
        all.put("bearer", id -> Signers.bearer(id)::environment);
        return all;
    }

    private static HttpRequest.Builder request(String uri) {
        return HttpRequest.newBuilder(URI.create(uri))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .header("Idempotency-Key", "k-1")
                .POST(BodyPublishers.ofString("a=1"));
    }

    private static String proof(HttpRequest signed) {
        Map<String, List<String>> headers = new HashMap<>(signed.headers().map());
        headers.remove("Content-Type");
        headers.remove("Idempotency-Key");
        return headers.toString();
    }

    /** Line 1. */
    @Test
    void a_request_that_was_rewritten_is_not_proven_by_the_old_signature() {
        for (Function<Environment, RequestSigner> signer : List.<Function<Environment, RequestSigner>>of(
                Signers.hmacSha256("k", SECRET)::environment,
                Signers.httpMessage("k", SECRET)::environment,
                Signers.aws("r", "s", "i", "secret")::environment,
                Signers.cavage("k", "rsa-sha256", RSA, "host", "(request-target)")::environment,
                Signers.mastercard("c", RSA)::environment)) {
            Set<String> proofs = new HashSet<>();
            List<String> uris = List.of(
                    "https://a.example/x",
                    "https://b.example/x",
                    "https://a.example:8443/x",
                    "https://a.example/y",
                    "https://a.example/x?b=1");
            for (String uri : uris) {
                // The same nonce and date each time: what differs is what is signed.
                proofs.add(proof(signer.apply(new ManualTime().environment(1))
                        .sign(request(uri).build())));
            }
            assertThat(proofs).hasSameSizeAs(uris);
        }
    }

    /** Line 2: what is given a client to send signatures or secrets by refuses one that would take them elsewhere. */
    @Test
    void a_client_that_follows_redirects_is_given_nothing_to_sign() {
        HttpClient follows = ScriptedClient.following();
        List<Runnable> all = List.of(
                () -> Verifiers.weChatPayCertificates(
                        follows, URI.create("https://api.mch.weixin.qq.com/v3/certificates"), "k".repeat(32), env),
                () -> Tokens.clientCredentials("https://issuer.example", "shop", follows),
                () -> Tokens.validator("https://issuer.example", "us", follows));
        for (Runnable one : all) {
            assertThatThrownBy(one::run)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("follows redirects")
                    .hasMessageContaining("Redirect.NEVER");
        }
        assertThat(time.pendingTimers()).isZero();
    }

    static Stream<String> names() {
        return signers().keySet().stream();
    }

    /** Line 5. */
    @ParameterizedTest
    @MethodSource("names")
    void nothing_that_ends_a_line_or_a_quotation_enters_a_header_or_a_signed_text(String name) {
        for (String bad : List.of("a\rb", "a\nb", "a\0b", "a\"b", "a\\b", "a\u007fb", "a\u20acb", "")) {
            assertThatThrownBy(() -> signers().get(name).apply(bad).apply(env))
                    .as(name + " " + bad.codePoints().boxed().toList())
                    .isInstanceOf(IllegalArgumentException.class)
                    .satisfies(e -> assertThat(e.getMessage()).isNotBlank());
        }
    }

    /** Line 5, for a value of the request: the JDK refuses such a header, another kind of request need not. */
    @Test
    void a_line_feed_in_a_header_that_is_signed_is_refused() {
        HttpMessage message = new HttpMessage(
                new HttpMessage.Target("POST", "https", "a.example", "/", null),
                0,
                Map.of("x", List.of("1\r\ny: 2"), "host", List.of("a.example")),
                null);
        assertThatThrownBy(() -> SignatureBase.value(Component.parse("x"), message))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> Cavage.text(List.of("x"), message)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> AwsRequest.headers(message.headers())).isInstanceOf(IllegalArgumentException.class);
    }

    /** Line 6. */
    @Test
    void nonces_have_128_bits_of_the_secure_source_and_never_repeat() {
        Environment poor = Environment.builder().random(() -> 0L).build();
        Set<String> nonces = new HashSet<>();
        for (int i = 0; i < 10_000; i++) {
            String nonce = Signing.nonce(poor);
            assertThat(nonce).matches("[0-9a-f]{32}");
            assertThat(nonces.add(nonce)).isTrue();
        }
        Environment known = Environment.builder().secureRandom(new Random(7)).build();
        Environment same = Environment.builder().secureRandom(new Random(7)).build();
        assertThat(Signing.nonce(known)).isEqualTo(Signing.nonce(same));
    }

    /** Line 7. */
    @ParameterizedTest
    @MethodSource("names")
    void a_retry_keeps_the_idempotency_key_and_changes_what_proves(String name) {
        RequestSigner signer = signers().get(name).apply("abc").apply(env);
        HttpRequest request = request("https://a.example/x").build();
        HttpRequest first = signer.sign(request);
        time.advance(java.time.Duration.ofSeconds(1));
        HttpRequest second = signer.sign(request);
        assertThat(first.headers().allValues("Idempotency-Key"))
                .isEqualTo(second.headers().allValues("Idempotency-Key"))
                .containsExactly("k-1");
        boolean same = (proof(first) + SentBody.text(first)).equals(proof(second) + SentBody.text(second));
        assertThat(same).isEqualTo(name.equals("bearer") || name.equals("cavage")); // here cavage covers no date
    }

    private static String jws(String header) {
        String encoded =
                Base64.getUrlEncoder().withoutPadding().encodeToString(header.getBytes(StandardCharsets.UTF_8));
        String text = encoded + "." + Base64.getUrlEncoder().withoutPadding().encodeToString(BODY);
        byte[] signature =
                Signatures.maker(Algorithm.RSA_PSS_SHA256, RSA, "key").sign(text);
        return encoded + ".." + Base64.getUrlEncoder().withoutPadding().encodeToString(signature);
    }

    private static final String CLAIM = "http://openbanking.org.uk/";

    private static String header(String alg, String kid, String more, String crit) {
        return "{\"alg\":\"" + alg + "\",\"kid\":\"" + kid + "\"," + more + "\"" + CLAIM + "iat\":"
                + ManualTime.EPOCH.getEpochSecond() + ",\"" + CLAIM + "iss\":\"i\",\"" + CLAIM
                + "tan\":\"t\",\"crit\":[\"" + CLAIM + "iat\",\"" + CLAIM + "iss\",\"" + CLAIM + "tan\"" + crit + "]}";
    }

    /** Line 9. All of these are signed rightly by the key itself. */
    @Test
    void the_message_chooses_neither_algorithm_nor_key() throws Exception {
        Verifier verifier =
                Verifiers.openBanking(Map.of("k", RSA_PUBLIC), "i", "t").environment(env);
        verifier.verify(Map.of("x-jws-signature", List.of(jws(header("PS256", "k", "", "")))), BODY);
        String jwk = "\"jwk\":{\"kty\":\"RSA\"},\"jku\":\"https://evil.example\",\"x5u\":\"https://evil.example\",";
        verifier.verify(Map.of("x-jws-signature", List.of(jws(header("PS256", "k", jwk, "")))), BODY);
        List<String> bad = new ArrayList<>();
        for (String alg : List.of("none", "None", "NONE", "", "HS256", "RS256", "PS512", "ES256")) {
            bad.add(header(alg, "k", "", ""));
        }
        bad.add(header("PS256", "other", jwk, ""));
        bad.add(header("PS256", "k", "", ",\"exp\""));
        bad.add(header("PS256", "k", "\"kid\":\"k\",", ""));
        bad.add(header("PS256", "k", "\"alg\":\"none\",", ""));
        bad.add(header("PS256", "k", "\"b64\":false,", ""));
        bad.add("[]");
        for (String one : bad) {
            assertThatThrownBy(() -> verifier.verify(Map.of("x-jws-signature", List.of(jws(one))), BODY))
                    .as(one)
                    .isInstanceOf(SignatureException.class);
        }
    }

    private static List<Verifier> verifiers() {
        return List.of(
                Verifiers.weChatPay(Map.of("A", RSA_PUBLIC)),
                Verifiers.alipay(RSA_PUBLIC),
                Verifiers.alipayV3(RSA_PUBLIC),
                Verifiers.alipayNotifications(RSA_PUBLIC),
                Verifiers.antom("POST", "/", "C", RSA_PUBLIC),
                Verifiers.cavage(Map.of("k", RSA_PUBLIC), "rsa-sha256", "digest"),
                Verifiers.openBanking(Map.of("k", RSA_PUBLIC), "i", "t"),
                Verifiers.detached("X-Signature", "rsa-sha256", RSA_PUBLIC),
                Verifiers.stripe("whsec_0123456789abcdef"),
                Verifiers.standardWebhooks("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                Verifiers.adyen("00".repeat(32)),
                Verifiers.adyenPayload("00".repeat(32)));
    }

    /** Line 10. */
    @Test
    void a_message_without_signature_is_never_verified() {
        for (Verifier verifier : verifiers()) {
            for (byte[] body : List.of(new byte[0], BODY, "a=b".getBytes(StandardCharsets.US_ASCII))) {
                assertThatThrownBy(() -> verifier.verify(Map.of(), body))
                        .as(verifier.toString())
                        .isInstanceOf(SignatureException.class);
            }
        }
        HttpMessage none = HttpMessage.response(200, Map.of(), null);
        assertThat(none.headers()).isEmpty();
        assertThatThrownBy(() -> Verifiers.httpMessage()
                        .secret("k", SECRET)
                        .verifyRequest("GET", "https", "a.example", "/", null, Map.of(), BODY))
                .isInstanceOf(SignatureException.class);
        assertThatThrownBy(() -> Signers.hmacVerifier(Map.of("k", SECRET))
                        .verify("GET", "a.example", "/", null, List.of(), BODY))
                .isInstanceOf(SignatureException.class);
    }

    /** Line 12. Time cannot be measured here; what takes longer the more is right is not to be found where codes are compared. */
    @Test
    void codes_are_compared_in_constant_time() throws Exception {
        Set<String> byEquals = new HashSet<>();
        Set<String> byIsEqual = new HashSet<>();
        try (Stream<Path> sources = Files.list(Path.of("src", "main", "java", "io", "fairlead", "crypto"))) {
            for (Path source : sources.toList()) {
                String text = Files.readString(source);
                String name = source.getFileName().toString().replace(".java", "");
                if (text.contains("Arrays.equals(")) {
                    byEquals.add(name);
                }
                if (text.contains("MessageDigest.isEqual(")) {
                    byIsEqual.add(name);
                }
            }
        }
        // Public bytes: the first ones of a file, tags that are sent, what files hold, base64 as it was sent.
        assertThat(byEquals).containsExactlyInAnyOrder("Envelope", "EnvelopeTags", "FileWatch", "Values");
        assertThat(byIsEqual).contains("Macs", "HmacVerifier", "CavageReplies", "ContentDigest");
    }

    /** Line 13: whoever has seen a signature can make another valid one of it. */
    @Test
    void another_valid_form_of_a_signature_is_still_a_replay() throws Exception {
        KeyPair pair = TestCertificates.pair("EC", 256);
        MessageVerifier verifier = Verifiers.httpMessage()
                .key("k", "ecdsa-p256-sha256", pair.getPublic())
                .rememberNonces(100)
                .environment(env);
        HttpRequest signed = Signers.httpMessage("k", "ecdsa-p256-sha256", pair.getPrivate())
                .environment(env)
                .sign(request("https://a.example/x").build());
        byte[] raw = Base64.getDecoder()
                .decode(signed.headers().firstValue("Signature").orElseThrow().replaceAll("sig1=:(.*):", "$1"));
        BigInteger order = new BigInteger("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", 16);
        byte[] s = order.subtract(new BigInteger(1, raw, 32, 32)).toByteArray();
        byte[] other = raw.clone();
        for (int i = 0; i < 32; i++) {
            int from = s.length - 32 + i;
            other[32 + i] = from < 0 ? 0 : s[from];
        }
        String base = "sig1=:" + Base64.getEncoder().encodeToString(other) + ":";
        assertThat(verified(
                        verifier,
                        signed,
                        signed.headers().firstValue("Signature").orElseThrow()))
                .isEqualTo("k");
        assertThatThrownBy(() -> verified(verifier, signed, base)).hasMessage("replayed nonce");
        assertThat(verified(verifier.rememberNonces(10), signed, base))
                .as("it is valid in itself")
                .isEqualTo("k");
    }

    private static String verified(MessageVerifier verifier, HttpRequest signed, String signature)
            throws SignatureException {
        Map<String, List<String>> headers = new HashMap<>(signed.headers().map());
        headers.put("Signature", List.of(signature));
        return verifier.verifyRequest(
                "POST", "https", "a.example", "/x", null, headers, "a=1".getBytes(StandardCharsets.US_ASCII));
    }

    /** Line 13: the one form is not taken for the other. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void der_is_not_p1363_nor_the_other_way_round(boolean der) {
        KeyPair pair = TestCertificates.pair("EC", 256);
        Algorithm made = der ? Algorithm.ECDSA_P256_DER : Algorithm.ECDSA_P256;
        Algorithm checked = der ? Algorithm.ECDSA_P256 : Algorithm.ECDSA_P256_DER;
        byte[] signature = Signatures.maker(made, pair.getPrivate(), "key").sign("text");
        assertThat(Signatures.checker(made, pair.getPublic(), "key").isValid(signature, "text"))
                .isTrue();
        assertThat(Signatures.checker(checked, pair.getPublic(), "key").isValid(signature, "text"))
                .isFalse();
    }

    /** Line 14, for signers and verifiers, which take keys from anywhere. */
    @Test
    void a_weak_key_is_refused_by_whatever_would_use_it() {
        KeyPair weak = TestCertificates.pair("RSA", 1024);
        assertThatThrownBy(() -> Signers.weChatPay("1", "AB", weak.getPrivate()))
                .hasMessageContaining("1024 bits");
        assertThatThrownBy(() -> Signers.antom("C", 1, weak.getPrivate())).hasMessageContaining("1024 bits");
        assertThatThrownBy(() -> Verifiers.alipay(weak.getPublic())).hasMessageContaining("1024 bits");
        assertThatThrownBy(() -> Verifiers.cavage(Map.of("k", weak.getPublic()), "rsa-sha256", "date"))
                .hasMessageContaining("1024 bits");
        assertThatThrownBy(() -> Verifiers.httpMessage().key("k", "rsa-pss-sha512", weak.getPublic()))
                .hasMessageContaining("1024 bits");
    }
}
