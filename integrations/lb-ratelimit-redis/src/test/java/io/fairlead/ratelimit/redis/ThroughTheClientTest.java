package io.fairlead.ratelimit.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Service;
import io.fairlead.ThrottledException;
import io.fairlead.client.BalancedClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** The limit where a user has it: in a client, over both ways to send. */
class ThroughTheClientTest {

    private static final HttpRequest REQUEST =
            HttpRequest.newBuilder(URI.create("http://payments/charge")).build();

    private static void serve(ServerSocket server) {
        while (true) {
            try (Socket socket = server.accept()) {
                socket.getInputStream().read(new byte[8_192]);
                socket.getOutputStream()
                        .write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".getBytes());
            } catch (IOException e) {
                return; // the test is over
            }
        }
    }

    @Test
    void calls_within_the_quota_go_and_others_are_throttled() throws Exception {
        try (RedisProcess redis = RedisProcess.start(RedisProcess.Origin.EMBEDDED);
                ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
                RedisAdmission limit = RedisLimits.at(redis.uri())
                        .name("payments")
                        .limit(1, Duration.ofDays(1), 4)
                        .exact()) {
            redis.ask(r -> r.set("fairlead:{payments}", "1000000 0 1000000 1 86400000000 0"));
            Thread serving = new Thread(() -> serve(server));
            serving.setDaemon(true);
            serving.start();
            try (BalancedClient client = BalancedClient.wrap(
                    HttpClient.newHttpClient(),
                    Service.named("payments")
                            .targets("http://127.0.0.1:" + server.getLocalPort())
                            .admission(limit)
                            .build())) {
                for (int i = 0; i < 2; i++) {
                    assertThat(client.send(REQUEST, HttpResponse.BodyHandlers.discarding())
                                    .statusCode())
                            .isEqualTo(200);
                    assertThat(client.sendAsync(REQUEST, HttpResponse.BodyHandlers.discarding())
                                    .get(30, TimeUnit.SECONDS)
                                    .statusCode())
                            .isEqualTo(200);
                }
                assertThatThrownBy(() -> client.send(REQUEST, HttpResponse.BodyHandlers.discarding()))
                        .isInstanceOf(ThrottledException.class)
                        .hasMessageContaining("rate limit");
                assertThatThrownBy(() -> client.sendAsync(REQUEST, HttpResponse.BodyHandlers.discarding())
                                .get(30, TimeUnit.SECONDS))
                        .isInstanceOf(ExecutionException.class)
                        .hasCauseInstanceOf(ThrottledException.class);
            }
        }
    }
}
