package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Environment;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is left of a fetch that was given up: no connection. */
class TokenStallTest {

    private static final HttpRequest PAY =
            HttpRequest.newBuilder(URI.create("https://api.example/v1/pay")).build();

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(17);
    private final HttpClient client = HttpClient.newHttpClient();
    private final AtomicInteger open = new AtomicInteger();
    private final Semaphore stalled = new Semaphore(0);
    private final Semaphore closed = new Semaphore(0);
    private volatile String said = "";
    private ServerSocket server;

    @BeforeEach
    void start() throws IOException {
        server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        thread(this::accept);
    }

    @AfterEach
    void stop() throws IOException {
        server.close();
    }

    private static void thread(Runnable run) {
        Thread thread = new Thread(run, "stalled-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket socket = server.accept();
                open.incrementAndGet();
                thread(() -> stall(socket));
            } catch (IOException end) {
                return;
            }
        }
    }

    /* Says a part of an answer, and then nothing until the client has gone. */
    private void stall(Socket socket) {
        try (socket) {
            socket.getOutputStream().write(said.getBytes(StandardCharsets.US_ASCII));
            stalled.release();
            InputStream in = socket.getInputStream();
            while (in.read() >= 0) {
                // the request
            }
        } catch (IOException reset) {
            // gone as well
        } finally {
            open.decrementAndGet();
            closed.release();
        }
    }

    private String base() {
        return "http://127.0.0.1:" + server.getLocalPort();
    }

    /* The client's own limit on a request is that of the real clock, and far. */
    private void stallsAndIsClosed(TokenSigner signer) throws InterruptedException {
        CompletableFuture<HttpRequest> signed =
                signer.environment(env).signAsync(PAY).toCompletableFuture();
        assertThat(stalled.tryAcquire(30, TimeUnit.SECONDS)).isTrue();
        time.advance(Duration.ofMinutes(5));
        assertThat(signed).isCompletedExceptionally();
        assertThat(closed.tryAcquire(30, TimeUnit.SECONDS))
                .as("the connection is closed")
                .isTrue();
        assertThat(open).hasValue(0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"})
    void a_token_endpoint_that_stalls_keeps_no_connection(String part) throws Exception {
        said = part;
        for (int i = 0; i < 3; i++) {
            stallsAndIsClosed(Tokens.clientCredentialsAt(base() + "/token", "me", client)
                    .secret("x")
                    .fetchTimeout(Duration.ofMinutes(5)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"})
    void an_issuer_whose_discovery_stalls_keeps_no_connection(String part) throws Exception {
        said = part;
        stallsAndIsClosed(
                Tokens.clientCredentials(base(), "me", client).secret("x").fetchTimeout(Duration.ofMinutes(5)));
    }

    @Test
    void what_was_given_up_begins_no_further_call() {
        Wire wire = new Wire();
        wire.giveUp();
        assertThat(wire.send(client, PAY, java.net.http.HttpResponse.BodyHandlers.discarding()))
                .isCompletedExceptionally();
        assertThat(open).hasValue(0);
    }
}
