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
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code content-length} as a covered header: the JDK's client adds it after the signature is made. */
class CoveredLengthTest {

    private static final byte[] SECRET = new byte[32];

    private final Environment env = new ManualTime().environment(4);
    private final MessageSigner signer = Signers.httpMessage("shop", SECRET)
            .components("@method", "content-length")
            .environment(env);
    private final MessageVerifier verifier = Verifiers.httpMessage()
            .secret("shop", SECRET)
            .require("@method", "content-length")
            .environment(env);
    private HttpServer server;
    private URI uri;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::answer);
        server.start();
        uri = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String answer;
        try {
            answer = verifier.verifyRequest("POST", "http", "h", "/", null, exchange.getRequestHeaders(), body);
        } catch (SignatureException e) {
            answer = e.getMessage();
        }
        exchange.sendResponseHeaders(200, answer.length());
        try (exchange) {
            exchange.getResponseBody().write(answer.getBytes(StandardCharsets.US_ASCII));
        }
    }

    private HttpRequest post(BodyPublisher body) {
        return HttpRequest.newBuilder(uri).POST(body).build();
    }

    @Test
    void it_is_signed_as_the_client_sends_it() throws Exception {
        for (String body : List.of("x", "{\"amount\":1}", "ü".repeat(40_000))) {
            HttpRequest signed = signer.sign(post(BodyPublishers.ofString(body)));
            assertThat(signed.headers().firstValue("content-length")).isEmpty();
            assertThat(HttpClient.newHttpClient()
                            .send(signed, BodyHandlers.ofString())
                            .body())
                    .isEqualTo("shop");
        }
    }

    @Test
    void one_that_nobody_knows_is_refused() {
        BodyPublisher chunked = BodyPublishers.fromPublisher(BodyPublishers.ofString("x"));
        for (BodyPublisher body : List.of(chunked, BodyPublishers.noBody())) {
            assertThatThrownBy(() -> signer.sign(post(body)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("component \"content-length\": the message has no such header");
        }
    }

    @Test
    void an_answer_may_cover_that_of_its_request() {
        HttpMessage answer =
                HttpMessage.response(200, Map.of(), post(BodyPublishers.ofString("{\"hello\": \"world\"}")));
        assertThat(SignatureBase.value(Component.parse("content-length;req"), answer))
                .isEqualTo("18");
    }

    @Test
    void the_banks_of_the_berlin_group_may_have_it_covered_too() {
        HttpRequest signed = Signers.cavage(
                        "k", "rsa-sha256", Keys.privateKey(Vectors.key("rsa-pkcs8")), "content-length", "x-none?")
                .sign(post(BodyPublishers.ofString("{}")));
        assertThat(signed.headers().firstValue("Signature"))
                .hasValueSatisfying(header -> assertThat(header).contains("headers=\"content-length\""));
    }

    @Test
    void aws_does_not_sign_it() {
        HttpRequest signed = Signers.aws("eu-central-1", "execute-api", "AKIDEXAMPLE", "secret")
                .sign(post(BodyPublishers.ofString("{}")));
        assertThat(signed.headers().firstValue("Authorization"))
                .hasValueSatisfying(header -> assertThat(header).contains("SignedHeaders=host;x-amz-date,"));
    }
}
