package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SignatureException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Every parser of what a stranger sends: only the declared exception comes out. The normal build runs the inputs that are kept in the
 * resources; with {@code JAZZER_FUZZ=1} Jazzer looks for others.
 */
class ParserFuzzTest {

    private final Environment env = new ManualTime().environment(1);
    private final PublicKey key = Keys.publicKey(Vectors.key("rsa-public"));

    private static String text(byte[] data) {
        return new String(data, StandardCharsets.ISO_8859_1);
    }

    @FuzzTest
    void structuredFields(byte[] data) {
        try {
            Map<String, StructuredField.Member> read = StructuredParser.dictionary(text(data));
            String written = StructuredField.text(read);
            assertThat(StructuredField.text(StructuredParser.dictionary(written)))
                    .isEqualTo(written);
        } catch (IllegalArgumentException declared) {
            assertThat(declared.getMessage()).isNotBlank();
        }
        try {
            StructuredParser.list(text(data));
        } catch (IllegalArgumentException declared) {
            assertThat(declared.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void signatureInputs(byte[] data) {
        Map<String, List<String>> headers = new HashMap<>();
        headers.put("Signature-Input", List.of(text(data)));
        headers.put("Signature", List.of("sig1=:AAAA:"));
        headers.put("Content-Digest", List.of(text(data)));
        try {
            Verifiers.httpMessage()
                    .secret("k", new byte[32])
                    .require()
                    .environment(env)
                    .verifyRequest("POST", "https", "a.example", "/x", text(data), headers, data);
        } catch (SignatureException declared) {
            assertThat(declared.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void pem(byte[] data) {
        try {
            Keys.privateKey(text(data));
        } catch (IllegalArgumentException declared) {
            assertThat(declared.getMessage()).isNotBlank();
        }
        try {
            Keys.publicKey(text(data));
        } catch (IllegalArgumentException declared) {
            assertThat(declared.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void jwk(byte[] data) {
        try {
            Keys.publicJwk(text(data));
        } catch (IllegalArgumentException declared) {
            assertThat(declared.getMessage()).isNotBlank();
        }
    }

    @FuzzTest
    void dates(byte[] data) {
        HttpHeaders headers = HttpHeaders.of(Map.of("Date", List.of(text(data))), (n, v) -> true);
        var date = ClockFollower.date(headers);
        assertThat(date == null || date.getEpochSecond() < 253_402_300_800L).isTrue();
    }

    /** The same bytes as the headers of every scheme, and as the body. */
    @FuzzTest
    void verifiers(byte[] data) {
        String text = text(data);
        Map<String, List<String>> headers = new HashMap<>();
        for (String name : List.of(
                "Stripe-Signature",
                "webhook-id",
                "webhook-timestamp",
                "webhook-signature",
                "HmacSignature",
                "x-jws-signature",
                "signature",
                "date",
                "digest",
                "Wechatpay-Serial",
                "Wechatpay-Nonce",
                "Wechatpay-Timestamp",
                "Wechatpay-Signature",
                "alipay-timestamp",
                "alipay-nonce",
                "alipay-signature",
                "response-time")) {
            headers.put(name, List.of(text));
        }
        for (Verifier verifier : List.of(
                Verifiers.stripe("whsec_0123456789abcdef"),
                Verifiers.standardWebhooks("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                Verifiers.adyen("00".repeat(32)),
                Verifiers.adyenPayload("00".repeat(32)),
                Verifiers.openBanking(Map.of("k", key), "i", "t"),
                Verifiers.cavage(Map.of("k", key), "rsa-sha256", "date"),
                Verifiers.antom("POST", "/", "C", key),
                Verifiers.weChatPay(Map.of("A", key)),
                Verifiers.alipay(key),
                Verifiers.alipayV3(key),
                Verifiers.alipayNotifications(key))) {
            try {
                verifier.environment(env).verify(headers, data);
            } catch (SignatureException declared) {
                assertThat(declared.getMessage()).isNotBlank();
            }
        }
    }

    @FuzzTest
    void resources(byte[] data) {
        try {
            Verifiers.weChatPayResource("0".repeat(32)).open(data);
        } catch (GeneralSecurityException declared) {
            assertThat(declared.getMessage()).isNotBlank();
        }
    }
}
