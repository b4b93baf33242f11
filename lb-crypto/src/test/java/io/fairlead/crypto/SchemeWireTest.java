package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.Environment;
import io.fairlead.RequestSigner;
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
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server that knows the key makes the signature anew from nothing but what arrived, and finds the one that arrived. */
class SchemeWireTest {

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(3);
    private final PrivateKey key = Keys.privateKey(Vectors.key("rsa-pkcs8"));
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private HttpServer server;
    private volatile Check check;

    /** What the server says of one request: the header that should have arrived. */
    private interface Check {
        String expected(HttpMessage message, byte[] body);
    }

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
        byte[] body = exchange.getRequestBody().readAllBytes();
        HttpMessage message = new HttpMessage(
                new HttpMessage.Target(
                        exchange.getRequestMethod(),
                        "http",
                        exchange.getRequestHeaders().getFirst("Host"),
                        exchange.getRequestURI().getRawPath(),
                        exchange.getRequestURI().getRawQuery()),
                0,
                HttpMessage.lowerCase(exchange.getRequestHeaders()),
                null);
        String answer;
        try {
            answer = check.expected(message, body);
        } catch (RuntimeException e) {
            answer = e.toString();
        }
        byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        try (exchange) {
            exchange.getResponseBody().write(bytes);
        }
    }

    private void arrives(RequestSigner signer, String header, Check expected) throws Exception {
        check = expected;
        for (String target : List.of(
                "", "/", "/?", "/a%2Fb/c;v=1", "/q?a+b=%2B&x=~%7E&x=&x", "/%E2%82%AC?%F0%9F%92%B6", "/../a//b/.")) {
            for (BodyPublisher body : List.of(
                    BodyPublishers.ofString("{\"amount\":1}"),
                    BodyPublishers.noBody(),
                    BodyPublishers.ofByteArray(new byte[50_000]),
                    BodyPublishers.fromPublisher(BodyPublishers.ofString("chunked")))) {
                HttpRequest signed = signer.sign(HttpRequest.newBuilder(URI.create(
                                "http://127.0.0.1:" + server.getAddress().getPort() + target))
                        .header("Content-Type", "application/json")
                        .header("X-Twice", "a  b ")
                        .header("X-Twice", "c")
                        .POST(body)
                        .build());
                String answer = client.send(signed, BodyHandlers.ofString()).body();
                assertThat(answer)
                        .as(target)
                        .isEqualTo(signed.headers().firstValue(header).orElseThrow());
            }
        }
    }

    private static String one(HttpMessage message, String header) {
        return message.headers().get(header).get(0);
    }

    private static String part(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).isTrue();
        return matcher.group(1);
    }

    private static String sha256(byte[] body) {
        return HexFormat.of().formatHex(HmacKey.sha256().digest(body));
    }

    private static String finished(Draft draft, byte[] body, String header) {
        draft.update(ByteBuffer.wrap(body));
        return draft.headers(sha256(body)).get(header);
    }

    @Test
    void aws() throws Exception {
        AwsSigner signer = Signers.aws("r", "s", "id", "secret").environment(env);
        arrives(signer, "Authorization", (message, body) -> {
            String names = part(one(message, "authorization"), "SignedHeaders=([^,]+),");
            Map<String, List<String>> signed = new HashMap<>(message.headers());
            signed.keySet().retainAll(List.of(names.split(";")));
            HttpMessage covered = new HttpMessage(message.target(), 0, signed, null);
            return signer.headers(covered, sha256(body)).get("Authorization");
        });
    }

    @Test
    void weChatPay() throws Exception {
        WeChatPay.Requests scheme = new WeChatPay.Requests("1", "AB", key);
        arrives(SchemeSigner.of(scheme).environment(env), "Authorization", (message, body) -> {
            String header = one(message, "authorization");
            Draft draft = scheme.draft(
                    message.target().method(),
                    message.target().pathAndQuery(),
                    Long.parseLong(part(header, "timestamp=\"(\\d+)\"")),
                    part(header, "nonce_str=\"(\\w+)\""));
            return finished(draft, body, "Authorization");
        });
    }

    @Test
    void alipayV3() throws Exception {
        Alipay.V3 scheme = new Alipay.V3("1", "c", key);
        arrives(SchemeSigner.of(scheme).environment(env), "Authorization", (message, body) -> {
            String header = one(message, "authorization");
            Draft draft = scheme.draft(
                    message.target().method(),
                    message.target().pathAndQuery(),
                    null,
                    Long.parseLong(part(header, "timestamp=(\\d+)")),
                    part(header, "nonce=(\\w+)"));
            return finished(draft, body, "Authorization");
        });
    }

    @Test
    void cavage() throws Exception {
        Cavage scheme = new Cavage(
                "k",
                "rsa-sha256",
                key,
                "(request-target)",
                "host",
                "date",
                "digest",
                "content-type",
                "x-twice",
                "psu-id?");
        arrives(SchemeSigner.of(scheme).environment(env), "Signature", (message, body) -> {
            Map<String, List<String>> headers = new HashMap<>(message.headers());
            String digest = headers.remove("digest").get(0);
            Map<String, String> again =
                    scheme.headers(new HttpMessage(message.target(), 0, headers, null), 0, sha256(body));
            return again.get("Digest").equals(digest) ? again.get("Signature") : "another digest";
        });
    }

    @Test
    void mastercard() throws Exception {
        Mastercard scheme = new Mastercard("c!k", "RSA-SHA256", key);
        arrives(SchemeSigner.of(scheme).environment(env), "Authorization", (message, body) -> {
            String header = one(message, "authorization");
            return scheme.headers(
                            message.target(),
                            Long.parseLong(part(header, "oauth_timestamp=\"(\\d+)\"")),
                            part(header, "oauth_nonce=\"(\\w+)\""),
                            sha256(body))
                    .get("Authorization");
        });
    }
}
