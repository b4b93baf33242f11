package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Service;
import io.fairlead.crypto.HmacSigner;
import io.fairlead.crypto.HmacVerifier;
import io.fairlead.crypto.Signers;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a partner that remembers nonces sees when a kept connection ends under a request: the JDK's client sends a GET again by itself, below
 * every signer, with the same headers.
 */
@Timeout(30)
class SignedRepeatTest {

    private static final byte[] SECRET = "a secret of thirty-two bytes ...".getBytes(StandardCharsets.US_ASCII);

    private final HmacVerifier verifier =
            Signers.hmacVerifier(Map.of("shop", SECRET)).rememberNonces(1000);
    private final List<String> verdicts = new CopyOnWriteArrayList<>();
    private final AtomicBoolean dropped = new AtomicBoolean();

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
            connection.answer(verdict.equals("ok") ? 200 : 401, verdict);
        }
    }

    private String verdict(FaultServer.Request request) {
        try {
            Map<String, String> headers = request.headers();
            String signature = headers.get(HmacSigner.HEADER.toLowerCase());
            verifier.verify(
                    request.method(), headers.get("host"), request.target(), null, List.of(signature), request.body());
            return "ok";
        } catch (SignatureException e) {
            return e.getMessage();
        }
    }

    private HttpResponse<String> second(HttpRequest.Builder request) throws Exception {
        try (FaultServer server = FaultServer.start(this::partner);
                BalancedClient client = BalancedClient.builder()
                        .version(Version.HTTP_1_1)
                        .service(Service.named("partner")
                                .targets(server.url())
                                .balancer(InOrder::new)
                                .signer(Signers.hmacSha256("shop", SECRET))
                                .build())
                        .build()) {
            HttpRequest.Builder first = HttpRequest.newBuilder(URI.create("http://partner/first"));
            assertThat(client.send(first.build(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
            return client.send(request.build(), BodyHandlers.ofString());
        }
    }

    @Test
    void a_get_arrives_twice_with_one_nonce_and_the_second_is_refused_as_a_replay() throws Exception {
        HttpResponse<String> answer = second(HttpRequest.newBuilder(URI.create("http://partner/status")));
        assertThat(verdicts).containsExactly("GET ok", "GET ok", "GET replayed nonce");
        assertThat(answer.statusCode()).isEqualTo(401);
    }

    @Test
    void a_keyed_post_is_sent_again_by_the_client_alone_and_signed_anew() throws Exception {
        HttpResponse<String> answer = second(HttpRequest.newBuilder(URI.create("http://partner/pay"))
                .header("Idempotency-Key", "k1")
                .POST(BodyPublishers.ofString("{}")));
        assertThat(verdicts).containsExactly("GET ok", "POST ok", "POST ok");
        assertThat(answer.statusCode()).isEqualTo(200);
    }
}
