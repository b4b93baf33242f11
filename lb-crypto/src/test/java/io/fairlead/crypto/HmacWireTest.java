package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SignatureException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A request as the JDK's client sends it is verified from nothing but what arrives. */
class HmacWireTest {

    private static final byte[] SECRET = "a secret of thirty-two bytes ...".getBytes(StandardCharsets.US_ASCII);

    private final HmacSigner signer = Signers.hmacSha256("shop", SECRET);
    private final HmacVerifier verifier = Signers.hmacVerifier(Map.of("shop", SECRET));
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private HttpServer server;

    private int serve(InetAddress address) throws IOException {
        server = HttpServer.create(new InetSocketAddress(address, 0), 0);
        server.createContext("/", this::answer);
        server.start();
        return server.getAddress().getPort();
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.stop(0);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readAllBytes();
        String answer;
        int status = 200;
        try {
            answer = verifier.verify(
                            exchange.getRequestMethod(),
                            exchange.getRequestHeaders().getFirst("Host"),
                            exchange.getRequestURI().getRawPath(),
                            exchange.getRequestURI().getRawQuery(),
                            exchange.getRequestHeaders().getOrDefault(HmacSigner.HEADER, List.of()),
                            body)
                    + " " + exchange.getRequestHeaders().getFirst("Host") + " " + body.length;
        } catch (SignatureException e) {
            status = 401;
            answer = e.getMessage();
        }
        exchange.sendResponseHeaders(status, answer.length());
        try (exchange) {
            exchange.getResponseBody().write(answer.getBytes(StandardCharsets.UTF_8));
        }
    }

    private HttpResponse<String> send(HttpRequest request) throws Exception {
        return client.send(request, BodyHandlers.ofString());
    }

    @Test
    void requests_of_every_kind_arrive_as_they_were_signed(@TempDir Path dir) throws Exception {
        URI base = URI.create("http://127.0.0.1:" + serve(InetAddress.getByName("127.0.0.1")));
        Path file = Files.write(dir.resolve("body"), new byte[1_000_000]);
        for (String target :
                List.of("", "/", "/?", "/a%2Fb/c;v=1", "/q?a+b=%2B&x=~%7E&x=", "/%E2%82%AC?%F0%9F%92%B6")) {
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + target));
            assertThat(send(signer.sign(request.GET().build())).body()).startsWith("shop ");
            assertThat(send(signer.sign(request.DELETE().build())).body()).startsWith("shop ");
            for (HttpRequest.BodyPublisher body : List.of(
                    BodyPublishers.ofString("{\"amount\":1}"),
                    BodyPublishers.noBody(),
                    BodyPublishers.ofFile(file),
                    BodyPublishers.fromPublisher(BodyPublishers.ofFile(file)),
                    BodyPublishers.fromPublisher(BodyPublishers.ofString("chunked")))) {
                HttpRequest signed = signer.signAsync(request.POST(body).build())
                        .toCompletableFuture()
                        .get();
                assertThat(send(signed).body()).as(target).startsWith("shop ");
            }
        }
        HttpRequest plain = HttpRequest.newBuilder(base).build();
        assertThat(send(plain).body()).isEqualTo("no signature");
    }

    @Test
    void a_file_that_changes_on_the_way_fails_the_call(@TempDir Path dir) throws Exception {
        URI base = URI.create("http://127.0.0.1:" + serve(InetAddress.getByName("127.0.0.1")));
        Path file = Files.write(dir.resolve("body"), new byte[1_000_000]);
        HttpRequest signed = signer.sign(
                HttpRequest.newBuilder(base).POST(BodyPublishers.ofFile(file)).build());
        byte[] other = new byte[1_000_000];
        other[500_000] = 1;
        Files.write(file, other);
        assertThatThrownBy(() -> send(signed)).isInstanceOf(IOException.class);
    }

    @Test
    void an_ipv6_literal_is_signed_as_it_is_sent() throws Exception {
        int port;
        try {
            port = serve(InetAddress.getByName("::1"));
        } catch (IOException e) {
            assumeTrue(false, "no IPv6 here");
            return;
        }
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://[::1]:" + port + "/x?y"))
                .build();
        assertThat(send(signer.sign(request)).body()).isEqualTo("shop [::1]:" + port + " 0");
    }

    @Test
    void an_explicit_default_port_is_signed_as_it_is_sent() throws Exception {
        int port = serve(InetAddress.getByName("127.0.0.1")); // as a proxy: port 80 is not ours to bind
        HttpClient proxied = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .proxy(ProxySelector.of(new InetSocketAddress("127.0.0.1", port)))
                .build();
        for (String authority : List.of("bank.example", "bank.example:80", "Bank.Example:81", "bank.example:443")) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://" + authority + "/x"))
                    .build();
            String answer =
                    proxied.send(signer.sign(request), BodyHandlers.ofString()).body();
            assertThat(answer).startsWith("shop ");
        }
    }
}
