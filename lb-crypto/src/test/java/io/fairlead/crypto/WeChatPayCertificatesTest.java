package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.SignatureException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The platform certificates of WeChat Pay, from a server that rotates them. */
class WeChatPayCertificatesTest {

    private static final KeyPair FIRST = TestCertificates.pair("RSA", 2048);
    private static final KeyPair SECOND = TestCertificates.pair("RSA", 2048);
    private static final byte[] BODY = "{}".getBytes(StandardCharsets.US_ASCII);

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(3);
    private final AtomicInteger fetches = new AtomicInteger();
    private volatile String[] listed = {};
    private volatile String signedBy = "A1";
    private volatile int status = 200;
    private HttpServer server;
    private WeChatPayCertificates certificates;

    @BeforeEach
    void serve() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/v3/certificates", this::answer);
        server.start();
        listed = new String[] {listed("A1", FIRST, Duration.ofDays(1))};
        certificates = Verifiers.weChatPayCertificates(
                HttpClient.newHttpClient(),
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/v3/certificates"),
                WeChatPayTest.API_KEY,
                env);
    }

    @AfterEach
    void stop() {
        certificates.close();
        server.stop(0);
    }

    private static String listed(String serial, KeyPair pair, Duration until) throws GeneralSecurityException {
        return WeChatPayTest.listed(
                serial,
                TestCertificates.pem(new TestCertificates()
                        .serial(serial)
                        .valid(Duration.ofDays(-1), until)
                        .issue("Tenpay", pair.getPublic(), "Tenpay", pair.getPrivate())));
    }

    private void answer(HttpExchange exchange) throws IOException {
        fetches.incrementAndGet();
        byte[] body = WeChatPayTest.list(listed);
        signed(signedBy, body)
                .forEach((name, values) -> exchange.getResponseHeaders().put(name, values));
        exchange.sendResponseHeaders(status, body.length);
        try (exchange) {
            exchange.getResponseBody().write(body);
        }
    }

    private Map<String, List<String>> signed(String serial, byte[] body) {
        KeyPair by = serial.equals("A1") ? FIRST : SECOND;
        String seconds = Long.toString(time.date().getEpochSecond());
        String text = seconds + "\nn\n" + new String(body, StandardCharsets.UTF_8) + "\n";
        byte[] signature =
                Signatures.maker(Algorithm.RSA_SHA256, by.getPrivate(), "key").sign(text);
        return Map.of(
                "Wechatpay-Serial",
                List.of(serial),
                "Wechatpay-Nonce",
                List.of("n"),
                "Wechatpay-Timestamp",
                List.of(seconds),
                "Wechatpay-Signature",
                List.of(Base64.getEncoder().encodeToString(signature)));
    }

    private void fetched() throws Exception {
        certificates.refresh().get(20, TimeUnit.SECONDS);
    }

    private void verify(String serial) throws SignatureException {
        certificates.verifier().verify(signed(serial, BODY), BODY);
    }

    private void unknown(String serial) {
        assertThatThrownBy(() -> verify(serial)).hasMessage("wrong signature or unknown key");
    }

    private void notBelieved(String why) {
        assertThatThrownBy(this::fetched)
                .isInstanceOf(ExecutionException.class)
                .rootCause()
                .hasMessageContaining(why);
    }

    @Test
    void what_was_fetched_verifies_and_encrypts() throws Exception {
        fetched();
        verify("A1");
        assertThat(certificates.keys()).containsOnlyKeys("A1");
        assertThat(certificates).hasToString("WeChatPayCertificates[A1]");
        assertThat(certificates.verifier()).hasToString("Verifier[WeChat Pay [A1]]");
    }

    @Test
    void a_rotation_is_followed_and_the_old_one_counts_until_it_expires() throws Exception {
        fetched();
        listed = new String[] {listed("B2", SECOND, Duration.ofDays(9))};
        signedBy = "B2";
        fetched();
        verify("A1");
        verify("B2");
        time.advance(Duration.ofHours(25));
        unknown("A1");
        verify("B2");
        assertThat(certificates.keys()).containsOnlyKeys("B2");
    }

    @Test
    void it_is_fetched_again_before_twelve_hours_are_over() throws Exception {
        fetched();
        listed = new String[] {listed("A1", FIRST, Duration.ofDays(1)), listed("B2", SECOND, Duration.ofDays(9))};
        time.advance(Duration.ofHours(11));
        CompletableFuture<Void> underWay = certificates.refresh();
        underWay.get(20, TimeUnit.SECONDS);
        verify("B2");
        certificates.close();
        int before = fetches.get();
        time.advance(Duration.ofHours(40));
        assertThat(fetches.get()).isEqualTo(before);
        assertThatThrownBy(() -> certificates.refresh().get()).hasRootCauseInstanceOf(IOException.class);
    }

    @Test
    void an_unknown_serial_has_it_fetched_at_most_once_a_minute() throws Exception {
        unknown("A1");
        fetched();
        verify("A1");
        int before = fetches.get();
        for (int i = 0; i < 10; i++) {
            unknown("B2");
        }
        listed = new String[] {listed("A1", FIRST, Duration.ofDays(1)), listed("B2", SECOND, Duration.ofDays(9))};
        time.advance(Duration.ofSeconds(61));
        unknown("B2");
        fetched(); // or joined
        verify("B2");
        assertThat(fetches.get() - before).isBetween(1, 2);
    }

    @Test
    void a_list_that_is_not_proven_changes_nothing() throws Exception {
        fetched();
        signedBy = "B2";
        notBelieved("wrong signature or unknown key");
        signedBy = "A1";
        status = 500;
        notBelieved("status 500");
        status = 200;
        listed = new String[] {listed("B2", SECOND, Duration.ofDays(9)).replace("A", "B")};
        notBelieved("");
        listed = new String[] {};
        notBelieved("no certificate");
        verify("A1");
        unknown("B2");
    }

    @Test
    void before_the_first_list_nothing_is_verified() {
        assertThat(certificates.keys()).isEmpty();
        unknown("A1");
    }

    /** The JDK's own timeout ends with the headers of an answer. */
    @Test
    void an_answer_that_never_ends_is_given_up_and_asked_for_again() {
        AtomicInteger asked = new AtomicInteger();
        ScriptedClient stuck = ScriptedClient.later(request -> {
            asked.incrementAndGet();
            return new CompletableFuture<>();
        });
        try (WeChatPayCertificates its = Verifiers.weChatPayCertificates(
                stuck, URI.create("https://api.example/v3/certificates"), WeChatPayTest.API_KEY, env)) {
            CompletableFuture<Void> first = its.refresh();
            time.advance(Duration.ofSeconds(29));
            assertThat(first).isNotDone();
            time.advance(Duration.ofSeconds(1));
            assertThat(first).isCompletedExceptionally();
            assertThat(its.refresh()).isNotDone();
            assertThat(asked).hasValue(2);
        }
    }
}
