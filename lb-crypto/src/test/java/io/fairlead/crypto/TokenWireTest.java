package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.Settings;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SignatureException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A token server over real sockets that is slow, down, talks garbage and rotates its keys; and signers by name. */
class TokenWireTest {

    private static final HttpRequest PAY =
            HttpRequest.newBuilder(URI.create("https://api.example/v1/pay")).build();

    /** What the server does with a request for a token. */
    @FunctionalInterface
    private interface Act {
        void answer(HttpExchange exchange, int number) throws IOException;
    }

    @TempDir
    private Path dir;

    private final AtomicInteger fetches = new AtomicInteger();
    private final HttpClient client = HttpClient.newHttpClient();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private volatile Act act = (exchange, n) -> respond(exchange, 200, token("t" + n));
    private volatile ECKey key = key("k1");
    private HttpServer server;

    private static ECKey key(String id) {
        try {
            return new ECKeyGenerator(Curve.P_256).keyID(id).generate();
        } catch (com.nimbusds.jose.JOSEException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String token(String value) {
        return "{\"access_token\":\"" + value + "\",\"token_type\":\"Bearer\",\"expires_in\":3600}";
    }

    private static void respond(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/token", exchange -> {
            exchange.getRequestBody().readAllBytes();
            act.answer(exchange, fetches.incrementAndGet());
        });
        server.createContext("/keys", exchange -> respond(exchange, 200, new JWKSet(key).toString(true)));
        server.createContext(
                "/.well-known/",
                exchange -> respond(
                        exchange,
                        200,
                        "{\"issuer\":\"" + base() + "\",\"token_endpoint\":\"" + base() + "/token\",\"jwks_uri\":\""
                                + base() + "/keys\"}"));
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private String base() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    private TokenSigner signer() {
        return Tokens.clientCredentials(base(), "me", client).secret("x");
    }

    private static String authorization(HttpRequest signed) {
        return signed.headers().firstValue("Authorization").orElse("");
    }

    @Test
    void a_thousand_callers_at_a_slow_server_make_one_fetch() {
        CountDownLatch all = new CountDownLatch(1);
        act = (exchange, n) -> {
            await(all);
            respond(exchange, 200, token("t" + n));
        };
        TokenSigner signer = signer();
        List<CompletableFuture<HttpRequest>> waiting = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            waiting.add(signer.signAsync(PAY).toCompletableFuture());
        }
        all.countDown();
        assertThat(waiting).allSatisfy(w -> assertThat(authorization(w.join())).isEqualTo("Bearer t1"));
        assertThat(fetches).hasValue(1);
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Test
    void a_server_that_never_answers_is_given_up() {
        CountDownLatch end = new CountDownLatch(1);
        act = (exchange, n) -> await(end);
        TokenSigner signer = signer().fetchTimeout(Duration.ofMillis(300));
        assertThatThrownBy(() -> signer.sign(PAY))
                .isInstanceOf(IllegalStateException.class)
                .hasCauseInstanceOf(IOException.class);
        end.countDown();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"200 | garbage", "200 | {\"access_token\":", "204 | ''", "500 | oops", "302 | ''", "401 | {}"})
    void a_server_that_talks_garbage_gives_no_token(int status, String body) {
        act = (exchange, n) -> respond(exchange, status, body);
        assertThatThrownBy(() -> signer().sign(PAY)).rootCause().isInstanceOf(FetchFailure.class);
        assertThat(fetches).hasValue(1);
    }

    @Test
    void a_body_that_is_cut_short_gives_no_token() {
        act = (exchange, n) -> {
            exchange.sendResponseHeaders(200, 1000);
            exchange.getResponseBody().write(token("t").getBytes(StandardCharsets.UTF_8));
            exchange.getResponseBody().flush();
            exchange.close();
        };
        assertThatThrownBy(() -> signer().sign(PAY)).hasCauseInstanceOf(IOException.class);
    }

    @Test
    void a_redirect_takes_the_secret_nowhere() {
        AtomicInteger led = new AtomicInteger();
        server.createContext("/elsewhere", exchange -> {
            led.incrementAndGet();
            respond(exchange, 200, token("t"));
        });
        act = (exchange, n) -> {
            exchange.getResponseHeaders().set("Location", base() + "/elsewhere");
            respond(exchange, 307, "");
        };
        assertThatThrownBy(() -> signer().sign(PAY)).rootCause().hasMessageContaining("status 307");
        assertThat(led).hasValue(0);
    }

    @Test
    void keys_may_rotate_between_any_two_tokens() throws Exception {
        TokenValidator validator = Tokens.validator(base(), "us", client);
        for (int i = 0; i < 3; i++) {
            key = key("k" + i);
            JoseKey issuer = JoseKey.named("k" + i, "ES256", key.toECPrivateKey());
            String token = issuer.sign(
                    "at+jwt",
                    Map.of("iss", base(), "aud", "us", "exp", Instant.now().getEpochSecond() + 60));
            assertThat(validator.validate(token)).containsEntry("aud", "us");
            assertThatThrownBy(() -> validator.validate(token + "A")).isInstanceOf(SignatureException.class);
        }
    }

    // ---- by name ---------------------------------------------------------------------------------------------------

    private static RequestSigner named(Map<String, String> settings) {
        return io.fairlead.Providers.load()
                .create(RequestSigner.class, "oauth2", Settings.of(settings), Environment.system());
    }

    private Map<String, String> settings(String... more) {
        Map<String, String> all =
                new HashMap<>(Map.of("issuer", base(), "client-id", "me", "client-secret", "hunter2"));
        for (int i = 0; i < more.length; i += 2) {
            if (more[i + 1] == null) {
                all.remove(more[i]);
            } else {
                all.put(more[i], more[i + 1]);
            }
        }
        return all;
    }

    @Test
    void a_signer_by_name_signs() throws Exception {
        assertThat(authorization(named(settings("scope", "a b", "audience", "c", "resource", "https://r"))
                        .sign(PAY)))
                .isEqualTo("Bearer t1");
        String file = Files.writeString(dir.resolve("key.pem"), Vectors.key("rsa-pkcs8"))
                .toString();
        Map<String, String> assertion = settings(
                "client-secret",
                null,
                "private-key-file",
                file,
                "key-id",
                "k",
                "algorithm",
                "PS256",
                "issuer",
                null,
                "token-endpoint",
                base() + "/token",
                "fetch-timeout",
                "5s",
                "plain-http",
                "true",
                "rejected-unprocessed",
                "true");
        assertThat(authorization(named(assertion).sign(PAY))).isEqualTo("Bearer t2");
        act = (exchange, n) -> respond(exchange, 200, token("t" + n).replace("Bearer", "DPoP"));
        HttpRequest proven =
                named(settings("secret-in", "body", "dpop", "true")).sign(PAY);
        assertThat(authorization(proven)).isEqualTo("DPoP t3");
        assertThat(proven.headers().firstValue("DPoP")).isPresent();
    }

    @ParameterizedTest
    @CsvSource({
        "issuer,,issuer and token-endpoint",
        "token-endpoint,https://a/t,issuer and token-endpoint",
        "client-id,,client-id",
        "client-secret,,client-secret and private-key-file",
        "private-key-file,/x,client-secret and private-key-file",
        "issuer,ftp://x,issuer",
        "secret-in,url,secret-in",
        "dpop,yes,dpop",
        "fetch-timeout,soon,fetch-timeout",
        "colour,red,setting colour"
    })
    void a_setting_that_is_wrong_is_named_and_no_secret_shown(String name, String value, String told) {
        assertThatThrownBy(() -> named(settings(name, value)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(told)
                .hasMessageNotContaining("hunter2");
    }
}
