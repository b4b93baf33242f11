package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SignatureException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a stranger can send ends in the exception that is declared, and in no other; seeded, so that a failure can be repeated. */
class HostileInputTest {

    private static final int ROUNDS = 4_000;

    private final Environment env = new ManualTime().environment(1);
    private final Random random = new Random(20260102);

    @FunctionalInterface
    private interface Parser {
        void parse(String text) throws Exception;
    }

    private String mutated(String seed) {
        StringBuilder text = new StringBuilder(seed);
        for (int i = random.nextInt(4); i >= 0; i--) {
            int at = text.length() == 0 ? 0 : random.nextInt(text.length());
            switch (random.nextInt(5)) {
                case 0 -> text.insert(at, "\",;=(){}[]:\\\n\r\0 ?%+-.".charAt(random.nextInt(21)));
                case 1 -> text.insert(at, (char) random.nextInt(0x3000));
                case 2 -> text.setLength(at);
                case 3 -> text.insert(at, text.substring(at));
                default -> {
                    if (text.length() > 0) {
                        text.deleteCharAt(at);
                    }
                }
            }
        }
        return text.toString();
    }

    private void only(Class<? extends Exception> declared, Parser parser, String... seeds) {
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String text = mutated(seeds[random.nextInt(seeds.length)]);
            try {
                parser.parse(text);
            } catch (Exception e) {
                if (!declared.isInstance(e)) {
                    fail(text, e);
                }
                refused++;
            }
        }
        assertThat(refused).isPositive();
    }

    @Test
    void structured_fields() {
        String[] seeds = {
            "sig1=(\"@method\" \"a\";key=\"b\");created=1618884473;keyid=\"k\";nonce=\"n\", b=:AAAA:;x=?1;y=-1.5",
            "a, b;q=0.5, (x y);z, *tok/en:1"
        };
        only(IllegalArgumentException.class, StructuredParser::dictionary, seeds);
        only(IllegalArgumentException.class, StructuredParser::list, seeds);
        only(IllegalArgumentException.class, StructuredParser::item, "\"a\\\"\";b=1", "12.5;x", ":AAAA:");
        only(
                IllegalArgumentException.class,
                Component::parse,
                "content-digest;req",
                "@query-param;name=\"a\"",
                "\"x\";sf");
    }

    /** What can be read is written in one form, which is read as the same. */
    @Test
    void what_is_read_as_a_structured_field_is_written_so_that_it_is_read_again() {
        int read = 0;
        for (int round = 0; round < ROUNDS; round++) {
            String text = mutated("a=1, b=(\"x\" y;z);q=1.50, c=:AAAA:, d;e=?0");
            String written;
            try {
                written = StructuredField.text(StructuredParser.dictionary(text));
            } catch (IllegalArgumentException e) {
                continue;
            }
            assertThat(StructuredField.text(StructuredParser.dictionary(written)))
                    .isEqualTo(written);
            read++;
        }
        assertThat(read).isGreaterThan(100);
    }

    @Test
    void json_and_forms() {
        only(
                IllegalArgumentException.class,
                JsonMembers::of,
                "{\"a_response\":{\"b\":[1,2.5e-1,true,null,\"\\\"\"]},\"sign\":\"AAAA\"}");
        only(IllegalArgumentException.class, text -> new FormParameters().addAll(text), "a=%41&b=c+d&%E4%B8%AD=&e");
    }

    private void verifier(Verifier verifier, String[] headers, String... bodies) {
        only(
                SignatureException.class,
                text -> {
                    Map<String, List<String>> all = new HashMap<>();
                    for (int i = 0; i < headers.length; i += 2) {
                        all.put(headers[i], List.of(random.nextInt(3) == 0 ? mutated(headers[i + 1]) : headers[i + 1]));
                    }
                    verifier.environment(env).verify(all, text.getBytes(StandardCharsets.UTF_8));
                },
                bodies);
    }

    @Test
    void verifiers() {
        PublicKey key = Keys.publicKey(Vectors.key("rsa-public"));
        String now = "" + ManualTime.EPOCH.getEpochSecond();
        String[] none = {};
        verifier(
                Verifiers.weChatPay(Map.of("A", key)),
                new String[] {
                    "Wechatpay-Serial",
                    "A",
                    "Wechatpay-Nonce",
                    "n",
                    "Wechatpay-Timestamp",
                    now,
                    "Wechatpay-Signature",
                    "AAAA"
                },
                "{}");
        verifier(
                Verifiers.alipayV3(key),
                new String[] {"alipay-timestamp", now + "000", "alipay-nonce", "n", "alipay-signature", "AAAA"},
                "{}");
        verifier(Verifiers.alipay(key), none, "{\"a_response\":{\"b\":1},\"sign\":\"AAAA\"}");
        verifier(Verifiers.alipayNotifications(key), none, "a=1&notify_id=2&sign_type=RSA2&sign=AAAA");
        verifier(
                Verifiers.openBanking(Map.of("90210ABAD", key), "00158000016i44JAAQ/1234", "openbanking.org.uk"),
                new String[] {
                    "x-jws-signature",
                    Vectors.get("uk_ob_detached_jws", "ob-3.1.4").text("x_jws_signature")
                },
                "{}");
        verifier(
                Verifiers.stripe("whsec_0123456789abcdef"),
                new String[] {"Stripe-Signature", "t=" + now + ",v1=" + "0".repeat(64)},
                "{}");
        verifier(
                Verifiers.standardWebhooks("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
                new String[] {"webhook-id", "m", "webhook-timestamp", now, "webhook-signature", "v1,AAAA"},
                "{}");
        verifier(
                Verifiers.adyen("00".repeat(32)),
                none,
                "{\"notificationItems\":[{\"NotificationRequestItem\":{\"amount\":{\"value\":1},"
                        + "\"additionalData\":{\"hmacSignature\":\"AAAA\"}}}]}");
        verifier(Verifiers.adyenPayload("00".repeat(32)), new String[] {"HmacSignature", "AAAA"}, "{}");
    }

    @Test
    void http_message_signatures() {
        Vectors.Case test = Vectors.get("rfc9421_signatures", "B.2.5");
        MessageVerifier verifier = Verifiers.httpMessage()
                .secret("test-shared-secret", new byte[32])
                .require()
                .environment(env);
        only(
                SignatureException.class,
                text -> verifier.verifyRequest(
                        "POST",
                        "https",
                        "example.com",
                        mutated("/foo"),
                        mutated("param=Value&Pet=dog"),
                        Map.of(
                                "Signature-Input",
                                List.of(text),
                                "Signature",
                                List.of(mutated("sig-b25=:AAAA:")),
                                "Content-Digest",
                                List.of(mutated("sha-256=:AAAA:"))),
                        new byte[0]),
                test.text("signature_input"),
                "sig1=(\"@query-param\";name=\"Pet\" \"content-digest\";key=\"sha-256\" \"@status\""
                        + " \"@method\";req);created=1;keyid=\"test-shared-secret\"");
    }

    @Test
    void keys() {
        only(
                IllegalArgumentException.class,
                Keys::privateKey,
                Vectors.key("ec-sec1"),
                Vectors.key("ed25519"),
                Vectors.key("rsa-pkcs1-encrypted"));
        only(IllegalArgumentException.class, Keys::publicKey, Vectors.key("ec-public"), Vectors.key("sm2-public"));
        only(
                IllegalArgumentException.class,
                Keys::publicJwk,
                "{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"JrQLj5P_89iXES9-vFgrIy29clF9CC_oPPsw3c5D0bs\"}",
                "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"qIVYZVLCrPZHGHjP17CTW0_-D9Lfw0EkjqF7xB4FivA\","
                        + "\"y\":\"Mc4nN9LTDOBhfoUeg8Ye9WedFRhnZXZJA12Qp0zZ6F0\"}");
        only(
                GeneralSecurityException.class,
                text -> Verifiers.weChatPayResource("0".repeat(32)).open(text.getBytes(StandardCharsets.UTF_8)),
                "{\"resource\":{\"algorithm\":\"AEAD_AES_256_GCM\",\"nonce\":\"0123456789ab\",\"ciphertext\":\"AAAA\"}}");
    }

    @Test
    void what_is_nested_without_end() {
        String deep = "[".repeat(200_000);
        byte[] json = ("{\"notificationItems\":" + deep).getBytes(StandardCharsets.UTF_8);
        PublicKey key = Keys.publicKey(Vectors.key("rsa-public"));
        for (Verifier verifier : List.of(Verifiers.adyen("00".repeat(32)), Verifiers.alipay(key))) {
            try {
                verifier.verify(Map.of(), json);
                fail("taken");
            } catch (SignatureException e) {
                assertThat(e.getMessage()).isNotBlank();
            }
        }
        try {
            Verifiers.weChatPayResource("0".repeat(32))
                    .open(("{\"resource\":" + deep).getBytes(StandardCharsets.UTF_8));
            fail("opened");
        } catch (GeneralSecurityException e) {
            assertThat(e.getMessage()).startsWith("the resource cannot be opened");
        }
    }
}
