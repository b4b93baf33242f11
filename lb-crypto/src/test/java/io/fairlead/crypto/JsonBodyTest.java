package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWEObject;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields of JSON that are hidden and found again, and all around them to the byte. */
class JsonBodyTest {

    private static final String ORDER =
            "{ \"amount\" : 10.00, \"card\":{\"number\":\"4111\\u00311\", \"cvv\": 123 },\n \"n\":1e400,\"items\":[{\"id\":\"é1\"},{\"id\":[2]}]}\n";

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static BodyEncryption fields(String... paths) {
        return Bodies.jweFields("A256KW", "A256GCM", paths).shared("k", new byte[32]);
    }

    private static BodyEncryption keyed(BodyEncryption form) {
        return form.encryptTo("fp", TestKeys.RSA.getPublic()).decryptWith("fp", TestKeys.RSA.getPrivate());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            quoteCharacter = '~',
            value = {
                "$.card.number; \"4111\\u00311\"",
                "$.card; {\"number\":\"4111\\u00311\", \"cvv\": 123 }",
                "$['amount']; 10.00",
                "$.n; 1e400",
                "$.items[1].id; [2]",
                "$.items[1]; {\"id\":[2]}"
            })
    void a_value_becomes_a_string_and_the_rest_stays(String path, String value) throws Exception {
        BodyEncryption form = fields(path);
        String hidden = text(form.encrypt(utf8(ORDER)));
        assertThat(ORDER).contains(value);
        assertThat(hidden.replaceAll("\"eyJ[\\w.-]+\"", "JWE")).isEqualTo(ORDER.replace(value, "JWE"));
        assertThat(text(form.decrypt(utf8(hidden)))).isEqualTo(ORDER);
    }

    @Test
    void a_star_is_each_element() throws Exception {
        BodyEncryption form = fields("$.items[*].id");
        String hidden = text(form.encrypt(utf8(ORDER)));
        assertThat(hidden.replaceAll("\"eyJ[\\w.-]+\"", "JWE")).endsWith("\"items\":[{\"id\":JWE},{\"id\":JWE}]}\n");
        assertThat(text(form.decrypt(utf8(hidden)))).isEqualTo(ORDER);
    }

    @Test
    void several_paths_at_once() throws Exception {
        BodyEncryption form = fields("$.items[0].id", "$.amount", "$.missing?", "$.card.cvv");
        byte[] hidden = form.encrypt(utf8(ORDER));
        assertThat(text(hidden)).doesNotContain("10.00", "123", "é1").contains("1e400");
        assertThat(text(form.decrypt(hidden))).isEqualTo(ORDER);
    }

    @Test
    void a_path_that_is_not_there_is_named() {
        assertThatThrownBy(() -> fields("$.card.pan").encrypt(utf8(ORDER)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no $.card.pan")
                .hasMessageNotContaining("4111");
        JweVectorTest.assertUnopened(fields("$.card.pan"), utf8(ORDER));
    }

    @ParameterizedTest
    @ValueSource(strings = {"card", "$card", "$.", "$.a..b", "$[-1]", "$[?(@.a)]", "$.a[", "$.*", "$.a b", "", "$['a]"})
    void a_path_that_is_none_is_refused(String path) {
        assertThatThrownBy(() -> Bodies.jweFields("A256KW", "A256GCM", path))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("path is \"" + path + "\"")
                .hasMessageContaining("$.card.number");
    }

    @Test
    void a_path_inside_another_and_none_at_all_are_refused() {
        assertThatThrownBy(() -> fields("$.card", "$.card.cvv")).hasMessageContaining("inside another");
        assertThatThrownBy(() -> fields("$.a[*].b", "$.a[1].b.c")).hasMessageContaining("inside another");
        assertThatThrownBy(() -> fields("$.a", "$.a")).hasMessageContaining("inside another");
        assertThatThrownBy(() -> fields()).hasMessageContaining("at least one");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "{", "{\"a\":1,\"a\":2}", "{\"a\":1} x", "[", "{\"a\":\"\u0001\"}", "nul", "{\"a\":01}"})
    void what_is_no_json_is_refused_without_a_word_of_it(String json) {
        assertThatThrownBy(() -> fields("$.a").encrypt(utf8(json)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the body is no JSON");
        JweVectorTest.assertUnopened(fields("$.a"), utf8(json));
        assertThatThrownBy(() -> fields("$.a").encrypt("{\"a\":1}".getBytes(StandardCharsets.UTF_16)))
                .hasMessageStartingWith("the body is no JSON");
    }

    @Test
    void deep_nesting_is_refused() {
        assertThatThrownBy(() -> fields("$.a").encrypt(utf8("[".repeat(100_000))))
                .hasMessageStartingWith("the body is no JSON");
    }

    /** Whoever knows the public key can encrypt anything, so what comes out must stay in its place. */
    @Test
    void a_plain_text_cannot_reach_out_of_its_place() throws Exception {
        BodyEncryption field = keyed(Bodies.jweFields("RSA-OAEP-256", "A256GCM", "$.a"));
        BodyEncryption whole = keyed(Bodies.jwe("RSA-OAEP-256", "A256GCM"));
        String evil = "1,\"admin\":true";
        String body = "{\"a\":\"" + text(whole.encrypt(utf8(evil))) + "\"}";
        assertThat(text(field.decrypt(utf8(body)))).isEqualTo("{\"a\":\"1,\\\"admin\\\":true\"}");
    }

    @Test
    void no_mutation_of_a_field_opens() throws Exception {
        BodyEncryption form = fields("$.card");
        String hidden = text(form.encrypt(utf8("{\"card\":7}")));
        Vectors.mutations(utf8(hidden), m -> JweVectorTest.assertUnopened(form, m));
    }

    @Test
    void visa() throws Exception {
        BodyEncryption visa = keyed(Bodies.visa()).environment(new ManualTime().environment(1));
        byte[] plain = utf8("{\"pan\":\"4111\"}");
        String hidden = text(visa.encrypt(plain));
        assertThat(hidden).matches("\\{\"encData\":\"[\\w.-]+\"}");
        var header = JWEObject.parse(Json.only(utf8(hidden), java.util.List.of("encData")))
                .getHeader();
        assertThat(header.getAlgorithm().getName()).isEqualTo("RSA-OAEP-256");
        assertThat(header.getEncryptionMethod().getName()).isEqualTo("A128GCM");
        assertThat(header.getKeyID()).isEqualTo("fp");
        assertThat(header.getCustomParam("iat")).isEqualTo(ManualTime.EPOCH.toEpochMilli());
        assertThat(visa.decrypt(utf8(hidden))).isEqualTo(plain);
        BodyEncryption longer = keyed(Bodies.jwe("RSA-OAEP-256", "A256GCM"));
        assertThat(visa.decrypt(utf8("{\"encData\":\"" + text(longer.encrypt(plain)) + "\"}")))
                .isEqualTo(plain);

        HttpRequest signed = visa.asSigner().sign(post("{\"pan\":\"4111\"}"));
        assertThat(signed.headers().firstValue("keyId")).contains("fp");
        assertThat(signed.headers().firstValue("Content-Type")).contains("application/json");
    }

    private static HttpRequest post(String body) {
        return HttpRequest.newBuilder(URI.create("http://visa/x"))
                .POST(BodyPublishers.ofString(body))
                .build();
    }

    @Test
    void mastercard_whole() throws Exception {
        BodyEncryption form = keyed(Bodies.mastercard());
        byte[] hidden = form.encrypt(utf8("{\"pan\":\"5555\"}"));
        assertThat(text(hidden)).matches("\\{\"encryptedData\":\"[\\w.-]+\"}");
        assertThat(text(form.decrypt(hidden))).isEqualTo("{\"pan\":\"5555\"}");
        var header = JWEObject.parse(Json.only(hidden, java.util.List.of("encryptedData")))
                .getHeader();
        assertThat(header.getContentType()).isEqualTo("application/json");
        assertThat(header.getKeyID()).isEqualTo("fp");
        String beside = text(hidden).replace("{\"enc", "{\"more\":1,\"enc");
        JweVectorTest.assertUnopened(form, utf8(beside));
    }

    @Test
    void mastercard_moved() throws Exception {
        BodyEncryption form = keyed(Bodies.mastercard("$.a.card", "$.a.encryptedCard.encryptedData"));
        String plain = "{\"a\":{\"x\":1.0,\"card\":{\"pan\":\"5\"},\"y\":2}}";
        String hidden = text(form.encrypt(utf8(plain)));
        assertThat(hidden)
                .matches("\\{\"a\":\\{\"x\":1.0,\"encryptedCard\":\\{\"encryptedData\":\"[\\w.-]+\"},\"y\":2}}");
        assertThat(text(form.decrypt(utf8(hidden)))).isEqualTo(plain);
        BodyEncryption flat = keyed(Bodies.mastercard("$.card", "$.encryptedCard"));
        assertThat(text(flat.encrypt(utf8("{\"card\":1}")))).matches("\\{\"encryptedCard\":\"[\\w.-]+\"}");
        for (String bad : new String[] {"$.b.encrypted", "$", "$.a[0]"}) {
            assertThatThrownBy(() -> Bodies.mastercard("$.a.card", bad)).hasMessageContaining("hidden path is");
        }
    }

    /** Mastercard's library writes the text of a string without its quotes. */
    @Test
    void mastercards_own_message_as_a_field() throws Exception {
        Vectors.Case vector = Vectors.cases("mastercard_jwe").get(0);
        BodyEncryption form = Bodies.mastercard("$.foo", "$.encryptedFoo.encryptedValue")
                .decryptWith(
                        "761b003c1eade3a5490e5000d37887baa5e6ec0e226c07706e599451fc032a79",
                        Keys.privateKey(vector.text("private_key_pem")));
        String reply = "{\"encryptedFoo\":{\"encryptedValue\":\"" + vector.text("compact") + "\"},\"b\":1}";
        assertThat(text(form.decrypt(utf8(reply)))).isEqualTo("{\"foo\":\"bar\",\"b\":1}");
    }

    /** Mastercard's libraries write a nonce of 128 bits unless they are told otherwise; RFC 7518 has 96. */
    @ParameterizedTest
    @CsvSource({"12, true, true", "16, true, false", "13, false, false"})
    void nonces_of_mastercard(int bytes, boolean byMastercard, boolean byOthers) throws Exception {
        byte[] nonce = TestKeys.bytes(bytes);
        byte[] key = TestKeys.bytes(32);
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        String header = base64.encodeToString(utf8("{\"alg\":\"RSA-OAEP-256\",\"enc\":\"A256GCM\",\"kid\":\"k\"}"));
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        cipher.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(key, "AES"), new GCMParameterSpec(128, nonce));
        cipher.updateAAD(utf8(header));
        byte[] sealed = cipher.doFinal(utf8("{\"a\":1}"));
        int text = sealed.length - 16;
        String message = String.join(
                ".",
                header,
                base64.encodeToString(Oaep.SHA256.seal(TestKeys.RSA.getPublic(), key)),
                base64.encodeToString(nonce),
                base64.encodeToString(Arrays.copyOf(sealed, text)),
                base64.encodeToString(Arrays.copyOfRange(sealed, text, sealed.length)));
        byte[] reply = utf8("{\"encryptedData\":\"" + message + "\"}");
        BodyEncryption mastercard = Bodies.mastercard().decryptWith("k", TestKeys.RSA.getPrivate());
        BodyEncryption others = Bodies.jwe("RSA-OAEP-256", "A256GCM").decryptWith("k", TestKeys.RSA.getPrivate());
        if (byMastercard) {
            assertThat(text(mastercard.decrypt(reply))).isEqualTo("{\"a\":1}");
        } else {
            JweVectorTest.assertUnopened(mastercard, reply);
        }
        if (byOthers) {
            assertThat(text(others.decrypt(utf8(message)))).isEqualTo("{\"a\":1}");
        } else {
            JweVectorTest.assertUnopened(others, utf8(message));
        }
    }

    @Test
    void wechat_pay() throws Exception {
        Vectors.Case vector = Vectors.get("wechatpay", "oaep-decrypt");
        PrivateKey merchant = Keys.privateKey(vector.text("private_key_pem"));
        PublicKey platform = Keys.publicKey(Vectors.key("rsa-public"));
        BodyEncryption form = Bodies.weChatPay(
                "PUB_KEY_ID_1", Verifiers.weChatPayFields(platform, merchant), "$.bank.name", "$.phone?");
        String reply = "{\"bank\":{\"name\":\"" + vector.text("ciphertext_b64").replace("/", "\\/") + "\"},\"n\":1.50}";
        assertThat(text(form.decrypt(utf8(reply)))).isEqualTo("{\"bank\":{\"name\":\"plaintext\"},\"n\":1.50}");
        JweVectorTest.assertUnopened(form, utf8(reply.replace("\"Q", "\"R")));

        String hidden = text(form.encrypt(utf8("{\"bank\":{\"name\":\"张三\"}}")));
        assertThat(hidden).matches("\\{\"bank\":\\{\"name\":\"[\\w+/=]{344}\"}}");
        BodyEncryption atThePlatform = Bodies.weChatPay(
                "m", Verifiers.weChatPayFields(platform, Keys.privateKey(Vectors.key("rsa-pkcs8"))), "$.bank.name");
        assertThat(text(atThePlatform.decrypt(utf8(hidden)))).isEqualTo("{\"bank\":{\"name\":\"张三\"}}");

        HttpRequest signed = form.asSigner().sign(post("{\"bank\":{\"name\":\"x\"}}"));
        assertThat(signed.headers().firstValue("Wechatpay-Serial")).contains("PUB_KEY_ID_1");
        assertThatThrownBy(() -> form.encrypt(utf8("{\"bank\":{\"name\":7}}")))
                .hasMessageContaining("value of $.bank.name");
        assertThatThrownBy(() -> form.shared("k", new byte[16])).hasMessageContaining("WeChatPayFields");
    }

    /** A reader takes the first or the last of two members of one name: one of them would be what nobody encrypted. */
    @Test
    void a_bare_member_beside_the_hidden_one_is_refused() throws Exception {
        BodyEncryption form = keyed(Bodies.mastercard("$.card", "$.hidden"));
        String hidden = text(form.encrypt(utf8("{\"card\":{\"number\":1},\"n\":2}")));
        assertThat(text(form.decrypt(utf8(hidden)))).isEqualTo("{\"card\":{\"number\":1},\"n\":2}");
        JweVectorTest.assertUnopened(form, utf8(hidden.replace("\"n\":2", "\"card\":{\"number\":2}")));
        JweVectorTest.assertUnopened(form, utf8("{\"card\":7," + hidden.substring(1)));
        assertThatThrownBy(() -> form.encrypt(utf8("{\"card\":1,\"hidden\":2}")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("twice");
    }

    /** Beyond what the JSON parser has for a limit by itself, and in memory of some times the body. */
    @Test
    void a_long_value_is_hidden_up_to_the_size_that_was_set() throws Exception {
        int length = 25_000_000;
        BodyEncryption form = fields("$.photo").mostBytes(40_000_000);
        byte[] plain = utf8("{\"photo\":\"" + "x".repeat(length) + "\",\"amount\":10.00}");
        TestFlow.Collector sent = new TestFlow.Collector(Long.MAX_VALUE);
        form.encrypted(BodyPublishers.ofByteArray(plain)).subscribe(sent);
        assertThat(sent.failure).isNull();
        byte[] hidden = sent.bytes();
        assertThat(hidden).endsWith(utf8("\",\"amount\":10.00}"));
        var threads = (com.sun.management.ThreadMXBean) java.lang.management.ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThat(java.util.Arrays.equals(form.decrypt(hidden), plain)).isTrue();
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(30L * length);
        TestFlow.Collector refused = new TestFlow.Collector(1);
        form.mostBytes(length).encrypted(BodyPublishers.ofByteArray(plain)).subscribe(refused);
        assertThat(refused.failure)
                .hasMessage("the request body is longer than 25000000 bytes: too long to be encrypted");
    }
}
