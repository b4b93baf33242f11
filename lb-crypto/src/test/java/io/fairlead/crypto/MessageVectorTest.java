package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.crypto.StructuredField.InnerList;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The examples of RFC 9421 and RFC 9530, in both directions. */
class MessageVectorTest {

    static Stream<Vectors.Case> components() {
        return Vectors.cases("rfc9421_components").stream();
    }

    static Stream<Vectors.Case> signatures() {
        return Vectors.cases("rfc9421_signatures").stream();
    }

    static Stream<Vectors.Case> digests() {
        return Vectors.cases("rfc9530_digest").stream();
    }

    private static HttpMessage message(Vectors.Case message, String scheme) {
        Map<String, List<String>> headers = new LinkedHashMap<>();
        for (List<String> header : message.pairs("headers")) {
            headers.computeIfAbsent(header.get(0), n -> new ArrayList<>()).add(header.get(1));
        }
        headers = HttpMessage.lowerCase(headers);
        if (!message.text("kind").equals("request")) {
            return new HttpMessage(null, message.has("status") ? (int) message.number("status") : 0, headers, null);
        }
        String[] target = message.text("target").split("\\?", 2);
        return new HttpMessage(
                new HttpMessage.Target(
                        message.text("method"),
                        scheme,
                        headers.get("host").get(0),
                        target[0],
                        target.length > 1 ? target[1] : null),
                0,
                headers,
                null);
    }

    @ParameterizedTest
    @MethodSource
    void components(Vectors.Case test) {
        HttpMessage message = message(test.object("message"), test.text("scheme"));
        for (Vectors.Case line : test.list("component_lines")) {
            Component component = Component.parse(line.text("identifier"));
            assertThat(component).hasToString(line.text("identifier"));
            assertThat(SignatureBase.value(component, message)).isEqualTo(line.text("value"));
        }
    }

    /** RFC 9421, section 2.1.2. */
    @Test
    void the_keys_of_a_dictionary() {
        HttpMessage message = new HttpMessage(
                null, 200, Map.of("example-dict", List.of("a=1, b=2;x=1;y=2, c=(a   b    c), d")), null);
        Map<String, String> lines = Map.of("a", "1", "d", "?1", "b", "2;x=1;y=2", "c", "(a b c)");
        lines.forEach((key, value) -> assertThat(
                        SignatureBase.value(Component.parse("example-dict;key=\"" + key + "\""), message))
                .isEqualTo(value));
    }

    /** RFC 9421, section 2.2.8. */
    @Test
    void the_parameters_of_a_query_are_encoded_anew() {
        HttpRequest request = HttpRequest.newBuilder(URI.create(
                        "https://h/parameters?var=this%20is%20a%20big%0Amultiline%20value&bar=with+plus+whitespace"
                                + "&fa%C3%A7ade%22%3A%20=something&tilde=~&twice=1&twice=2&empty"))
                .build();
        Map<String, String> lines = Map.of(
                "var",
                "this%20is%20a%20big%0Amultiline%20value",
                "bar",
                "with%20plus%20whitespace",
                "fa%C3%A7ade%22%3A%20",
                "something",
                "tilde",
                "%7E",
                "empty",
                "");
        HttpMessage message = HttpMessage.of(request);
        lines.forEach((name, value) -> assertThat(
                        SignatureBase.value(Component.parse("@query-param;name=\"" + name + "\""), message))
                .isEqualTo(value));
        assertThatThrownBy(() -> SignatureBase.value(Component.parse("@query-param;name=\"twice\""), message))
                .hasMessageContaining("more than once");
        assertThatThrownBy(() -> SignatureBase.value(Component.parse("@query-param;name=\"none\""), message))
                .hasMessageContaining("not in the query");
    }

    private static MessageVerifier verifier(Vectors.Case test) {
        long created = Long.parseLong(test.text("signature_input").replaceAll(".*created=(\\d+).*", "$1"));
        MessageVerifier verifier = Verifiers.httpMessage()
                .require()
                .environment(Environment.builder()
                        .instants(InstantSource.fixed(Instant.ofEpochSecond(created)))
                        .build());
        for (Vectors.Case key : Vectors.file("rfc9421_signatures").list("keys")) {
            verifier = key.has("secret_b64")
                    ? verifier.secret(key.text("keyid"), key.base64("secret_b64"))
                    : verifier.key(key.text("keyid"), key.text("alg"), Keys.publicKey(key.text("public_pem")));
        }
        return verifier;
    }

    private static String verify(Vectors.Case test, String input, String signature, String body)
            throws SignatureException {
        HttpMessage message = message(test.object("message"), "https");
        Map<String, List<String>> headers = new HashMap<>(message.headers());
        headers.put("Signature-Input", List.of(input));
        headers.put("Signature", List.of(signature));
        headers.remove("signature-input");
        headers.remove("signature");
        HttpMessage.Target target = message.target();
        return verifier(test)
                .verifyRequest(
                        target.method(),
                        target.scheme(),
                        target.authority(),
                        target.path(),
                        target.query(),
                        headers,
                        body.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @MethodSource
    void signatures(Vectors.Case test) throws Exception {
        HttpMessage message = message(test.object("message"), "https");
        String input = test.text("signature_input");
        InnerList parameters = (InnerList) StructuredParser.dictionary(input).get(test.text("label"));
        assertThat(SignatureBase.text(parameters, message)).isEqualTo(test.text("signature_base"));
        String signature = test.text("label") + "=:" + test.text("signature_b64") + ":";
        String body = test.object("message").text("body");
        if (test.text("expect").equals("valid")) {
            assertThat(verify(test, input, signature, body)).isEqualTo(test.text("keyid"));
        } else {
            assertThatThrownBy(() -> verify(test, input, signature, body)).isInstanceOf(SignatureException.class);
        }
    }

    @ParameterizedTest
    @MethodSource("signatures")
    void no_mutation_of_a_signature_or_its_parameters_is_valid(Vectors.Case test) {
        String input = test.text("signature_input");
        String signature = test.text("label") + "=:" + test.text("signature_b64") + ":";
        String body = test.object("message").text("body");
        Vectors.mutations(
                input,
                bad -> assertThatThrownBy(() -> verify(test, bad, signature, body))
                        .as(bad)
                        .isInstanceOf(SignatureException.class));
        Vectors.mutations(
                signature,
                bad -> assertThatThrownBy(() -> verify(test, input, bad, body))
                        .as(bad)
                        .isInstanceOf(SignatureException.class));
        if (input.contains("content-digest")) {
            Vectors.mutations(
                    body,
                    bad -> assertThatThrownBy(() -> verify(test, input, signature, bad))
                            .as(bad)
                            .isInstanceOf(SignatureException.class)
                            .hasMessageContaining("Content-Digest"));
        }
    }

    private static Environment at(long second) {
        return Environment.builder()
                .instants(InstantSource.fixed(Instant.ofEpochSecond(second)))
                .build();
    }

    /** Through the signer as a user has it. */
    @Test
    void the_signer_makes_the_signatures_of_the_appendix() {
        Vectors.Case b25 = Vectors.get("rfc9421_signatures", "B.2.5");
        byte[] secret = Vectors.file("rfc9421_signatures").list("keys").stream()
                .filter(k -> k.has("secret_b64"))
                .findFirst()
                .orElseThrow()
                .base64("secret_b64");
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://example.com/foo?param=Value&Pet=dog"))
                .header("Date", "Tue, 20 Apr 2021 02:07:55 GMT")
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{\"hello\": \"world\"}"))
                .build();
        HttpRequest signed = Signers.httpMessage("test-shared-secret", secret)
                .components("date", "@authority", "content-type")
                .label("sig-b25")
                .withoutNonce()
                .environment(at(1618884473))
                .sign(request);
        assertThat(signed.headers().firstValue("Signature-Input")).hasValue(b25.text("signature_input"));
        assertThat(signed.headers().firstValue("Signature")).hasValue("sig-b25=:" + b25.text("signature_b64") + ":");
        Vectors.Case b4 = Vectors.get("rfc9421_signatures", "B.4-original");
        HttpRequest get = HttpRequest.newBuilder(URI.create("https://example.org/demo?name1=Value1&Name2=value2"))
                .header("Accept", "application/json")
                .header("Accept", "*/*")
                .build();
        HttpRequest transform = Signers.httpMessage("test-key-ed25519", "ed25519", key("test-key-ed25519"))
                .components("@method", "@path", "@authority", "accept")
                .label("transform")
                .withoutNonce()
                .environment(at(1618884473))
                .sign(get);
        assertThat(transform.headers().firstValue("Signature-Input")).hasValue(b4.text("signature_input"));
        assertThat(transform.headers().firstValue("Signature"))
                .hasValue("transform=:" + b4.text("signature_b64") + ":");
    }

    private static java.security.PrivateKey key(String id) {
        return Keys.privateKey(Vectors.file("rfc9421_signatures").list("keys").stream()
                .filter(k -> k.text("keyid").equals(id))
                .findFirst()
                .orElseThrow()
                .text("private_pem"));
    }

    @ParameterizedTest
    @MethodSource
    void digests(Vectors.Case test) {
        byte[] body = test.base64("body_b64");
        assertThat(ContentDigest.matches(List.of(test.text("field_value")), body))
                .isTrue();
        test.object("digests")
                .json()
                .forEach((name, digest) -> assertThat(ContentDigest.value(
                                name, ContentDigest.digest(name).digest(body)))
                        .isEqualTo(name + "=:" + digest + ":"));
        Vectors.mutations(
                body,
                bad -> assertThat(ContentDigest.matches(List.of(test.text("field_value")), bad))
                        .isFalse());
    }

    @Test
    void a_digest_of_unknown_algorithms_alone_proves_nothing() {
        assertThat(ContentDigest.matches(List.of("md5=:1B2M2Y8AsgTpgAmY7PhCfg==:"), new byte[0]))
                .isFalse();
        assertThat(ContentDigest.matches(List.of(""), new byte[0])).isFalse();
        assertThatThrownBy(() -> ContentDigest.digest("md5")).hasMessageContaining("sha-256 or sha-512");
    }
}
