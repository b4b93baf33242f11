package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MastercardTest {

    private final Environment env = new ManualTime().environment(3);
    private final PrivateKey key = Keys.privateKey(Vectors.key("rsa-pkcs8"));

    private static Map<String, String> parameters(HttpRequest signed) {
        String header = signed.headers().firstValue("Authorization").orElseThrow();
        assertThat(header).startsWith("OAuth ");
        Map<String, String> parameters = new LinkedHashMap<>();
        for (String one : header.substring(6).split(",")) {
            parameters.put(one.substring(0, one.indexOf('=')), one.substring(one.indexOf('"') + 1, one.length() - 1));
        }
        return parameters;
    }

    @Test
    void the_body_hash_of_the_sdk() {
        Vectors.Case test = Vectors.get("mastercard_oauth1", "bodyhash-utf8");
        HttpRequest signed = Signers.mastercard("key!1", key)
                .sign(HttpRequest.newBuilder(URI.create("https://sandbox.api.mastercard.com/service"))
                        .POST(BodyPublishers.ofString(test.text("body")))
                        .build());
        assertThat(parameters(signed)).containsEntry("oauth_body_hash", test.text("value"));
    }

    /** Written out by hand after RFC 5849, section 3.4.1, and the two differences that the class names. */
    @Test
    void the_text_that_is_signed() {
        HttpRequest signed = Signers.mastercard("key!1", key)
                .environment(env)
                .sign(HttpRequest.newBuilder(
                                URI.create("HTTPS://Sandbox.API.mastercard.com:443/v1/a%20b?b=2&a=x%20y&a=w&c"))
                        .build());
        Map<String, String> sent = parameters(signed);
        assertThat(sent.keySet())
                .containsExactly(
                        "oauth_body_hash",
                        "oauth_consumer_key",
                        "oauth_nonce",
                        "oauth_signature",
                        "oauth_signature_method",
                        "oauth_timestamp",
                        "oauth_version");
        assertThat(sent)
                .containsEntry("oauth_body_hash", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
                .containsEntry("oauth_signature_method", "RSA-SHA256")
                .containsEntry("oauth_timestamp", "1767323045");
        String text =
                "GET&https%3A%2F%2Fsandbox.api.mastercard.com%2Fv1%2Fa%2520b&a%3Dw%26a%3Dx%2520y%26b%3D2%26c%3D%26"
                        + "oauth_body_hash%3D47DEQpj8HBSa%2B%2FTImW%2B5JCeuQeRkm5NMpJWZG3hSuFU%3D%26oauth_consumer_key%3Dkey%211%26"
                        + "oauth_nonce%3D" + sent.get("oauth_nonce")
                        + "%26oauth_signature_method%3DRSA-SHA256%26oauth_timestamp%3D1767323045%26oauth_version%3D1.0";
        byte[] signature =
                Base64.getDecoder().decode(URLDecoder.decode(sent.get("oauth_signature"), StandardCharsets.UTF_8));
        Signatures.Checker checker =
                Signatures.checker(Algorithm.RSA_SHA256, Keys.publicKey(Vectors.key("rsa-public")), "key");
        assertThat(checker.isValid(signature, text)).isTrue();
        Vectors.mutations(
                text.getBytes(StandardCharsets.UTF_8),
                bad -> assertThat(checker.isValid(signature, bad)).isFalse());
    }

    @ParameterizedTest
    @CsvSource({
        "a=token1:token2, a=token1:token2",
        "a=token1%3Atoken2, a=token1%3Atoken2",
        "b=1&a=%7E&b=0, a=~&b=0&b=1",
        "a=%26&a1=%3D, a=%26&a1=%3D",
        "a=p+q%20r, a=p%2Bq%20r",
        "a-b=1&a=2, a=2&a-b=1"
    })
    void the_parameters_of_a_query(String query, String expected) {
        assertThat(Mastercard.parameters(query, new TreeMap<>())).isEqualTo(expected);
    }

    @Test
    void a_signature_by_pss_is_another_method_over_the_same_text() {
        URI uri = URI.create("https://sandbox.api.mastercard.com/service");
        Map<String, String> sent = parameters(Signers.mastercard("key!1", "RSA-PSS", key)
                .environment(env)
                .sign(HttpRequest.newBuilder(uri).build()));
        assertThat(sent).containsEntry("oauth_signature_method", "RSA-PSS");
        Map<String, String> oauth = new TreeMap<>(sent);
        byte[] signature =
                Base64.getDecoder().decode(URLDecoder.decode(oauth.remove("oauth_signature"), StandardCharsets.UTF_8));
        String text =
                Mastercard.text(HttpMessage.target(HttpRequest.newBuilder(uri).build()), oauth);
        Signatures.Checker checker =
                Signatures.checker(Algorithm.RSA_PSS_SHA256, Keys.publicKey(Vectors.key("rsa-public")), "key");
        assertThat(checker.isValid(signature, text)).isTrue();
        assertThat(checker.isValid(signature, text + "x")).isFalse();
    }

    @Test
    void bad_settings_are_refused_by_name() {
        assertThatThrownBy(() -> Signers.mastercard("a", "HMAC-SHA1", key))
                .hasMessage("signature method is \"HMAC-SHA1\": allowed is RSA-SHA256 or RSA-PSS");
        assertThatThrownBy(() -> Signers.mastercard("a\"b", key)).hasMessageStartingWith("consumer key");
        PrivateKey ec = Keys.privateKey(Vectors.key("ec-sec1"));
        assertThatThrownBy(() -> Signers.mastercard("a", ec)).hasMessageStartingWith("signing key is");
    }
}
