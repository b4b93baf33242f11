package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.mizosoft.methanol.Methanol;
import feign.Feign;
import feign.Request;
import feign.RequestLine;
import feign.http2client.Http2Client;
import io.fairlead.Service;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.http.client.JdkClientHttpRequestFactory;
import org.springframework.web.client.RestClient;

/** The clients that users have, with ours as their engine: the signature on the wire proves that ours carried the request. */
@Timeout(30)
class EnginesTest {

    private final FaultServer server = FaultServer.start(FaultServer.ok("paid"));
    private final BalancedClient client = BalancedClient.builder()
            .service(Service.named("payments")
                    .targets(server.url())
                    .generateIdempotencyKeys()
                    .signer(request -> HttpRequest.newBuilder(request, (n, v) -> true)
                            .setHeader("X-Signed", "yes")
                            .build())
                    .build())
            .build();

    @AfterEach
    void close() {
        server.close();
        client.close();
    }

    private void assertOursCarried(String body) {
        FaultServer.Request seen = server.requests().get(0);
        assertThat(seen.headers()).containsEntry("x-signed", "yes").containsKey("idempotency-key");
        assertThat(seen.method()).isEqualTo("POST");
        assertThat(seen.target()).isEqualTo("/charge");
        assertThat(seen.text()).isEqualTo(body);
    }

    /** A Feign interface. */
    interface Payments {
        @RequestLine("POST /charge")
        String charge(String body);
    }

    private Payments feign(Request.Options options) {
        return Feign.builder()
                .client(new Http2Client(client))
                .options(options)
                .target(Payments.class, "http://payments");
    }

    @Test
    void feign_sends_through_us_with_matching_options() {
        long connectMillis = client.connectTimeout().orElseThrow().toMillis();
        Payments payments =
                feign(new Request.Options(connectMillis, TimeUnit.MILLISECONDS, 5, TimeUnit.SECONDS, false));
        assertThat(payments.charge("body")).isEqualTo("paid");
        assertOursCarried("body");
    }

    @Test
    void feign_with_other_options_fails_loudly() {
        Payments payments = feign(new Request.Options(10, TimeUnit.SECONDS, 5, TimeUnit.SECONDS, true));
        assertThatThrownBy(() -> payments.charge("body"))
                .satisfies(e -> assertThat(messages(e))
                        .contains("bypassed its BalancedClient")
                        .contains("docs/clients.md"));
        assertThat(server.requests()).isEmpty();
    }

    private static String messages(Throwable failure) {
        StringBuilder all = new StringBuilder();
        for (Throwable t = failure; t != null; t = t.getCause()) {
            all.append(t.getMessage()).append('\n');
        }
        return all.toString();
    }

    @Test
    void spring_rest_client_sends_through_us() {
        RestClient rest = RestClient.builder()
                .requestFactory(new JdkClientHttpRequestFactory(client))
                .build();
        assertThat(rest.post()
                        .uri("http://payments/charge")
                        .body("body")
                        .retrieve()
                        .body(String.class))
                .isEqualTo("paid");
        assertOursCarried("body");
    }

    @Test
    void methanol_sends_through_us() throws Exception {
        HttpClient methanol = Methanol.newBuilder(client).build();
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://payments/charge"))
                .timeout(Duration.ofSeconds(5))
                .POST(HttpRequest.BodyPublishers.ofString("body"))
                .build();
        assertThat(methanol.send(request, BodyHandlers.ofString()).body()).isEqualTo("paid");
        assertThat(methanol.sendAsync(request, BodyHandlers.ofString()).join().body())
                .isEqualTo("paid");
        assertOursCarried("body");
    }
}
