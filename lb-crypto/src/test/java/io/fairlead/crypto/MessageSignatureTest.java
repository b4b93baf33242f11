package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.SignatureException;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MessageSignatureTest {

    private static final byte[] SECRET = "a secret of thirty-two bytes ...".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] OTHER = "another one of thirty-two bytes.".getBytes(StandardCharsets.US_ASCII);

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(7);
    private final MessageSigner signer = Signers.httpMessage("shop", SECRET).environment(env);
    private final MessageVerifier verifier =
            Verifiers.httpMessage().secret("shop", SECRET).environment(env);
    private HttpServer server;

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
        }
    }

    private static HttpRequest post(String body) {
        return HttpRequest.newBuilder(URI.create("https://bank.example:443/pay?x=1&y=a+b"))
                .header("Content-Type", "application/json")
                .header("Example", "a=1,   b=(x  y);z")
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    private static String verify(MessageVerifier by, HttpRequest signed, String body) throws SignatureException {
        HttpMessage.Target target = HttpMessage.target(signed);
        return by.verifyRequest(
                target.method(),
                target.scheme(),
                target.authority(),
                target.path(),
                target.query(),
                signed.headers().map(),
                body.getBytes(StandardCharsets.UTF_8));
    }

    private static void refused(MessageVerifier by, HttpRequest signed, String body, String why) {
        assertThatThrownBy(() -> verify(by, signed, body))
                .isInstanceOf(SignatureException.class)
                .hasMessageContaining(why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"rsa-pss-sha512", "rsa-v1_5-sha256", "ecdsa-p256-sha256", "ecdsa-p384-sha384", "ed25519"})
    void every_algorithm_in_both_directions(String algorithm) throws Exception {
        KeyPair pair = switch (algorithm) {
            case "ecdsa-p256-sha256" -> TestCertificates.pair("EC", 256);
            case "ecdsa-p384-sha384" -> TestCertificates.pair("EC", 384);
            case "ed25519" -> TestCertificates.pair("Ed25519", 0);
            default -> TestCertificates.pair("RSA", 2048);
        };
        MessageSigner by = Signers.httpMessage("k", algorithm, pair.getPrivate())
                .components("@method", "@target-uri", "content-digest", "example;sf", "example;key=\"b\"", "example;bs")
                .digest("sha-512")
                .withAlgorithm()
                .validity(Duration.ofMinutes(1))
                .tag("fapi-2-request")
                .environment(env);
        HttpRequest signed = by.sign(post("{}"));
        assertThat(signed.headers().firstValue("Signature-Input").orElseThrow())
                .matches("sig1=\\(\"@method\" \"@target-uri\" \"content-digest\" \"example\";sf \"example\";key=\"b\""
                        + " \"example\";bs\\);created=1767323045;keyid=\"k\";alg=\"" + algorithm
                        + "\";expires=1767323105;nonce=\"[0-9a-f]{32}\";tag=\"fapi-2-request\"");
        MessageVerifier checks = Verifiers.httpMessage()
                .key("k", algorithm, pair.getPublic())
                .tag("fapi-2-request")
                .label("sig1")
                .environment(env);
        assertThat(verify(checks, signed, "{}")).isEqualTo("k");
        refused(checks, signed, "{ }", "Content-Digest");
        refused(checks.tag("other"), signed, "{}", "no signature by a known key");
        refused(checks.label("sig2"), signed, "{}", "no signature");
        time.advance(Duration.ofSeconds(61));
        refused(checks, signed, "{}", "has expired");
    }

    @Test
    void what_must_be_covered_is_covered_by_default() throws Exception {
        HttpRequest signed = signer.sign(post("{}"));
        assertThat(verify(verifier, signed, "{}")).isEqualTo("shop");
        refused(verifier, signer.components("@method").sign(post("{}")), "{}", "\"@target-uri\" is not covered");
        refused(verifier.require("content-type"), signed, "{}", "\"content-type\" is not covered");
        HttpRequest get =
                HttpRequest.newBuilder(URI.create("https://bank.example/")).build();
        assertThat(verify(verifier, signer.sign(get), "")).isEqualTo("shop");
    }

    @Test
    void several_signatures_stand_side_by_side_and_one_may_cover_another() throws Exception {
        MessageSigner second = Signers.httpMessage("gate", OTHER)
                .components("@method", "@target-uri", "content-digest", "signature;key=\"sig1\"")
                .label("gate")
                .environment(env);
        HttpRequest both = second.sign(signer.sign(post("{}")));
        assertThat(verify(verifier, both, "{}")).isEqualTo("shop");
        MessageVerifier gate = Verifiers.httpMessage().secret("gate", OTHER).environment(env);
        assertThat(verify(gate, both, "{}")).isEqualTo("gate");
        assertThat(verify(verifier.secret("gate", OTHER).label("gate"), both, "{}"))
                .isEqualTo("gate");
        assertThatThrownBy(() -> signer.sign(both))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("label sig1 is taken by another signature of the message");
    }

    @Test
    void the_key_decides_the_algorithm_and_not_the_message() {
        KeyPair rsa = TestCertificates.pair("RSA", 2048);
        HttpRequest signed = Signers.httpMessage("k", "rsa-v1_5-sha256", rsa.getPrivate())
                .environment(env)
                .sign(post("{}"));
        MessageVerifier pss = Verifiers.httpMessage()
                .key("k", "rsa-pss-sha512", rsa.getPublic())
                .environment(env);
        refused(pss, signed, "{}", "wrong signature");
        HttpRequest named = Signers.httpMessage("k", "rsa-v1_5-sha256", rsa.getPrivate())
                .withAlgorithm()
                .environment(env)
                .sign(post("{}"));
        refused(pss, named, "{}", "alg is not the algorithm of the key");
        // The public key as an HMAC secret, which a verifier that believed the message would take.
        HttpRequest confused = Signers.httpMessage("k", rsa.getPublic().getEncoded())
                .withAlgorithm()
                .environment(env)
                .sign(post("{}"));
        refused(pss, confused, "{}", "alg is not the algorithm of the key");
    }

    @Test
    void an_unsigned_a_stale_and_a_foreign_message_are_refused() {
        refused(verifier, post("{}"), "{}", "no signature");
        refused(
                verifier,
                Signers.httpMessage("other", OTHER).environment(env).sign(post("{}")),
                "{}",
                "no signature by");
        refused(
                verifier,
                Signers.httpMessage("shop", OTHER).environment(env).sign(post("{}")),
                "{}",
                "wrong signature");
        HttpRequest signed = signer.sign(post("{}"));
        time.jumpDate(Duration.ofSeconds(301));
        refused(verifier, signed, "{}", "300 s away");
        time.jumpDate(Duration.ofSeconds(-602));
        refused(verifier, signed, "{}", "300 s away");
    }

    @Test
    void a_replay_is_refused_if_nonces_are_remembered() throws Exception {
        MessageVerifier once = verifier.rememberNonces(10);
        HttpRequest signed = signer.sign(post("{}"));
        assertThat(verify(once, signed, "{}")).isEqualTo("shop");
        refused(once, signed, "{}", "replayed nonce");
        refused(once, signer.withoutNonce().sign(post("{}")), "{}", "no nonce");
        assertThat(verify(verifier, signed, "{}")).isEqualTo("shop");
    }

    @Test
    void bad_settings_are_refused_by_name() {
        KeyPair rsa = TestCertificates.pair("RSA", 2048);
        assertThatThrownBy(() -> Signers.httpMessage("k", "rsa-sha1", rsa.getPrivate()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("algorithm is \"rsa-sha1\"");
        assertThatThrownBy(() -> Signers.httpMessage("k", "ed25519", rsa.getPrivate()))
                .hasMessageContaining("private key of k is a key of the type RSA");
        assertThatThrownBy(() -> Signers.httpMessage("k\nx", SECRET)).hasMessageStartingWith("key id");
        assertThatThrownBy(() -> Signers.httpMessage("k\"", SECRET)).hasMessageStartingWith("key id");
        assertThatThrownBy(() -> Signers.httpMessage("k", new byte[31])).hasMessageContaining("31 bytes long");
        for (String bad : List.of(
                "@status",
                "@nothing",
                "a b",
                "x;req",
                "x;tr",
                "x;unknown",
                "x;bs;sf",
                "@method;sf",
                "@query-param",
                "x;name=\"a\"",
                "x;key=1",
                "",
                "x\ny")) {
            assertThatThrownBy(() -> signer.components(bad)).as(bad).isInstanceOf(IllegalArgumentException.class);
        }
        assertThatThrownBy(() -> signer.label("Sig")).hasMessageContaining("label");
        assertThatThrownBy(() -> signer.tag("a\nb")).hasMessageContaining("tag");
        assertThatThrownBy(() -> signer.digest("md5")).hasMessageContaining("digest algorithm");
        assertThatThrownBy(() -> signer.validity(Duration.ZERO)).hasMessageContaining("validity");
        assertThatThrownBy(() -> signer.components("@method", "@method").sign(post("{}")))
                .hasMessageContaining("covered twice");
        assertThatThrownBy(() -> signer.components("x-missing").sign(post("{}")))
                .hasMessageContaining("x-missing");
        assertThat(signer + " " + verifier).isEqualTo("MessageSigner[shop] MessageVerifier[shop]");
    }

    @Test
    void every_byte_of_what_is_covered_counts() {
        HttpRequest signed = signer.components("@method", "@target-uri", "content-digest", "content-type")
                .sign(post("{}"));
        String type = "application/json";
        Vectors.mutations(type, bad -> {
            Map<String, List<String>> headers =
                    new HashMap<>(HttpMessage.lowerCase(signed.headers().map()));
            headers.put("content-type", List.of(bad));
            assertThatThrownBy(() -> verifier.verifyRequest(
                            "POST",
                            "https",
                            "bank.example",
                            "/pay",
                            "x=1&y=a+b",
                            headers,
                            "{}".getBytes(StandardCharsets.UTF_8)))
                    .as(bad)
                    .isInstanceOf(SignatureException.class);
        });
    }

    // ---- on the wire -----------------------------------------------------------------------------------------------

    private URI serve(boolean honest) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> answer(exchange, honest));
        server.start();
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    private void answer(HttpExchange exchange, boolean honest) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        HttpMessage.Target target = new HttpMessage.Target(
                exchange.getRequestMethod(),
                "http",
                exchange.getRequestHeaders().getFirst("Host"),
                exchange.getRequestURI().getRawPath(),
                exchange.getRequestURI().getRawQuery());
        int status = 200;
        String answer;
        try {
            answer = verifier.verifyRequest(
                    target.method(),
                    target.scheme(),
                    target.authority(),
                    target.path(),
                    target.query(),
                    exchange.getRequestHeaders(),
                    body);
        } catch (SignatureException e) {
            status = 401;
            answer = e.getMessage();
        }
        HttpMessage request = new HttpMessage(target, 0, HttpMessage.lowerCase(exchange.getRequestHeaders()), null);
        responseHeaders(request, status, answer)
                .forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        byte[] bytes = (honest ? answer : answer + "!").getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        try (exchange) {
            exchange.getResponseBody().write(bytes);
        }
    }

    /* What FAPI 2.0 wants a response to cover. */
    private Map<String, String> responseHeaders(HttpMessage request, int status, String answer) {
        List<StructuredField.Item> items = List.of(
                Component.parse("@status").item(),
                Component.parse("content-digest").item(),
                Component.parse("@method;req").item(),
                Component.parse("@target-uri;req").item(),
                Component.parse("content-digest;req").item(),
                Component.parse("signature;req;key=\"sig1\"").item());
        Map<String, Object> parameters = new LinkedHashMap<>();
        parameters.put("created", time.date().getEpochSecond());
        parameters.put("keyid", "bank");
        MessageDraft draft = new MessageDraft(
                new HttpMessage(null, status, Map.of(), request),
                "sig1",
                new StructuredField.InnerList(items, parameters),
                MessageKey.hmac("bank", OTHER),
                "sha-256");
        java.security.MessageDigest sha256 = HmacKey.sha256();
        return draft.headers(
                java.util.HexFormat.of().formatHex(sha256.digest(answer.getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void requests_of_every_kind_arrive_as_signed_and_answers_are_verified_with_their_requests() throws Exception {
        URI base = serve(true);
        HttpClient client = HttpClient.newHttpClient();
        MessageVerifier bank = Verifiers.httpMessage()
                .secret("bank", OTHER)
                .require("@status", "content-digest", "@method;req", "signature;req;key=\"sig1\"")
                .environment(env);
        for (String target :
                List.of("", "/", "/?", "/a%2Fb/c;v=1", "/q?a+b=%2B&x=~%7E&x=", "/%E2%82%AC?%F0%9F%92%B6")) {
            for (HttpRequest.BodyPublisher body : List.of(
                    BodyPublishers.ofString("{\"amount\":1}"),
                    BodyPublishers.noBody(),
                    BodyPublishers.ofByteArray(new byte[50_000]),
                    BodyPublishers.fromPublisher(BodyPublishers.ofString("chunked")))) {
                HttpRequest signed = signer.sign(HttpRequest.newBuilder(URI.create(base + target))
                        .POST(body)
                        .build());
                assertThat(client.send(signed, bank.verified(BodyHandlers.ofString(), signed))
                                .body())
                        .as(target)
                        .isEqualTo("shop");
                assertThat(bank.verify(client.send(signed, BodyHandlers.ofByteArray()), signed))
                        .isEqualTo("bank");
            }
        }
    }

    @Test
    void an_answer_that_is_not_as_signed_fails_the_call() throws Exception {
        URI base = serve(false);
        HttpClient client = HttpClient.newHttpClient();
        MessageVerifier bank = Verifiers.httpMessage().secret("bank", OTHER).environment(env);
        HttpRequest signed = signer.sign(HttpRequest.newBuilder(base).build());
        assertThatThrownBy(() -> client.send(signed, bank.verified(BodyHandlers.ofString(), signed)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("not proven to be the partner's")
                .hasRootCauseInstanceOf(SignatureException.class);
        HttpRequest other = signer.sign(HttpRequest.newBuilder(base).build());
        assertThatThrownBy(() -> client.send(signed, bank.verified(BodyHandlers.ofString(), other)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("wrong signature");
        assertThatThrownBy(() -> client.send(signed, bank.verified(BodyHandlers.ofString(), null)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("request that was answered is not known");
    }
}
