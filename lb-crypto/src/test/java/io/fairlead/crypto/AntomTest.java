package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Antom has no published cases: the texts here are written out by hand after its documentation. */
class AntomTest {

    private static final byte[] BODY = "{\"result\":{\"resultStatus\":\"S\"}}".getBytes(StandardCharsets.UTF_8);

    private final Environment env = new ManualTime().environment(3);
    private final PrivateKey key = Keys.privateKey(Vectors.key("rsa-pkcs8"));
    private final PublicKey publicKey = Keys.publicKey(Vectors.key("rsa-public"));
    private final Verifier verifier = Verifiers.antom("POST", "/ams/api/v1/payments/pay", "SANDBOX_5Y", publicKey)
            .environment(env);

    private String signed(String text) throws Exception {
        Signature signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update(text.getBytes(StandardCharsets.UTF_8));
        return URLEncoder.encode(Base64.getEncoder().encodeToString(signature.sign()), StandardCharsets.US_ASCII);
    }

    @Test
    void a_request() throws Exception {
        HttpRequest signed = Signers.antom("SANDBOX_5Y", 2, key)
                .environment(env)
                .sign(HttpRequest.newBuilder(URI.create("https://open-sea.alipay.com/ams/api/v1/payments/pay"))
                        .POST(BodyPublishers.ofString("{\"a\":\"\u20ac\"}"))
                        .build());
        String time = Long.toString(ManualTime.EPOCH.toEpochMilli());
        assertThat(signed.headers().firstValue("Client-Id")).hasValue("SANDBOX_5Y");
        assertThat(signed.headers().firstValue("Request-Time")).hasValue(time);
        assertThat(signed.headers().firstValue("Signature"))
                .hasValue("algorithm=RSA256,keyVersion=2,signature="
                        + signed("POST /ams/api/v1/payments/pay\nSANDBOX_5Y." + time + ".{\"a\":\"\u20ac\"}"));
        assertThat(Signers.antom("SANDBOX_5Y", 2, key)).hasToString("SchemeSigner[Antom SANDBOX_5Y]");
    }

    private Map<String, List<String>> reply(String timeHeader, String time) throws Exception {
        Map<String, List<String>> headers = new HashMap<>();
        headers.put("client-id", List.of("SANDBOX_5Y"));
        headers.put(timeHeader, List.of(time));
        headers.put(
                "signature",
                List.of("algorithm=RSA256, keyVersion=1, signature="
                        + signed("POST /ams/api/v1/payments/pay\nSANDBOX_5Y." + time + "."
                                + new String(BODY, StandardCharsets.UTF_8))));
        return headers;
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-01-02T03:04:05Z", "2026-01-02T11:02:05+08:00", "1767323045123"})
    void a_reply_or_notification_of_now(String time) throws Exception {
        verifier.verify(reply("response-time", time), BODY);
        verifier.verify(reply("request-time", time), BODY);
    }

    @ParameterizedTest
    @ValueSource(strings = {"2026-01-02T02:50:05Z", "2026-01-02T03:04:05", "1767323045", "", "soon", "1767323445123"})
    void a_reply_of_another_time_or_none(String time) throws Exception {
        assertThatThrownBy(() -> verifier.verify(reply("response-time", time), BODY))
                .isInstanceOf(SignatureException.class);
    }

    @Test
    void the_example_of_every_other_path_and_client_is_refused() throws Exception {
        Map<String, List<String>> good = reply("response-time", "1767323045123");
        for (Verifier other : List.of(
                Verifiers.antom("GET", "/ams/api/v1/payments/pay", "SANDBOX_5Y", publicKey),
                Verifiers.antom("POST", "/ams/api/v1/payments/cancel", "SANDBOX_5Y", publicKey),
                Verifiers.antom("POST", "/ams/api/v1/payments/pay", "OTHER", publicKey))) {
            assertThatThrownBy(() -> other.environment(env).verify(good, BODY))
                    .isInstanceOf(SignatureException.class)
                    .hasMessage("wrong signature");
        }
    }

    /** Antom's own SDK takes a reply without a signature as verified. */
    @Test
    void a_missing_signature_is_a_failure() throws Exception {
        for (String header : List.of("signature", "response-time")) {
            Map<String, List<String>> less = reply("response-time", "1767323045123");
            less.remove(header);
            assertThatThrownBy(() -> verifier.verify(less, BODY)).isInstanceOf(SignatureException.class);
        }
    }

    @Test
    void no_mutation_is_valid() throws Exception {
        Map<String, List<String>> good = reply("response-time", "1767323045123");
        Vectors.mutations(
                BODY,
                bad -> assertThatThrownBy(() -> verifier.verify(good, bad))
                        .isInstanceOf(SignatureException.class)
                        .hasMessage("wrong signature"));
        for (String header : good.keySet()) {
            Vectors.mutations(good.get(header).get(0), bad -> {
                Map<String, List<String>> other = new HashMap<>(good);
                other.put(header, List.of(bad));
                assertThatThrownBy(() -> verifier.verify(other, BODY)).as(bad).isInstanceOf(SignatureException.class);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a.b", "a\nb", "a\"", "\u20ac"})
    void a_client_id_that_could_pass_for_more_is_refused(String clientId) {
        assertThatThrownBy(() -> Signers.antom(clientId, 1, key))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("client id");
    }
}
