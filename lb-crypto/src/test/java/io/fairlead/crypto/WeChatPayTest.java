package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class WeChatPayTest {

    private static final String SERIAL = "5F1C72E2A8931B72A2E13AF8DEE92471EB397115";
    private static final String PUBLIC_ID = "PUB_KEY_ID_0000000000000024101100397200000006";

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(3);
    private final PrivateKey rsa = Keys.privateKey(Vectors.key("rsa-pkcs8"));
    private final PublicKey rsaPublic = Keys.publicKey(Vectors.key("rsa-public"));
    private final PrivateKey sm2 = Keys.privateKey(Vectors.key("sm2-sec1"));
    private final PublicKey sm2Public = Keys.publicKey(Vectors.key("sm2-public"));
    private final Verifier verifier =
            Verifiers.weChatPay(Map.of(PUBLIC_ID, rsaPublic, "SM1", sm2Public)).environment(env);

    @Test
    void the_request_of_the_sdk_is_signed_to_the_byte() {
        Vectors.Case test = Vectors.get("wechatpay", "request-get");
        WeChatPay.Requests requests = new WeChatPay.Requests(
                test.text("mchid"), test.text("serial_no"), Keys.privateKey(test.text("private_key_pem")));
        Draft draft = requests.draft(
                test.text("method"), test.text("path_and_query"), test.number("timestamp"), test.text("nonce_str"));
        assertThat(draft.headers("")).isEqualTo(Map.of("Authorization", test.text("authorization")));
    }

    @Test
    void the_signature_of_the_go_sdk_is_the_same() {
        Vectors.Case test = Vectors.get("wechatpay", "rsa-sign-go");
        byte[] signature = Signatures.maker(Algorithm.RSA_SHA256, Keys.privateKey(test.text("private_key_pem")), "key")
                .sign(test.text("message"));
        assertThat(Base64.getEncoder().encodeToString(signature)).isEqualTo(test.text("signature_b64"));
    }

    /** The texts that the documentation prints. */
    @ParameterizedTest
    @ValueSource(strings = {"response-doc", "response-204"})
    void the_text_of_a_reply(String id) {
        Vectors.Case test = Vectors.get("wechatpay", id);
        Vectors.Case headers = test.object("headers");
        assertThat(WeChatPay.Replies.before(headers.text("Wechatpay-Timestamp"), headers.text("Wechatpay-Nonce"))
                        + test.text("body") + "\n")
                .isEqualTo(test.text("message"));
    }

    @Test
    void a_request_is_signed_with_its_path_query_and_body_as_they_are_sent() {
        for (String target : List.of("/v3/pay", "/v3/a%2Fb?x=a+b&y=%2B&z=", "?q=%E2%82%AC")) {
            for (PrivateKey key : List.of(rsa, sm2)) {
                HttpRequest request = HttpRequest.newBuilder(URI.create("https://api.mch.weixin.qq.com" + target))
                        .POST(BodyPublishers.fromPublisher(BodyPublishers.ofString("{\"金额\":1}")))
                        .build();
                HttpRequest signed = Signers.weChatPay("190001", SERIAL, key)
                        .environment(env)
                        .sign(request);
                String value = signed.headers().firstValue("Authorization").orElseThrow();
                String type = key == rsa ? "WECHATPAY2-SHA256-RSA2048" : "WECHATPAY2-SM2-WITH-SM3";
                assertThat(value)
                        .matches(type + " mchid=\"190001\",nonce_str=\"[0-9a-f]{32}\",timestamp=\"1767323045\","
                                + "serial_no=\"" + SERIAL + "\",signature=\"[A-Za-z0-9+/=]+\"");
                String nonce = value.replaceAll(".*nonce_str=\"(\\w+)\".*", "$1");
                String text = "POST\n" + (target.startsWith("?") ? "/" + target : target) + "\n1767323045\n" + nonce
                        + "\n{\"金额\":1}\n";
                byte[] signature = Base64.getDecoder().decode(value.replaceAll(".*signature=\"(.*)\"", "$1"));
                assertThat(checker(key).isValid(signature, text)).as(text).isTrue();
            }
        }
    }

    private Signatures.Checker checker(PrivateKey key) {
        return key == rsa
                ? Signatures.checker(Algorithm.RSA_SHA256, rsaPublic, "key")
                : Signatures.checker(Algorithm.SM2, sm2Public, "key");
    }

    private Map<String, List<String>> reply(String serial, PrivateKey key, String nonce, byte[] body) {
        long seconds = time.date().getEpochSecond();
        Algorithm algorithm = key == rsa ? Algorithm.RSA_SHA256 : Algorithm.SM2;
        Signatures.Run run = Signatures.maker(algorithm, key, "key").start();
        run.update(seconds + "\n" + nonce + "\n");
        run.update(ByteBuffer.wrap(body));
        run.update("\n");
        Map<String, List<String>> headers = new HashMap<>();
        headers.put("wechatpay-timestamp", List.of("" + seconds));
        headers.put("Wechatpay-Nonce", List.of(nonce));
        headers.put("Wechatpay-Serial", List.of(serial));
        headers.put("Wechatpay-Signature", List.of(Base64.getEncoder().encodeToString(run.sign())));
        return headers;
    }

    private static final byte[] BODY = "{\"code_url\":\"weixin://€\"}".getBytes(StandardCharsets.UTF_8);

    @Test
    void replies_by_either_kind_of_key_are_verified_the_empty_ones_too() throws Exception {
        verifier.verify(reply(PUBLIC_ID, rsa, "n1", BODY), BODY);
        verifier.verify(reply("SM1", sm2, "n2", BODY), BODY);
        verifier.verify(reply(PUBLIC_ID, rsa, "n3", new byte[0]), new byte[0]);
        Map<String, List<String>> typed = reply("SM1", sm2, "n4", BODY);
        typed.put("Wechatpay-Signature-Type", List.of("WECHATPAY2-SM2-WITH-SM3"));
        verifier.verify(typed, BODY);
        typed.put("Wechatpay-Signature-Type", List.of("WECHATPAY2-SHA256-RSA2048"));
        refused(verifier, typed, BODY, "wrong signature or unknown key");
    }

    private static void refused(Verifier verifier, Map<String, List<String>> headers, byte[] body, String why) {
        assertThatThrownBy(() -> verifier.verify(headers, body))
                .isInstanceOf(SignatureException.class)
                .hasMessageContaining(why);
    }

    @Test
    void a_reply_with_any_byte_changed_is_refused() {
        for (String serial : List.of(PUBLIC_ID, "SM1")) {
            Map<String, List<String>> headers = reply(serial, serial.equals("SM1") ? sm2 : rsa, "nonce", BODY);
            Vectors.mutations(BODY, bad -> refused(verifier, headers, bad, "wrong signature or unknown key"));
            for (String name : List.copyOf(headers.keySet())) {
                Vectors.mutations(headers.get(name).get(0), bad -> {
                    Map<String, List<String>> other = new HashMap<>(headers);
                    other.put(name, List.of(bad));
                    assertThatThrownBy(() -> verifier.verify(other, BODY))
                            .as(name + ": " + bad)
                            .isInstanceOf(SignatureException.class);
                });
                Map<String, List<String>> less = new HashMap<>(headers);
                less.remove(name);
                refused(verifier, less, BODY, "no header");
                less.put(
                        name,
                        List.of(headers.get(name).get(0), headers.get(name).get(0)));
                refused(verifier, less, BODY, "more than one header");
            }
        }
    }

    @Test
    void a_line_feed_cannot_move_a_part_of_the_text() {
        Map<String, List<String>> headers = reply(PUBLIC_ID, rsa, "a\nb", BODY);
        refused(verifier, headers, BODY, "malformed header Wechatpay-Nonce");
    }

    @Test
    void an_old_reply_and_a_replay_are_refused() throws Exception {
        Verifier once = verifier.rememberNonces(100);
        Map<String, List<String>> headers = reply(PUBLIC_ID, rsa, "n", BODY);
        once.verify(headers, BODY);
        refused(once, headers, BODY, "replayed nonce");
        verifier.verify(headers, BODY);
        time.advance(Duration.ofSeconds(301));
        refused(verifier, headers, BODY, "300 s away");
        verifier.tolerance(Duration.ofSeconds(301)).verify(headers, BODY);
        time.advance(Duration.ofSeconds(-602));
        refused(verifier, headers, BODY, "300 s away");
    }

    static Stream<Vectors.Case> resources() {
        List<Vectors.Case> cases = new ArrayList<>();
        cases.add(Vectors.get("wechatpay", "aead-java"));
        cases.add(Vectors.get("sm_gmt", "wechat-sm4-gcm"));
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("resources")
    void a_resource_is_opened_and_no_other(Vectors.Case test) throws Exception {
        WeChatPayResource resource = Verifiers.weChatPayResource(test.text("api_v3_key"));
        String algorithm = test.text("id").contains("sm4") ? "AEAD_SM4_GCM" : "AEAD_AES_256_GCM";
        String nonce = test.text("nonce");
        String data = test.text("associated_data");
        String ciphertext = test.text("ciphertext_b64");
        assertThat(resource.open(algorithm, data, nonce, ciphertext)).asString().isEqualTo(test.text("plaintext"));
        String json = "{\"id\":\"1\",\"resource\":{\"algorithm\":\"" + algorithm + "\",\"nonce\":\"" + nonce
                + "\",\"associated_data\":\"" + data + "\",\"ciphertext\":\"" + ciphertext + "\"}}";
        assertThat(resource.open(json.getBytes(StandardCharsets.UTF_8)))
                .asString()
                .isEqualTo(test.text("plaintext"));
        Vectors.mutations(ciphertext, bad -> closed(() -> resource.open(algorithm, data, nonce, bad)));
        Vectors.mutations(nonce, bad -> closed(() -> resource.open(algorithm, data, bad, ciphertext)));
        Vectors.mutations(data, bad -> closed(() -> resource.open(algorithm, bad, nonce, ciphertext)));
        closed(() -> resource.open(algorithm, null, nonce, ciphertext));
        closed(() -> resource.open(algorithm, data, nonce, "AAAA")); // shorter than a tag
        closed(() -> resource.open("AEAD_AES_128_GCM", data, nonce, ciphertext));
        for (String bad : List.of("", "[]", "{}", "{\"resource\":1}", "{\"resource\":{}}", "{\"resource\":")) {
            closed(() -> resource.open(bad.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static void closed(org.assertj.core.api.ThrowableAssert.ThrowingCallable opening) {
        assertThatThrownBy(opening)
                .isExactlyInstanceOf(GeneralSecurityException.class)
                .hasMessage("the resource cannot be opened: malformed, or encrypted under another key");
    }

    @Test
    void the_tampered_resource_of_the_sdk_stays_closed() {
        Vectors.Case test = Vectors.get("wechatpay", "aead-tampered");
        WeChatPayResource resource = Verifiers.weChatPayResource(test.text("api_v3_key"));
        closed(() -> resource.open(
                "AEAD_AES_256_GCM", test.text("associated_data"), test.text("nonce"), test.text("ciphertext_b64")));
    }

    static final String API_KEY = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb";

    static String listed(String serial, String pem) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
        byte[] nonce = ("nonce" + serial + "123456").substring(0, 12).getBytes(StandardCharsets.US_ASCII);
        cipher.init(
                Cipher.ENCRYPT_MODE,
                new SecretKeySpec(API_KEY.getBytes(StandardCharsets.US_ASCII), "AES"),
                new GCMParameterSpec(128, nonce));
        cipher.updateAAD("certificate".getBytes(StandardCharsets.US_ASCII));
        byte[] hidden = cipher.doFinal(pem.getBytes(StandardCharsets.US_ASCII));
        return "{\"serial_no\":\"" + serial + "\",\"encrypt_certificate\":{\"algorithm\":\"AEAD_AES_256_GCM\","
                + "\"nonce\":\"" + new String(nonce, StandardCharsets.US_ASCII)
                + "\",\"associated_data\":\"certificate\",\"ciphertext\":\""
                + Base64.getEncoder().encodeToString(hidden) + "\"}}";
    }

    static byte[] list(String... certificates) {
        return ("{\"data\":[" + String.join(",", certificates) + "]}").getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void the_platforms_keys_are_taken_from_its_list_and_verify_it() throws Exception {
        String now =
                TestCertificates.pem(new TestCertificates().serial("5F1C").issue("Tenpay", rsaPublic, "Tenpay", rsa));
        String next =
                TestCertificates.pem(new TestCertificates().serial("ABC").issue("Tenpay", sm2Public, "Tenpay", sm2));
        String old = TestCertificates.pem(new TestCertificates()
                .serial("DD")
                .valid(Duration.ofDays(-9), Duration.ofDays(-8))
                .issue("Tenpay", rsaPublic, "Tenpay", rsa));
        WeChatPayResource resource = Verifiers.weChatPayResource(API_KEY);
        byte[] body = list(listed("5F1C", now), listed("DD", old), listed("ABC", next));
        Map<String, PublicKey> keys = resource.platformKeys(body, env);
        assertThat(keys).containsOnlyKeys("5F1C", "ABC");
        Verifiers.weChatPay(keys).environment(env).verify(reply("5F1C", rsa, "n", body), body);
        Verifiers.weChatPay(keys).environment(env).verify(reply("ABC", sm2, "n", body), body);
        for (byte[] bad : List.of(
                list(),
                list("{}"),
                list(listed("DD", old)),
                list(listed("5F1D", now)),
                list(listed("5F1C", now).replace("\"associated_data\":\"c", "\"associated_data\":\"C")),
                "{}".getBytes(StandardCharsets.UTF_8),
                "[".getBytes(StandardCharsets.UTF_8))) {
            assertThatThrownBy(() -> resource.platformKeys(bad, env))
                    .as(new String(bad, StandardCharsets.UTF_8))
                    .isExactlyInstanceOf(GeneralSecurityException.class);
        }
    }

    @Test
    void a_field_of_the_sdk_is_opened_and_what_is_hidden_is_opened_again() throws Exception {
        Vectors.Case test = Vectors.get("wechatpay", "oaep-decrypt");
        WeChatPayFields fields = Verifiers.weChatPayFields(rsaPublic, Keys.privateKey(test.text("private_key_pem")));
        String hidden = test.text("ciphertext_b64");
        assertThat(fields.open(hidden)).isEqualTo(test.text("plaintext"));
        for (String bad : List.of("", "x", hidden.substring(4), "AAAA" + hidden.substring(4))) {
            assertThatThrownBy(() -> fields.open(bad))
                    .isExactlyInstanceOf(GeneralSecurityException.class)
                    .hasMessageStartingWith("the field cannot be opened");
        }
        WeChatPayFields own = Verifiers.weChatPayFields(rsaPublic, rsa);
        String name = "张三".repeat(35);
        assertThat(own.hide(name)).isNotEqualTo(own.hide(name));
        assertThat(own.open(own.hide(name))).isEqualTo(name);
        assertThatThrownBy(() -> own.open(hidden)).hasMessageStartingWith("the field cannot be opened");
        assertThatThrownBy(() -> own.hide("a".repeat(215)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("field of 215 bytes");
        assertThat(own.hide("a".repeat(214))).isNotEmpty();
        assertThat(own).hasToString("WeChatPayFields[]");
    }

    @Test
    void bad_settings_are_refused_by_name_and_no_secret_is_shown() {
        String key = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8G";
        assertThatThrownBy(() -> Verifiers.weChatPayResource(key))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("APIv3 key is 31 characters long: allowed is 32 characters");
        assertThat(Verifiers.weChatPayResource(key + "b")).hasToString("WeChatPayResource[]");
        assertThatThrownBy(() -> Signers.weChatPay("1\n", SERIAL, rsa)).hasMessageStartingWith("merchant id");
        assertThatThrownBy(() -> Signers.weChatPay("1", "\"", rsa)).hasMessageStartingWith("certificate serial");
        PrivateKey ec = Keys.privateKey(Vectors.key("ec-sec1"));
        assertThatThrownBy(() -> Signers.weChatPay("1", SERIAL, ec))
                .hasMessageStartingWith("merchant key is a key of the type EC 256");
        assertThatThrownBy(() -> Verifiers.weChatPay(Map.of())).hasMessageContaining("platform keys");
        assertThat(Signers.weChatPay("190001", SERIAL, rsa))
                .hasToString("SchemeSigner[WECHATPAY2-SHA256-RSA2048 190001]");
        assertThat(Verifiers.weChatPay(Map.of("A1", rsaPublic))).hasToString("Verifier[WeChat Pay [A1]]");
    }

    @Test
    void a_signer_shared_by_threads_signs_right_and_never_repeats_a_nonce() throws Exception {
        SchemeSigner shared = Signers.weChatPay("1", SERIAL, sm2);
        Signatures.Checker checker = checker(sm2);
        Set<String> nonces = ConcurrentHashMap.newKeySet();
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Callable<Boolean>> tasks = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            String body = "{\"n\":" + i + "}" + "x".repeat(i * 20_000);
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://h/pay"))
                    .POST(BodyPublishers.ofString(body))
                    .build();
            tasks.add(() -> {
                boolean all = true;
                for (int k = 0; k < 50; k++) {
                    String value = shared.sign(request)
                            .headers()
                            .firstValue("Authorization")
                            .orElseThrow();
                    String nonce = value.replaceAll(".*nonce_str=\"(\\w+)\".*", "$1");
                    String seconds = value.replaceAll(".*timestamp=\"(\\d+)\".*", "$1");
                    byte[] signature = Base64.getDecoder().decode(value.replaceAll(".*signature=\"(.*)\"", "$1"));
                    all &= nonces.add(nonce);
                    all &= checker.isValid(signature, "POST\n/pay\n" + seconds + "\n" + nonce + "\n" + body + "\n");
                }
                return all;
            });
        }
        for (Future<Boolean> task : pool.invokeAll(tasks)) {
            assertThat(task.get()).isTrue();
        }
        pool.shutdown();
    }

    @Test
    void a_call_fails_unless_its_reply_is_signed(@TempDir Path dir) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            byte[] body = exchange.getRequestURI().getPath().equals("/big") ? new byte[(1 << 20) + 1] : BODY;
            if (!exchange.getRequestURI().getPath().equals("/unsigned")) {
                reply(PUBLIC_ID, rsa, "n", body)
                        .forEach((name, values) -> exchange.getResponseHeaders().put(name, values));
            }
            exchange.sendResponseHeaders(exchange.getRequestURI().getPath().equals("/error") ? 500 : 200, body.length);
            try (exchange) {
                exchange.getResponseBody().write(body);
            }
        });
        server.start();
        try {
            URI base = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
            HttpClient client = HttpClient.newHttpClient();
            for (String path : List.of("/", "/error")) {
                HttpRequest request = HttpRequest.newBuilder(base.resolve(path)).build();
                assertThat(client.send(request, verifier.verified(BodyHandlers.ofByteArray()))
                                .body())
                        .isEqualTo(BODY);
            }
            HttpRequest get = HttpRequest.newBuilder(base).build();
            HttpResponse<InputStream> stream = client.send(get, verifier.verified(BodyHandlers.ofInputStream()));
            assertThat(stream.body().readAllBytes()).isEqualTo(BODY);
            Path file = dir.resolve("reply");
            assertThat(client.send(get, verifier.verified(BodyHandlers.ofFile(file)))
                            .body())
                    .hasBinaryContent(BODY);
            assertThat(client.send(get, verifier.verified(BodyHandlers.ofLines()))
                            .body())
                    .containsExactly(new String(BODY, StandardCharsets.UTF_8));
            HttpRequest unsigned =
                    HttpRequest.newBuilder(base.resolve("/unsigned")).build();
            assertThatThrownBy(() -> client.send(unsigned, verifier.verified(BodyHandlers.ofString())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("no header Wechatpay-Serial");
            Path untouched = dir.resolve("untouched");
            assertThatThrownBy(() -> client.send(unsigned, verifier.verified(BodyHandlers.ofFile(untouched))))
                    .isInstanceOf(IOException.class);
            assertThat(untouched).doesNotExist();
            HttpRequest big = HttpRequest.newBuilder(base.resolve("/big")).build();
            assertThatThrownBy(() -> client.send(big, verifier.verified(BodyHandlers.ofString())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("too long to be verified");
        } finally {
            server.stop(0);
        }
    }
}
