package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.util.JSONObjectUtils;
import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.security.SignatureException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WebhooksTest {

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(3);

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static Environment at(long second) {
        return Environment.builder()
                .instants(InstantSource.fixed(Instant.ofEpochSecond(second)))
                .build();
    }

    private static void refused(Verifier verifier, Map<String, String> headers, byte[] body, String why) {
        assertThatThrownBy(() -> verifier.verify(lists(headers), body))
                .as(headers.toString())
                .isInstanceOf(SignatureException.class)
                .hasMessageContaining(why);
    }

    private static Map<String, List<String>> lists(Map<String, String> headers) {
        Map<String, List<String>> lists = new HashMap<>();
        headers.forEach((name, value) -> lists.put(name, List.of(value)));
        return lists;
    }

    // ---- Stripe ----------------------------------------------------------------------------------------------------

    @ParameterizedTest
    @ValueSource(strings = {"stripe-basic", "stripe-stale"})
    void the_cases_of_stripe(String id) throws Exception {
        Vectors.Case test = Vectors.get("webhook_hmac", id);
        Verifier verifier = Verifiers.stripe(test.text("secret")).environment(at(test.number("clock_epoch_s")));
        Map<String, String> headers = Map.of("Stripe-Signature", test.text("header"));
        byte[] body = bytes(test.text("body"));
        if (test.text("expect").equals("valid")) {
            verifier.verify(lists(headers), body);
            Vectors.mutations(test.text("header"), bad -> refused(verifier, Map.of("stripe-signature", bad), body, ""));
            Vectors.mutations(body, bad -> refused(verifier, headers, bad, "wrong signature"));
        } else {
            refused(verifier, headers, body, "300 s away");
        }
    }

    private String stripe(String secret, String body) {
        long now = time.date().getEpochSecond();
        byte[] code = new Macs(bytes(secret), 1, "x").sign(bytes(now + "." + body));
        return "t=" + now + ",v1=" + HexFormat.of().formatHex(code);
    }

    @Test
    void while_a_secret_of_stripe_is_rotated_either_side_may_have_two() throws Exception {
        String old = "whsec_old_old_old_old";
        String fresh = "whsec_new_new_new_new";
        String both = stripe(old, "{}") + stripe(fresh, "{}").replaceFirst("t=\\d+", "");
        Verifiers.stripe(fresh).environment(env).verify(lists(Map.of("Stripe-Signature", both)), bytes("{}"));
        Verifiers.stripe(old).environment(env).verify(lists(Map.of("Stripe-Signature", both)), bytes("{}"));
        Verifiers.stripe(old, fresh)
                .environment(env)
                .verify(lists(Map.of("Stripe-Signature", stripe(fresh, "{}") + ",v0=00")), bytes("{}"));
        Verifier third = Verifiers.stripe("whsec_third_third_third").environment(env);
        refused(third, Map.of("Stripe-Signature", both), bytes("{}"), "wrong signature");
    }

    @Test
    void a_header_of_stripe_without_its_parts_is_refused() {
        String secret = "whsec_0123456789abcdef";
        Verifier verifier = Verifiers.stripe(secret).environment(env);
        String good = stripe(secret, "{}");
        String date = good.substring(0, good.indexOf(','));
        refused(verifier, Map.of(), bytes("{}"), "no header Stripe-Signature");
        refused(verifier, Map.of("Stripe-Signature", ""), bytes("{}"), "malformed date");
        refused(verifier, Map.of("Stripe-Signature", date), bytes("{}"), "wrong signature");
        refused(verifier, Map.of("Stripe-Signature", date + "," + good), bytes("{}"), "more than one date");
        refused(verifier, Map.of("Stripe-Signature", good.replace("v1=", "v0=")), bytes("{}"), "wrong signature");
        refused(verifier, Map.of("Stripe-Signature", date + ",v1=00".repeat(99)), bytes("{}"), "wrong signature");
        String many = date + (",v1=" + "0".repeat(64)).repeat(16) + good.substring(date.length());
        refused(verifier, Map.of("Stripe-Signature", many), bytes("{}"), "wrong signature");
        assertThatThrownBy(() -> verifier.verify(Map.of("Stripe-Signature", List.of(good, good)), bytes("{}")))
                .hasMessageContaining("more than one header");
    }

    @Test
    void a_replay_is_refused_if_nonces_are_remembered_however_it_is_spelt() throws Exception {
        String secret = "whsec_0123456789abcdef";
        Verifier once = Verifiers.stripe(secret).environment(env).rememberNonces(10);
        String good = stripe(secret, "{}");
        once.verify(lists(Map.of("Stripe-Signature", good)), bytes("{}"));
        refused(once, Map.of("Stripe-Signature", good + ",v0=1"), bytes("{}"), "replayed nonce");
        once.verify(lists(Map.of("Stripe-Signature", stripe(secret, "{ }"))), bytes("{ }"));
        time.advance(Duration.ofSeconds(301));
        refused(once, Map.of("Stripe-Signature", good), bytes("{}"), "300 s away");
    }

    // ---- Standard Webhooks -----------------------------------------------------------------------------------------

    private static Map<String, String> headers(Vectors.Case test) {
        Map<String, String> headers = new LinkedHashMap<>();
        test.object("headers").json().forEach((name, value) -> headers.put(name, (String) value));
        return headers;
    }

    @Test
    void the_case_of_standard_webhooks_and_no_mutation_of_it() throws Exception {
        Vectors.Case test = Vectors.get("webhook_hmac", "stdwebhooks-svix");
        Map<String, String> headers = headers(test);
        byte[] body = bytes(test.text("body"));
        Verifier verifier = Verifiers.standardWebhooks(test.text("secret")).environment(at(1614265330 + 300));
        verifier.verify(lists(headers), body);
        Verifiers.standardWebhooks(test.text("secret").substring(6))
                .environment(at(1614265330 - 300))
                .verify(lists(headers), body);
        Vectors.mutations(body, bad -> refused(verifier, headers, bad, "wrong signature"));
        headers.forEach((name, value) -> {
            Vectors.mutations(value, bad -> {
                Map<String, String> other = new HashMap<>(headers);
                other.put(name, bad);
                refused(verifier, other, body, "");
            });
            Map<String, String> less = new HashMap<>(headers);
            less.remove(name);
            refused(verifier, less, body, "no header");
        });
        refused(verifier.environment(at(1614265330 + 301)), headers, body, "300 s away");
        refused(verifier.environment(at(1614265330 - 301)), headers, body, "300 s away");
        Map<String, String> svix = new HashMap<>();
        headers.forEach((name, value) -> svix.put(name.replace("webhook-", "svix-"), value));
        verifier.verify(lists(svix), body);
        Map<String, String> several = new HashMap<>(headers);
        several.computeIfPresent("webhook-signature", (n, v) -> "v1,AAAA v2,x v1a,yyyy " + v);
        verifier.verify(lists(several), body);
        Verifier once = verifier.rememberNonces(5);
        once.verify(lists(headers), body);
        refused(once, headers, body, "replayed nonce");
    }

    /** The same bytes signed, with the border between id and date moved. */
    @Test
    void an_id_with_a_dot_is_refused() {
        byte[] key = new byte[24];
        long now = time.date().getEpochSecond();
        String code = Base64.getEncoder().encodeToString(new Macs(key, 1, "x").sign(bytes("msg.1." + now + ".{}")));
        Verifier verifier = Verifiers.standardWebhooks(Base64.getEncoder().encodeToString(key))
                .environment(env);
        refused(
                verifier,
                Map.of("webhook-id", "msg.1", "webhook-timestamp", "" + now, "webhook-signature", "v1," + code),
                bytes("{}"),
                "malformed header webhook-id");
    }

    // ---- Adyen -----------------------------------------------------------------------------------------------------

    private static Map<String, Object> item(Vectors.Case test) {
        Vectors.Case fields = test.object("fields");
        Map<String, Object> item = new LinkedHashMap<>();
        fields.json().forEach((name, value) -> {
            if (!name.startsWith("amount.") && value != null) {
                item.put(name, value);
            }
        });
        item.put("amount", Map.of("value", fields.number("amount.value"), "currency", fields.text("amount.currency")));
        item.put("additionalData", Map.of("hmacSignature", test.text("signature_b64")));
        return item;
    }

    private static String notification(Map<String, Object> item) {
        return JSONObjectUtils.toJSONString(
                Map.of("live", "false", "notificationItems", List.of(Map.of("NotificationRequestItem", item))));
    }

    @Test
    void the_notification_of_adyens_sdk_and_no_mutation_of_what_is_signed() throws Exception {
        Vectors.Case test = Vectors.get("adyen_hmac", "report");
        Verifier verifier = Verifiers.adyen(test.text("hmac_key_hex"));
        assertThat(Adyen.Items.text(item(test))).isEqualTo(test.text("signed_string"));
        verifier.verify(Map.of(), bytes(notification(item(test))));
        for (String name :
                List.of("pspReference", "merchantAccountCode", "merchantReference", "eventCode", "success")) {
            Vectors.mutations((String) item(test).get(name), bad -> {
                Map<String, Object> other = item(test);
                other.put(name, bad);
                refused(verifier, Map.of(), bytes(notification(other)), "wrong signature");
            });
        }
        for (Map<String, Object> amount : List.<Map<String, Object>>of(
                Map.of("value", 1, "currency", "EUR"), Map.of("value", 0, "currency", "USD"), Map.of())) {
            Map<String, Object> other = item(test);
            other.put("amount", amount);
            refused(verifier, Map.of(), bytes(notification(other)), "wrong signature");
        }
        Vectors.mutations(test.text("signature_b64"), bad -> {
            Map<String, Object> other = item(test);
            other.put("additionalData", Map.of("hmacSignature", bad));
            refused(verifier, Map.of(), bytes(notification(other)), "wrong signature");
        });
    }

    @Test
    void every_item_of_adyen_must_be_signed() {
        Vectors.Case test = Vectors.get("adyen_hmac", "report");
        Verifier verifier = Verifiers.adyen(test.text("hmac_key_hex"));
        Map<String, Object> good = Map.of("NotificationRequestItem", item(test));
        Map<String, Object> unsigned = new HashMap<>(item(test));
        unsigned.remove("additionalData");
        String both = JSONObjectUtils.toJSONString(
                Map.of("notificationItems", List.of(good, Map.of("NotificationRequestItem", unsigned))));
        refused(verifier, Map.of(), bytes(both), "no signature");
        for (String bad : List.of(
                "{}",
                "{\"notificationItems\":[]}",
                "{\"notificationItems\":[{}]}",
                "[]",
                "",
                "{\"notificationItems\":1}",
                "{\"notificationItems\":[{\"NotificationRequestItem\":{\"additionalData\":{}}}]}")) {
            refused(verifier, Map.of(), bytes(bad), "");
        }
    }

    @Test
    void a_payload_of_adyen_and_no_mutation_of_it() throws Exception {
        String key = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056";
        byte[] body = bytes("{\"type\":\"balancePlatform.transfer.created\"}");
        String code = Base64.getEncoder().encodeToString(new Macs(HexFormat.of().parseHex(key), 1, "x").sign(body));
        Verifier verifier = Verifiers.adyenPayload(key);
        Map<String, String> headers = Map.of("HmacSignature", code, "Protocol", "HmacSHA256");
        verifier.verify(lists(headers), body);
        Vectors.mutations(body, bad -> refused(verifier, headers, bad, "wrong signature"));
        Vectors.mutations(code, bad -> refused(verifier, Map.of("HmacSignature", bad), body, ""));
        refused(verifier, Map.of("HmacSignature", code, "Protocol", "HmacSHA1"), body, "protocol");
        refused(verifier, Map.of(), body, "no header HmacSignature");
    }

    @Test
    void a_scheme_without_nonces_cannot_remember_any() {
        PublicKey key = Keys.publicKey(Vectors.key("rsa-public"));
        for (Verifier verifier : List.of(
                Verifiers.adyen("00".repeat(32)),
                Verifiers.adyenPayload("00".repeat(32)),
                Verifiers.alipay(key),
                Verifiers.openBanking(Map.of("k", key), "i", "t"))) {
            assertThatThrownBy(() -> verifier.rememberNonces(5))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("has nothing that tells a repeat");
        }
        assertThatThrownBy(() -> Verifiers.stripe("whsec_0123456789abcdef").rememberNonces(0))
                .hasMessageContaining("nonces to remember is 0");
    }

    @Test
    void bad_settings_are_refused_and_no_secret_is_shown() {
        for (String bad :
                List.of("xyz", "abc", "00ff", "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BAxyz")) {
            assertThatThrownBy(() -> Verifiers.adyen(bad))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageStartingWith("HMAC key is")
                    .hasMessageNotContaining(bad);
        }
        assertThatThrownBy(Verifiers::stripe).hasMessageStartingWith("webhook secrets");
        assertThatThrownBy(() -> Verifiers.stripe("short")).hasMessageContaining("5 bytes long");
        assertThatThrownBy(() -> Verifiers.standardWebhooks("whsec_!!hunter2"))
                .hasMessage("webhook secret is not base64 after whsec_");
        assertThatThrownBy(() -> Verifiers.standardWebhooks("whsec_AAAA")).hasMessageContaining("3 bytes long");
        assertThat(Verifiers.stripe("whsec_0123456789abcdef")).hasToString("Verifier[Stripe]");
    }
}
