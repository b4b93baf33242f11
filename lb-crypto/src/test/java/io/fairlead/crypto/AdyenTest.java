package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A name that comes twice: one parser takes the first, another the last, and the signature is of one of them. */
class AdyenTest {

    private static final Vectors.Case REPORT = Vectors.get("adyen_hmac", "report");
    private static final String GOOD = """
            {"live":"false","notificationItems":[{"NotificationRequestItem":{"additionalData":{"hmacSignature":"%s"},
            "amount":{"currency":"EUR","value":0},"eventCode":"REPORT_AVAILABLE","merchantAccountCode":"Magento2Rik",
            "merchantReference":"testMerchantRef1","pspReference":"test_REPORT_AVAILABLE","success":"true"}}]}""".formatted(REPORT.text("signature_b64"));

    private final Verifier verifier = Verifiers.adyen(REPORT.text("hmac_key_hex"));

    private void verify(String notification) throws SignatureException {
        verifier.verify(Map.of(), notification.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void each_name_once_is_as_adyen_sends_it() throws Exception {
        verify(GOOD);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "live",
                "notificationItems",
                "NotificationRequestItem",
                "additionalData",
                "hmacSignature",
                "amount",
                "value",
                "pspReference",
                "success"
            })
    void a_name_that_comes_twice_is_refused(String name) {
        String escaped = "\\u00" + Integer.toHexString(name.charAt(0)) + name.substring(1);
        for (String other : new String[] {name, escaped}) {
            String twice = GOOD.replace("\"" + name + "\"", "\"" + other + "\":\"0\",\"" + name + "\"");
            assertThat(twice).isNotEqualTo(GOOD);
            assertThatThrownBy(() -> verify(twice))
                    .isInstanceOf(SignatureException.class)
                    .hasMessage("the notification is not one of Adyen's");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "\"x\"", "1", "[]", "{}", "{\"NotificationRequestItem\":null}"})
    void what_stands_beside_a_good_item_must_be_one_too(String other) {
        for (String items :
                new String[] {GOOD.replace("}}]}", "}}," + other + "]}"), GOOD.replace(":[{", ":[" + other + ",{")}) {
            assertThat(items).isNotEqualTo(GOOD);
            assertThatThrownBy(() -> verify(items)).isExactlyInstanceOf(SignatureException.class);
        }
    }
}
