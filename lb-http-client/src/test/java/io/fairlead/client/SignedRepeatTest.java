package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.STRING;

import io.fairlead.Attempt;
import io.fairlead.Listener;
import io.fairlead.Service;
import io.fairlead.client.JettyServer.Answer;
import io.fairlead.crypto.HmacSigner;
import io.fairlead.crypto.HmacVerifier;
import io.fairlead.crypto.Signers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a partner that remembers nonces sees when a kept connection ends under a request: the JDK's client would send a GET again by itself,
 * below every signer, with the same headers. It is not let; the balanced client sends it again, signed anew.
 */
@Timeout(30)
class SignedRepeatTest {

    private static final byte[] SECRET = "a secret of thirty-two bytes ...".getBytes(StandardCharsets.US_ASCII);

    private final HmacVerifier verifier =
            Signers.hmacVerifier(Map.of("shop", SECRET)).rememberNonces(1000);
    private final List<String> verdicts = new CopyOnWriteArrayList<>();
    private final List<String> failures = new CopyOnWriteArrayList<>();
    private final AtomicBoolean dropped = new AtomicBoolean();
    private boolean signed = true;

    /** Verifies each request; the first that comes second on its connection is read, remembered, and dropped without an answer. */
    private void partner(FaultServer.Connection connection) throws IOException {
        for (int i = 0; ; i++) {
            FaultServer.Request request = connection.read();
            if (request == null) {
                return;
            }
            String verdict = verdict(request);
            verdicts.add(request.method() + " " + verdict);
            if (i > 0 && dropped.compareAndSet(false, true)) {
                return;
            }
            connection.answer(
                    verdict.equals("replayed nonce") ? 401 : 200,
                    request.method().equals("HEAD") ? "" : verdict);
        }
    }

    private String verdict(FaultServer.Request request) {
        try {
            Map<String, String> headers = request.headers();
            String signature = headers.get(HmacSigner.HEADER.toLowerCase());
            if (signature == null) {
                return "unsigned";
            }
            verifier.verify(
                    request.method(), headers.get("host"), request.target(), null, List.of(signature), request.body());
            return "ok";
        } catch (SignatureException e) {
            return e.getMessage();
        }
    }

    private Service service(String url) {
        Service.Builder service = Service.named("partner")
                .targets(url)
                .balancer(InOrder::new)
                .listener(new Listener() {
                    @Override
                    public void attemptAnswered(Attempt attempt) {
                        if (attempt.failure() != null) {
                            failures.add(String.valueOf(attempt.failure().getMessage()));
                        }
                    }
                });
        return (signed ? service.signer(Signers.hmacSha256("shop", SECRET)) : service).build();
    }

    private HttpResponse<String> second(HttpRequest.Builder request) throws Exception {
        try (FaultServer server = FaultServer.start(this::partner);
                BalancedClient client = BalancedClient.builder()
                        .version(Version.HTTP_1_1)
                        .service(service(server.url()))
                        .build()) {
            HttpRequest.Builder first = HttpRequest.newBuilder(URI.create("http://partner/first"));
            assertThat(client.send(first.build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD"})
    void a_get_is_not_sent_again_by_the_jdk_but_by_the_client_and_signed_anew(String method) throws Exception {
        HttpResponse<String> answer = second(
                HttpRequest.newBuilder(URI.create("http://partner/status")).method(method, BodyPublishers.noBody()));
        assertThat(verdicts).containsExactly("GET ok", method + " ok", method + " ok");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(failures).hasSize(1).first(STRING).contains("the connection ended before an answer");
    }

    @Test
    void the_very_first_request_is_not_sent_again_by_the_jdk_either() throws Exception {
        List<String> nonces = new CopyOnWriteArrayList<>();
        try (FaultServer server = FaultServer.start(connection -> {
                    nonces.add(connection.read().headers().get(HmacSigner.HEADER.toLowerCase()));
                    if (nonces.size() > 1) {
                        connection.answer(200, "");
                    }
                });
                BalancedClient client =
                        BalancedClient.builder().service(service(server.url())).build()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create("http://partner/")).build();
            assertThat(client.sendAsync(request, BodyHandlers.ofString()).get().statusCode())
                    .isEqualTo(200);
            assertThat(nonces).hasSize(2).doesNotHaveDuplicates();
        }
    }

    @Test
    void what_is_not_signed_is_left_to_the_jdk() throws Exception {
        signed = false;
        HttpResponse<String> answer = second(HttpRequest.newBuilder(URI.create("http://partner/status")));
        assertThat(verdicts).hasSize(3).containsOnly("GET unsigned");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(failures).isEmpty();
    }

    @Test
    void a_keyed_post_is_sent_again_by_the_client_alone_and_signed_anew() throws Exception {
        HttpResponse<String> answer = second(HttpRequest.newBuilder(URI.create("http://partner/pay"))
                .header("Idempotency-Key", "k1")
                .POST(BodyPublishers.ofString("{}")));
        assertThat(verdicts).containsExactly("GET ok", "POST ok", "POST ok");
        assertThat(answer.statusCode()).isEqualTo(200);
    }

    /* The first connection is of a server that knows HTTP/1.1 alone; its successor takes the JDK's offer to go on with HTTP/2. */
    @Test
    void a_server_that_turns_to_http_2_by_upgrade_is_not_taken_for_a_repeat() throws Exception {
        AtomicBoolean first = new AtomicBoolean(true);
        try (JettyServer jetty = new JettyServer(null, request -> new Answer(200, request.version(), Map.of()));
                FaultServer front = FaultServer.start(connection -> {
                    if (first.getAndSet(false)) {
                        connection.read();
                        connection.answer(200, "HTTP/1.1", "Connection: close");
                    } else {
                        relay(connection, jetty.port());
                    }
                });
                BalancedClient client = BalancedClient.wrap(HttpClient.newHttpClient(), service(front.url()))) {
            List<String> versions = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                HttpRequest request =
                        HttpRequest.newBuilder(URI.create("http://partner/")).build();
                HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
                assertThat(answer.statusCode()).isEqualTo(200);
                versions.add(answer.body());
            }
            assertThat(versions).containsExactly("HTTP/1.1", "HTTP/2.0", "HTTP/2.0", "HTTP/2.0");
            assertThat(failures).isEmpty();
        }
    }

    private static void relay(FaultServer.Connection connection, int port) throws IOException {
        try (Socket server = new Socket(InetAddress.getLoopbackAddress(), port)) {
            Thread back = new Thread(() -> {
                try {
                    byte[] bytes = new byte[8192];
                    for (int n = server.getInputStream().read(bytes);
                            n >= 0;
                            n = server.getInputStream().read(bytes)) {
                        connection.send(Arrays.copyOf(bytes, n));
                    }
                } catch (IOException e) {
                    connection.left(); // one of the two is gone
                }
            });
            back.setDaemon(true);
            back.start();
            connection.in().transferTo(server.getOutputStream());
        }
    }
}
