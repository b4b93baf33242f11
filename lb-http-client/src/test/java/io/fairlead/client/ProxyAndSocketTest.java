package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.AsyncRequestSigner;
import io.fairlead.CallException;
import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Service;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What stands between us and the server: a forward proxy, a WebSocket handshake. */
@Timeout(30)
class ProxyAndSocketTest {

    private static BalancedClient client(FaultServer proxy, Service.Builder service) {
        return BalancedClient.builder()
                .proxy(ProxySelector.of(new InetSocketAddress("127.0.0.1", proxy.port())))
                .service(service.build())
                .build();
    }

    private static HttpRequest charge(String scheme) {
        return HttpRequest.newBuilder(URI.create(scheme + "://payments/charge"))
                .POST(BodyPublishers.ofString("x"))
                .build();
    }

    @Test
    void a_proxy_of_the_users_is_asked_for_the_endpoint() throws Exception {
        try (FaultServer proxy = FaultServer.start(FaultServer.ok("by proxy"));
                BalancedClient client = client(proxy, Service.named("payments").targets("http://10.9.9.9:8080/base"))) {
            assertThat(client.send(charge("http"), BodyHandlers.ofString()).body())
                    .isEqualTo("by proxy");
            assertThat(proxy.requests().get(0).target()).isEqualTo("http://10.9.9.9:8080/base/charge");
        }
    }

    @Test
    void a_407_is_the_proxys_own_and_no_answer_of_the_partner() throws Exception {
        try (FaultServer proxy =
                        FaultServer.start(FaultServer.answering(407, "who are you?", "Proxy-Authenticate: Basic"));
                BalancedClient client = client(
                        proxy,
                        Service.named("payments").targets("http://10.9.9.9").retryPolicy(Retries.none()))) {
            assertThatThrownBy(() -> client.send(charge("http"), BodyHandlers.ofString()))
                    .isInstanceOf(CallException.class)
                    .hasMessageContaining("proxy")
                    .satisfies(e -> assertThat(((CallFailure) e).delivery()).isEqualTo(Delivery.NOT_PROCESSED));
        }
    }

    @Test
    void a_tunnel_that_the_proxy_refuses_proves_the_payment_unsent() throws Exception {
        for (int status : new int[] {407, 502, 503}) {
            try (FaultServer proxy = FaultServer.start(FaultServer.answering(status, "", "Proxy-Authenticate: Basic"));
                    BalancedClient client = client(
                            proxy,
                            Service.named("payments")
                                    .targets("https://10.9.9.9")
                                    .retryPolicy(Retries.none()))) {
                assertThatThrownBy(() -> client.send(charge("https"), BodyHandlers.ofString()))
                        .as("%d", status)
                        .isInstanceOf(CallException.class)
                        .satisfies(e -> assertThat(((CallFailure) e).delivery()).isEqualTo(Delivery.NOT_PROCESSED));
                assertThat(proxy.requests().get(0).method()).isEqualTo("CONNECT");
            }
        }
    }

    private static void shakeHands(FaultServer.Connection connection) throws IOException {
        FaultServer.Request request = connection.read();
        try {
            byte[] sha1 = MessageDigest.getInstance("SHA-1")
                    .digest((request.headers().get("sec-websocket-key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")
                            .getBytes(StandardCharsets.US_ASCII));
            connection.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Accept: " + Base64.getEncoder().encodeToString(sha1) + "\r\n\r\n");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
        connection.stall();
    }

    @Test
    void a_websocket_to_a_service_goes_to_an_endpoint_signed() {
        try (FaultServer server = FaultServer.start(ProxyAndSocketTest::shakeHands);
                BalancedClient client = BalancedClient.builder()
                        .service(Service.named("payments")
                                .targets(server.url() + "/base")
                                .signer(request -> HttpRequest.newBuilder(request, (n, v) -> true)
                                        .setHeader("X-Signed", "yes")
                                        .build())
                                .build())
                        .build()) {
            WebSocket socket = client.newWebSocketBuilder()
                    .header("X-Mine", "1")
                    .buildAsync(URI.create("ws://payments/events?since=1"), new WebSocket.Listener() {})
                    .join();
            socket.abort();
            FaultServer.Request seen = server.requests().get(0);
            assertThat(seen.target()).isEqualTo("/base/events?since=1");
            assertThat(seen.headers()).containsEntry("x-signed", "yes").containsEntry("x-mine", "1");
        }
    }

    @Test
    void a_websocket_that_is_refused_says_so() {
        try (BalancedClient client = BalancedClient.builder()
                .service(Service.named("payments")
                        .targets(FaultServer.refusing())
                        .build())
                .build()) {
            assertThatThrownBy(() -> client.newWebSocketBuilder()
                            .buildAsync(URI.create("ws://payments/"), new WebSocket.Listener() {})
                            .join())
                    .isInstanceOf(CompletionException.class)
                    .hasCauseInstanceOf(CallException.class);
        }
    }

    @Test
    void a_handshake_that_its_signer_spoils_leaves_nothing_in_flight() {
        AsyncRequestSigner none = request -> CompletableFuture.completedFuture(null);
        try (BalancedClient client = BalancedClient.builder()
                .service(Service.named("stream")
                        .targets("http://127.0.0.1:1")
                        .asyncSigner(none)
                        .build())
                .build()) {
            CompletableFuture<WebSocket> opening =
                    client.newWebSocketBuilder().buildAsync(URI.create("ws://stream/"), new WebSocket.Listener() {});
            assertThatThrownBy(opening::join).isInstanceOf(CompletionException.class);
            assertThat(client.service("stream").endpoints()).allMatch(endpoint -> endpoint.inFlight() == 0);
        }
    }
}
