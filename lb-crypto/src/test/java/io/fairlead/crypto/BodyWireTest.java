package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.RequestSigner;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bodies as they go over a socket: what arrives is opened, what is sent back is hidden, and signatures are of what is sent. */
class BodyWireTest {

    private static final byte[] SECRET = "a secret of thirty-two bytes ...".getBytes(StandardCharsets.US_ASCII);

    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private HttpServer server;
    private int status = 200;
    private byte[] reply = new byte[0];
    private volatile byte[] arrived;
    private volatile Map<String, List<String>> headers;

    @TempDir
    private Path dir;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        arrived = exchange.getRequestBody().readAllBytes();
        headers = Map.copyOf(exchange.getRequestHeaders());
        exchange.sendResponseHeaders(status, reply.length == 0 ? -1 : reply.length);
        try (exchange) {
            exchange.getResponseBody().write(reply);
        }
    }

    private HttpRequest.Builder request() {
        return HttpRequest.newBuilder(
                URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/pay"));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static BodyEncryption jwe() {
        return Bodies.jwe("A256KW", "A256GCM").shared("k", new byte[32]);
    }

    private static BodyEncryption envelope() {
        return Bodies.envelope("A256KW").shared("k", new byte[32]);
    }

    @Test
    void a_service_encrypts_all_its_bodies_before_it_signs_them() throws Exception {
        RequestSigner hidden = jwe().asSigner();
        RequestSigner signer = Signers.hmacSha256("shop", SECRET);
        HttpRequest plain = request()
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString("{}"))
                .build();
        HttpRequest sent = signer.sign(hidden.sign(plain));
        client.send(sent, BodyHandlers.discarding());
        assertThat(jwe().decrypt(arrived)).isEqualTo(utf8("{}"));
        assertThat(headers.get("Content-type")).containsExactly("application/jose");
        assertThat(headers.get("Content-length")).containsExactly("" + arrived.length);
        Signers.hmacVerifier(Map.of("shop", SECRET))
                .verify("POST", headers.get("Host").get(0), "/pay", null, headers.get("Fairlead-signature"), arrived);
        byte[] first = arrived;
        client.send(signer.sign(hidden.sign(plain)), BodyHandlers.discarding());
        assertThat(arrived).as("another attempt, another ciphertext").isNotEqualTo(first);
    }

    @Test
    void a_large_body_is_streamed_and_signed() throws Exception {
        Path file = Files.write(dir.resolve("report"), TestKeys.bytes(3_000_000));
        HttpRequest plain = request().POST(BodyPublishers.ofFile(file)).build();
        HttpRequest sent =
                Signers.hmacSha256("shop", SECRET).sign(envelope().asSigner().sign(plain));
        client.send(sent, BodyHandlers.discarding());
        assertThat(envelope().decrypt(arrived)).isEqualTo(TestKeys.bytes(3_000_000));
        assertThat(headers.get("Content-length")).containsExactly("" + arrived.length);
        byte[] first = arrived;
        client.send(sent, BodyHandlers.discarding());
        assertThat(arrived).as("the same request sent again").isEqualTo(first);
    }

    @Test
    void requests_without_a_body_pass() throws Exception {
        HttpRequest get = request().GET().build();
        assertThat(jwe().asSigner().sign(get)).isSameAs(get);
        HttpRequest empty = request().POST(BodyPublishers.noBody()).build();
        assertThat(jwe().asSigner().sign(empty)).isSameAs(empty);
    }

    @Test
    void what_cannot_be_encrypted_is_not_sent() {
        RequestSigner fields = Bodies.jweFields("A256KW", "A256GCM", "$.pan")
                .shared("k", new byte[32])
                .asSigner();
        HttpRequest lacking = request().POST(BodyPublishers.ofString("{}")).build();
        assertThatThrownBy(() -> fields.sign(lacking))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("$.pan");
        assertThat(fields.signAsync(lacking).toCompletableFuture()).isCompletedExceptionally();
        HttpRequest tooLong =
                request().POST(BodyPublishers.ofByteArray(new byte[11])).build();
        assertThatThrownBy(() -> jwe().mostBytes(10).asSigner().sign(tooLong))
                .isInstanceOf(IllegalStateException.class)
                .hasRootCauseMessage("the request body is longer than 10 bytes: too long to be encrypted");
    }

    @Test
    void replies_are_opened() throws Exception {
        reply = jwe().encrypt(utf8("{\"paid\":true}"));
        assertThat(client.send(request().build(), jwe().decrypted(BodyHandlers.ofString()))
                        .body())
                .isEqualTo("{\"paid\":true}");
        reply = envelope().encrypt(TestKeys.bytes(500_000));
        assertThat(client.send(request().build(), envelope().decrypted(BodyHandlers.ofByteArray()))
                        .body())
                .isEqualTo(TestKeys.bytes(500_000));
        assertThat(client.send(request().build(), envelope().decrypted(BodyHandlers.ofInputStream()))
                        .body()
                        .readAllBytes())
                .isEqualTo(TestKeys.bytes(500_000));
    }

    @Test
    void replies_that_do_not_open_fail_the_call_before_the_handler_is_made() {
        boolean[] made = {false};
        HttpResponse.BodyHandler<String> handler = info -> {
            made[0] = true;
            return BodyHandlers.ofString().apply(info);
        };
        byte[] altered = jwe().encrypt(utf8("{}"));
        altered[altered.length - 4]++;
        for (byte[] bad : new byte[][] {altered, utf8("{}"), {}, utf8("{\"error\":1}")}) {
            reply = bad;
            assertThatThrownBy(() -> client.send(request().build(), jwe().decrypted(handler)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("the reply is refused: the body cannot be opened")
                    .hasRootCauseInstanceOf(GeneralSecurityException.class);
        }
        assertThat(made[0]).isFalse();
        reply = jwe().encrypt(new byte[1_000]);
        assertThatThrownBy(() ->
                        client.send(request().build(), jwe().mostBytes(500).decrypted(handler)))
                .hasMessageContaining("longer than 500 bytes: too long to be decrypted");
    }

    @Test
    void a_reply_that_was_cut_off_or_altered_fails_while_it_is_read() {
        byte[] whole = envelope().encrypt(TestKeys.bytes(300_000));
        byte[] altered = whole.clone();
        altered[250_000] ^= 1;
        for (byte[] bad : new byte[][] {altered, Arrays.copyOf(whole, 200_000), utf8("{}"), {}}) {
            reply = bad;
            assertThatThrownBy(() -> client.send(request().build(), envelope().decrypted(BodyHandlers.ofByteArray())))
                    .isInstanceOf(IOException.class)
                    .hasRootCauseInstanceOf(GeneralSecurityException.class);
        }
    }

    @Test
    void plain_errors_are_handed_on_only_where_that_was_set() throws Exception {
        status = 422;
        reply = utf8("{\"declined\":1}");
        assertThatThrownBy(() -> client.send(request().build(), jwe().decrypted(BodyHandlers.ofString())))
                .isInstanceOf(IOException.class);
        assertThat(client.send(request().build(), jwe().plainErrors().decrypted(BodyHandlers.ofString()))
                        .body())
                .isEqualTo("{\"declined\":1}");
        status = 200;
        assertThatThrownBy(
                        () -> client.send(request().build(), jwe().plainErrors().decrypted(BodyHandlers.ofString())))
                .isInstanceOf(IOException.class);
        status = 204;
        reply = new byte[0];
        assertThat(client.send(request().build(), jwe().decrypted(BodyHandlers.ofString()))
                        .body())
                .isEmpty();
    }

    /** The JDK reads the body of a 205, and the status is nothing that anybody has proven. */
    @Test
    void a_bare_body_under_a_status_that_has_none_is_refused() {
        status = 205;
        reply = utf8("{\"paid\":true}");
        for (BodyEncryption form : new BodyEncryption[] {jwe(), envelope()}) {
            assertThatThrownBy(() -> client.send(request().build(), form.decrypted(BodyHandlers.ofString())))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("cannot be opened");
        }
    }
}
