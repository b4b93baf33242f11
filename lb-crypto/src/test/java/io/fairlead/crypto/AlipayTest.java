package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
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
import java.security.SignatureException;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.junit.jupiter.api.Test;

class AlipayTest {

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(3);
    private final PrivateKey key = Keys.privateKey(Vectors.key("rsa-pkcs8"));
    private final PublicKey open = Keys.publicKey(Vectors.key("rsa-public"));

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String form(Map<String, Object> parameters) {
        StringJoiner joined = new StringJoiner("&");
        parameters.forEach((name, value) -> joined.add(URLEncoder.encode(name, StandardCharsets.UTF_8) + "="
                + URLEncoder.encode((String) value, StandardCharsets.UTF_8)));
        return joined.toString();
    }

    private static void refused(Verifier verifier, Map<String, List<String>> headers, String body, String why) {
        assertThatThrownBy(() -> verifier.verify(headers, bytes(body)))
                .as(body)
                .isInstanceOf(SignatureException.class)
                .hasMessageContaining(why);
    }

    // ---- gateway ---------------------------------------------------------------------------------------------------

    @Test
    void the_notification_of_the_sdk_is_verified_and_no_mutation_of_it() throws Exception {
        Vectors.Case test = Vectors.get("alipay", "notify-rsa2-drop-sign_type");
        String body = form(test.object("params").json());
        Verifier verifier = Verifiers.alipayNotifications(Keys.publicKey(test.text("public_key_b64")))
                .environment(env);
        verifier.verify(Map.of(), bytes(body));
        // Of each field's value, not of its spelling: an escape has several.
        test.object("params").json().forEach((name, value) -> {
            if (!name.equals("sign_type")) {
                Vectors.mutations((String) value, bad -> {
                    Map<String, Object> other =
                            new HashMap<>(test.object("params").json());
                    other.put(name, bad);
                    assertThatThrownBy(() -> verifier.verify(Map.of(), bytes(form(other))))
                            .as(name + " " + bad)
                            .isInstanceOf(SignatureException.class);
                });
            }
            Map<String, Object> less = new HashMap<>(test.object("params").json());
            less.remove(name);
            assertThatCode(() -> verifier.verify(Map.of(), bytes(form(less))))
                    .satisfies(failure -> assertThat(failure == null).isEqualTo(name.equals("sign_type")));
        });
        refused(verifier, Map.of(), body + "&extra=1", "wrong signature");
        refused(verifier, Map.of(), body + "&app_id=1", "not a form");
        refused(verifier, Map.of(), body.replace("sign_type=RSA2", "sign_type=RSA"), "sign_type is not RSA2");
        refused(verifier, Map.of(), "", "no signature");
        refused(verifier, Map.of(), "a=%zz", "not a form");
        Verifier once = verifier.rememberNonces(5);
        once.verify(Map.of(), bytes(body));
        refused(once, Map.of(), body, "replayed nonce");
    }

    @Test
    void a_notification_that_signs_its_sign_type_is_verified_too() throws Exception {
        String text = "a=1&notify_id=2&sign_type=RSA2&字=值";
        String sign = Base64.getEncoder()
                .encodeToString(
                        Signatures.maker(Algorithm.RSA_SHA256, key, "key").sign(text));
        Map<String, Object> all =
                Map.of("a", "1", "notify_id", "2", "sign_type", "RSA2", "字", "值", "empty", "", "sign", sign);
        Verifiers.alipayNotifications(open).verify(Map.of(), bytes(form(all)));
        Map<String, Object> without = new HashMap<>(all);
        without.remove("sign_type");
        Verifiers.alipayNotifications(open).verify(Map.of(), bytes(form(without)));
        without.put("sign_type", "RSA");
        refused(Verifiers.alipayNotifications(open), Map.of(), form(without), "sign_type is not RSA2");
    }

    @Test
    void the_request_of_the_sdk_is_signed_to_the_byte() {
        Vectors.Case test = Vectors.get("alipay", "request-v2-rsa2");
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://openapi.alipay.com/gateway.do?charset=utf-8"))
                .POST(BodyPublishers.ofString(form(withoutCharset(test))))
                .build();
        HttpRequest signed = Signers.alipay("2021000122671080", Keys.privateKey(test.text("private_key_pem")))
                .sign(request);
        FormParameters sent = sent(signed);
        assertThat(sent.get("charset")).isNull();
        assertThat(sent.get("sign")).isEqualTo(test.text("signature_b64"));
        sent.remove("sign");
        sent.put("charset", "utf-8");
        assertThat(AlipayGateway.text(sent)).isEqualTo(test.text("signed_string"));
        assertThat(signed.uri()).isEqualTo(request.uri());
        assertThat(signed.headers().firstValue("Content-Type"))
                .hasValue("application/x-www-form-urlencoded;charset=utf-8");
    }

    private static Map<String, Object> withoutCharset(Vectors.Case test) {
        Map<String, Object> parameters = new HashMap<>(test.object("params").json());
        parameters.remove("charset");
        return parameters;
    }

    private static FormParameters sent(HttpRequest signed) {
        FormParameters sent = new FormParameters();
        sent.addAll(SentBody.text(signed));
        return sent;
    }

    @Test
    void what_is_missing_is_filled_in_and_signed() {
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://openapi.alipay.com/gateway.do"))
                .header("Content-Type", "application/x-www-form-urlencoded")
                .POST(BodyPublishers.ofString(
                        "method=alipay.trade.query&biz_content=%7B%22%E4%B8%AD%22%3A%22%2B+%22%7D"))
                .build();
        FormParameters sent = sent(Signers.alipay("42", key).environment(env).sign(request));
        String sign = sent.remove("sign");
        assertThat(sent.text())
                .isEqualTo("app_id=42&biz_content={\"中\":\"+ \"}&charset=utf-8&method=alipay.trade.query&sign_type=RSA2"
                        + "&timestamp=2026-01-02 11:04:05&version=1.0");
        assertThat(Signatures.checker(Algorithm.RSA_SHA256, open, "key")
                        .isValid(Base64.getDecoder().decode(sign), sent.text()))
                .isTrue();
    }

    @Test
    void what_the_gateway_cannot_take_is_refused() {
        SchemeSigner signer = Signers.alipay("42", key);
        HttpRequest.Builder builder = HttpRequest.newBuilder(URI.create("https://h/gateway.do?a=1"));
        assertThatThrownBy(() -> signer.sign(builder.copy().GET().build()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("allowed is POST");
        assertThatThrownBy(() -> signer.sign(builder.copy()
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString("{}"))
                        .build()))
                .hasMessageContaining("x-www-form-urlencoded");
        assertThatThrownBy(() -> signer.sign(
                        builder.copy().POST(BodyPublishers.ofString("sign=x")).build()))
                .hasMessageContaining("parameter sign");
        assertThatThrownBy(() -> signer.sign(
                        builder.copy().POST(BodyPublishers.ofString("a=2")).build()))
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> signer.sign(builder.copy()
                        .POST(BodyPublishers.ofByteArray(new byte[(1 << 20) + 1]))
                        .build()))
                .hasRootCauseInstanceOf(IllegalArgumentException.class)
                .hasRootCauseMessage("the form is longer than 1048576 bytes");
    }

    @Test
    void a_reply_of_the_gateway_is_verified_over_its_exact_text() throws Exception {
        String member = "{ \"code\":\"10000\",\"msg\":\"成功 \\\"}\", \"list\":[1,{\"sign\":\"no\"}] }";
        String sign = Base64.getEncoder()
                .encodeToString(
                        Signatures.maker(Algorithm.RSA_SHA256, key, "key").sign(member));
        Verifier verifier = Verifiers.alipay(open);
        String reply = "{\"alipay_trade_query_response\":" + member + ",\"sign\":\"" + sign + "\"}";
        verifier.verify(Map.of(), bytes(reply));
        verifier.verify(
                Map.of(),
                bytes(" {\"alipay_cert_sn\":\"a\",\"sign\" : \"" + sign.replace("/", "\\/")
                        + "\",\"error_response\"  :  " + member + " } \n"));
        Vectors.mutations(
                member,
                bad -> assertThatThrownBy(() -> verifier.verify(Map.of(), bytes(reply.replace(member, bad))))
                        .as(bad)
                        .isInstanceOf(SignatureException.class));
        Vectors.mutations(sign, bad -> refused(verifier, Map.of(), reply.replace(sign, bad), "wrong signature"));
        for (String bad : List.of(
                "",
                "[]",
                "{}",
                "{\"x_response\":{}}",
                "{\"sign\":\"" + sign + "\"}",
                "{\"a_response\":" + member + ",\"b_response\":{},\"sign\":\"" + sign + "\"}",
                "{\"a_response\":{},\"a_response\":" + member + ",\"sign\":\"" + sign + "\"}",
                "{\"a_response\":{},\"a_\\u0072esponse\":" + member + ",\"sign\":\"" + sign + "\"}",
                reply + "{}",
                reply.substring(0, reply.length() - 1))) {
            assertThatThrownBy(() -> verifier.verify(Map.of(), bytes(bad)))
                    .as(bad)
                    .isInstanceOf(SignatureException.class);
        }
    }

    // ---- v3 --------------------------------------------------------------------------------------------------------

    @Test
    void the_request_of_v3_is_signed_to_the_byte() {
        Vectors.Case test = Vectors.get("alipay", "request-v3");
        Alipay.V3 v3 = new Alipay.V3("2014060600164699", null, Keys.privateKey(test.text("private_key_pem")));
        Draft draft = v3.draft(
                "POST", "/v3/alipay/trade/query?a=b", null, 1717762879833L, "9b2d9d8c-7a1e-4a6b-9d5e-1a2b3c4d5e6f");
        draft.update(java.nio.ByteBuffer.wrap(bytes("{\"out_trade_no\":\"1\"}")));
        assertThat(draft.headers("")).isEqualTo(Map.of("Authorization", test.text("authorization")));
    }

    @Test
    void v3_signs_certificate_token_query_and_body() {
        HttpRequest request = HttpRequest.newBuilder(URI.create("https://openapi.alipay.com/v3/a%2Fb?x=a+b"))
                .header("alipay-app-auth-token", "t0ken")
                .POST(BodyPublishers.ofString("{\"中\":1}"))
                .build();
        String value = Signers.alipayV3("42", "c3rt", key)
                .environment(env)
                .sign(request)
                .headers()
                .firstValue("Authorization")
                .orElseThrow();
        assertThat(value).startsWith("ALIPAY-SHA256withRSA app_id=42,app_cert_sn=c3rt,nonce=");
        String auth = value.substring(value.indexOf(' ') + 1, value.indexOf(",sign="));
        assertThat(auth).endsWith(",timestamp=1767323045000");
        String text = auth + "\nPOST\n/v3/a%2Fb?x=a+b\n{\"中\":1}\nt0ken\n";
        assertThat(Signatures.checker(Algorithm.RSA_SHA256, open, "key")
                        .isValid(Base64.getDecoder().decode(value.substring(value.indexOf(",sign=") + 6)), text))
                .isTrue();
    }

    @Test
    void a_reply_of_v3_is_verified_and_no_mutation_of_it() throws Exception {
        String body = "{\"code\":\"中\"}";
        long millis = time.date().toEpochMilli();
        String text = millis + "\nn0nce\n" + body + "\n";
        Map<String, List<String>> headers = new HashMap<>(Map.of(
                "Alipay-Timestamp",
                List.of("" + millis),
                "alipay-nonce",
                List.of("n0nce"),
                "alipay-signature",
                List.of(Base64.getEncoder()
                        .encodeToString(Signatures.maker(Algorithm.RSA_SHA256, key, "key")
                                .sign(text)))));
        Verifier verifier = Verifiers.alipayV3(open).environment(env);
        verifier.verify(headers, bytes(body));
        Vectors.mutations(
                bytes(body),
                bad -> assertThatThrownBy(() -> verifier.verify(headers, bad)).isInstanceOf(SignatureException.class));
        headers.forEach((name, value) -> {
            Vectors.mutations(value.get(0), bad -> {
                Map<String, List<String>> other = new HashMap<>(headers);
                other.put(name, List.of(bad));
                assertThatThrownBy(() -> verifier.verify(other, bytes(body)))
                        .as(name + " " + bad)
                        .isInstanceOf(SignatureException.class);
            });
            Map<String, List<String>> less = new HashMap<>(headers);
            less.remove(name);
            refused(verifier, less, body, "no header");
        });
        time.advance(Duration.ofSeconds(302));
        refused(verifier, headers, body, "300 s away");
    }

    @Test
    void bad_settings_are_refused_by_name() {
        PrivateKey ec = Keys.privateKey(Vectors.key("ec-sec1"));
        assertThatThrownBy(() -> Signers.alipay("1", ec)).hasMessageStartingWith("application key is");
        assertThatThrownBy(() -> Signers.alipayV3("1,2", key)).hasMessageStartingWith("application id");
        assertThatThrownBy(() -> Signers.alipayV3("1", "a\nb", key)).hasMessageStartingWith("application certificate");
        assertThatThrownBy(() -> Verifiers.alipay(Keys.publicKey(Vectors.key("ec-public"))))
                .hasMessageStartingWith("Alipay key is");
        assertThat(Signers.alipay("1", key)).hasToString("SchemeSigner[Alipay gateway 1]");
        assertThat(Signers.alipayV3("1", key)).hasToString("SchemeSigner[Alipay v3 app_id=1]");
    }
}
