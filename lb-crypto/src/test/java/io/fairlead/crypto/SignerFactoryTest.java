package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.RequestSigner;
import io.fairlead.Settings;
import io.fairlead.testing.ManualTime;
import java.io.OutputStream;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Every scheme by its name, and what is the same for all of them. */
class SignerFactoryTest {

    @TempDir
    private Path dir;

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(9);
    private final Map<String, Map<String, String>> settings = new HashMap<>();

    @BeforeEach
    void files() throws Exception {
        String file = Files.writeString(dir.resolve("key.pem"), Vectors.key("rsa-pkcs8-encrypted"))
                .toString();
        String secret = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
        Map<String, String> key = Map.of("private-key-file", file, "private-key-password", "changeit");
        settings.put("hmac-sha256", Map.of("key-id", "k", "secret", secret));
        settings.put(
                "http-message",
                with(
                        key,
                        "key-id",
                        "k",
                        "algorithm",
                        "rsa-pss-sha512",
                        "tag",
                        "t",
                        "label",
                        "l",
                        "components",
                        "@method  @path"));
        settings.put(
                "aws",
                Map.of(
                        "region",
                        "r",
                        "service",
                        "s",
                        "access-key-id",
                        "a",
                        "secret-access-key",
                        secret,
                        "session-token",
                        "t"));
        settings.put("wechat-pay", with(key, "merchant-id", "1", "certificate-serial", "AB"));
        settings.put("alipay", with(key, "app-id", "1"));
        settings.put("alipay-v3", with(key, "app-id", "1", "certificate-serial", "c"));
        settings.put(
                "cavage",
                with(key, "key-id", "k", "algorithm", "rsa-sha256", "headers", "(request-target) date digest"));
        settings.put("open-banking", with(key, "key-id", "k", "issuer", "i", "trust-anchor", "t"));
        settings.put("antom", with(key, "client-id", "C", "key-version", "2", "follow-clock", "false"));
        settings.put("bearer", Map.of("token", secret));
        settings.put(
                "mastercard", Map.of("consumer-key", "c", "key-store-file", store(), "key-store-password", "changeit"));
    }

    @Test
    void mastercards_method_is_a_setting() throws Exception {
        Map<String, String> pss = with(settings.get("mastercard"), "method", "RSA-PSS");
        assertThat(signer("mastercard", pss).sign(request()).headers().firstValue("Authorization"))
                .hasValueSatisfying(header -> assertThat(header).contains("oauth_signature_method=\"RSA-PSS\""));
        assertThatThrownBy(() -> signer("mastercard", with(pss, "method", "PLAINTEXT")))
                .hasMessageContaining("signature method is \"PLAINTEXT\"");
    }

    private static Map<String, String> with(Map<String, String> some, String... more) {
        Map<String, String> all = new HashMap<>(some);
        for (int i = 0; i < more.length; i += 2) {
            all.put(more[i], more[i + 1]);
        }
        return all;
    }

    private String store() throws Exception {
        KeyPair own = TestCertificates.pair("RSA", 2048);
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        Certificate leaf = new TestCertificates().issue("shop", own.getPublic(), "shop", own.getPrivate());
        store.setKeyEntry("a", own.getPrivate(), "changeit".toCharArray(), new Certificate[] {leaf});
        Path file = dir.resolve("store.p12");
        try (OutputStream out = Files.newOutputStream(file)) {
            store.store(out, "changeit".toCharArray());
        }
        return file.toString();
    }

    static Stream<String> names() {
        // oauth2 asks a server for what it signs with: TokenWireTest
        return new TreeSet<>(new SignerFactory().names()).stream().filter(name -> !name.equals("oauth2"));
    }

    private RequestSigner signer(String name, Map<String, String> of) {
        return Providers.load().create(RequestSigner.class, name, Settings.of(of), env);
    }

    private static HttpRequest request() {
        return HttpRequest.newBuilder(URI.create("https://partner.example/pay?a=b"))
                .POST(BodyPublishers.ofString("c=d"))
                .build();
    }

    private static String shape(HttpRequest signed) {
        return new TreeSet<>(signed.headers().map().entrySet().stream()
                        .map(Object::toString)
                        .toList())
                + SentBody.text(signed);
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.MethodSource("names")
    void every_name_makes_a_signer_that_signs_each_attempt_anew(String name) {
        RequestSigner signer = signer(name, settings.get(name));
        HttpRequest first = signer.sign(request());
        assertThat(first.uri()).isEqualTo(request().uri());
        assertThat(first.method()).isEqualTo("POST");
        time.advance(java.time.Duration.ofSeconds(1));
        HttpRequest second = signer.signAsync(request()).toCompletableFuture().join();
        assertThat(shape(second)).isNotEqualTo(shape(request()));
        assertThat(shape(second).equals(shape(first)))
                .as("a token is the same each time")
                .isEqualTo(name.equals("bearer"));
        assertThat(SentBody.text(second)).startsWith(name.equals("alipay") ? "app_id=1" : "c=d");
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.MethodSource("names")
    void every_setting_that_is_missing_or_unknown_is_named_and_none_is_shown(String name) {
        Map<String, String> good = settings.get(name);
        List<String> optional = List.of(
                "tag",
                "label",
                "components",
                "session-token",
                "private-key-password",
                "certificate-serial",
                "key-version",
                "follow-clock");
        for (String setting : good.keySet()) {
            Map<String, String> less = new HashMap<>(good);
            less.remove(setting);
            if (!optional.contains(setting)) {
                assertThatThrownBy(() -> signer(name, less))
                        .as(setting)
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining(setting);
            }
        }
        assertThatThrownBy(() -> signer(name, with(good, "colour", "red"))).hasMessageContaining("setting colour");
        for (String secret :
                List.of("token", "secret", "secret-access-key", "key-store-password", "private-key-password")) {
            if (good.containsKey(secret)) {
                String marked = "hunter2 with a line\nfeed";
                assertThatThrownBy(() -> signer(name, with(good, secret, marked)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .satisfies(e -> assertThat(allOf(e)).doesNotContain("hunter2"));
                assertThat(signer(name, good).toString()).doesNotContain(good.get(secret));
            }
        }
    }

    private static String allOf(Throwable e) {
        List<String> all = new ArrayList<>();
        for (Throwable one = e; one != null; one = one.getCause()) {
            all.add(one.toString());
        }
        return all.toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "key\0"})
    void a_file_that_cannot_be_read_is_told(String file) {
        Map<String, String> bad = with(settings.get("alipay"), "private-key-file", dir + "/" + file);
        assertThatThrownBy(() -> signer("alipay", bad))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("private-key-file");
    }

    /** Those whose key is in a file of its own. */
    @ParameterizedTest
    @ValueSource(strings = {"http-message", "wechat-pay", "alipay", "alipay-v3", "cavage", "open-banking", "antom"})
    void a_key_file_is_watched_where_that_is_wanted(String name) throws Exception {
        Path file = Files.writeString(dir.resolve("watched.pem"), Vectors.key("rsa-pkcs8"));
        Map<String, String> watched =
                with(settings.get(name), "private-key-file", file.toString(), "watch-key-file", "10s");
        watched.remove("private-key-password");
        RequestSigner signer = signer(name, watched);
        RequestSigner fixed = signer(name, without(watched, "watch-key-file"));
        assertThat(time.pendingTimers()).isOne();
        // What tells the keys apart is the length of what they sign.
        KeyPair other = TestCertificates.pair("RSA", 3072);
        int before = length(signer.sign(request()));
        assertThat(length(fixed.sign(request()))).isEqualTo(before);
        Files.writeString(file, TestCertificates.pkcs8(other.getPrivate()).substring(0, 500));
        time.advance(java.time.Duration.ofSeconds(30));
        assertThat(length(signer.sign(request()))).as("half written").isEqualTo(before);
        Files.writeString(file, TestCertificates.pkcs8(other.getPrivate()));
        time.advance(java.time.Duration.ofSeconds(12));
        assertThat(length(signer.sign(request()))).as("3072 bits").isGreaterThan(before + 100);
        assertThat(length(fixed.sign(request()))).isEqualTo(before);
    }

    private static int length(HttpRequest signed) {
        // Base64 is encoded for forms in some schemes, which makes its length a matter of chance.
        return URLDecoder.decode(shape(signed), StandardCharsets.UTF_8).length();
    }

    private static Map<String, String> without(Map<String, String> some, String setting) {
        Map<String, String> less = new HashMap<>(some);
        less.remove(setting);
        return less;
    }

    @Test
    void a_certificate_in_the_watched_file_names_the_serial_and_the_end() throws Exception {
        KeyPair one = TestCertificates.pair("RSA", 2048);
        KeyPair two = TestCertificates.pair("RSA", 2048);
        Path file = Files.writeString(dir.resolve("merchant.pem"), merchant(one, "aa11"));
        Map<String, String> watched =
                Map.of("merchant-id", "1", "private-key-file", file.toString(), "watch-key-file", "10s");
        RequestSigner signer = signer("wechat-pay", watched);
        assertThat(signer.sign(request()).headers().firstValue("Authorization").orElseThrow())
                .contains("serial_no=\"AA11\"");
        Files.writeString(file, merchant(two, "bb22"));
        time.advance(java.time.Duration.ofSeconds(12));
        assertThat(signer.sign(request()).headers().firstValue("Authorization").orElseThrow())
                .contains("serial_no=\"BB22\"");
        time.advance(java.time.Duration.ofDays(1));
        assertThatThrownBy(() -> signer.sign(request())).hasMessageContaining("(serial BB22) expired at");
    }

    private static String merchant(KeyPair pair, String serial) {
        return TestCertificates.pkcs8(pair.getPrivate())
                + TestCertificates.pem(new TestCertificates()
                        .serial(serial)
                        .issue("shop", pair.getPublic(), "shop", pair.getPrivate()));
    }

    @Test
    void what_is_wrong_with_a_watched_file_is_told_and_nothing_goes_on_watching() {
        Map<String, String> good = with(settings.get("alipay"), "watch-key-file", "10s");
        assertThat(signer("alipay", good).sign(request())).isNotNull();
        int timers = time.pendingTimers();
        assertThat(timers).isOne();
        for (Map<String, String> bad : List.of(
                with(good, "watch-key-file", "soon"),
                with(good, "private-key-file", dir + "/none"),
                without(good, "private-key-file"),
                without(good, "app-id"),
                with(good, "colour", "red"),
                with(good, "private-key-password", "hunter2"))) {
            assertThatThrownBy(() -> signer("alipay", bad))
                    .as(bad.toString())
                    .isInstanceOf(IllegalArgumentException.class)
                    .satisfies(e -> assertThat(allOf(e)).doesNotContain("hunter2"));
        }
        for (String name : List.of("hmac-sha256", "aws", "mastercard", "bearer")) {
            assertThatThrownBy(() -> signer(name, with(settings.get(name), "watch-key-file", "10s")))
                    .as(name)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(time.pendingTimers()).isEqualTo(timers);
    }

    @Test
    void a_secret_makes_http_message_an_hmac() {
        HttpRequest signed = signer("http-message", with(settings.get("hmac-sha256"), "tag", "x"))
                .sign(request());
        assertThat(signed.headers().firstValue("Signature-Input").orElseThrow())
                .startsWith("sig1=(\"@method\" \"@target-uri\" \"content-digest\");")
                .endsWith(";tag=\"x\"");
    }

    @Test
    void a_signer_by_name_follows_the_partners_clock_unless_it_is_told_not_to() {
        Map<String, String> hmac = settings.get("hmac-sha256");
        HttpHeaders later = HttpHeaders.of(Map.of("Date", List.of("Fri, 02 Jan 2026 03:08:05 GMT")), (n, v) -> true);
        RequestSigner following = signer("hmac-sha256", hmac);
        assertThat(following.answered(following.sign(request()), 401, later)).isEqualTo(Delivery.NOT_PROCESSED);
        RequestSigner fixed = signer("hmac-sha256", with(hmac, "follow-clock", "false"));
        assertThat(fixed.answered(fixed.sign(request()), 401, later)).isNull();
        assertThatThrownBy(() -> signer("hmac-sha256", with(hmac, "follow-clock", "yes")))
                .hasMessageContaining("follow-clock");
    }
}
