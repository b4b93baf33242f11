package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.RequestSigner;
import io.fairlead.Service;
import io.fairlead.crypto.HmacSigner;
import io.fairlead.crypto.HmacVerifier;
import io.fairlead.crypto.Signers;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Where a partner, or whoever answers for it, sends a signed request by a redirect: to no other host, and within the service with a signature of its own. */
@Timeout(60)
class SignedRedirectTest {

    private static final byte[] SECRET = "a secret of thirty-two bytes ...".getBytes(StandardCharsets.US_ASCII);
    private static final List<Integer> STATUSES = List.of(301, 302, 303, 307, 308);

    static Stream<SignedWireTest.Scheme> schemes() {
        return Stream.concat(
                SignedWireTest.schemes(),
                Stream.of(new SignedWireTest.Scheme(
                        "bearer", Signers.bearer("mF_9.B5f-4.1JqM")::environment, request -> null)));
    }

    private static BalancedClient client(String target, RequestSigner signer) {
        return BalancedClient.builder()
                .version(Version.HTTP_1_1)
                .service(Service.named("partner")
                        .targets(target)
                        .followRedirects(5)
                        .signer(signer)
                        .build())
                .build();
    }

    private static HttpRequest pay(boolean get) {
        HttpRequest.Builder pay = HttpRequest.newBuilder(URI.create("http://partner/pay"))
                .header("X-Twice", "a")
                .header("Idempotency-Key", "k-1");
        return get
                ? pay.build()
                : pay.POST(BodyPublishers.ofString("{\"amount\":1}")).build();
    }

    @ParameterizedTest
    @MethodSource("schemes")
    void no_signature_goes_to_another_host(SignedWireTest.Scheme scheme) throws Exception {
        RequestSigner signer = scheme.signer().apply(new ManualTime().environment(7));
        try (FaultServer thief = FaultServer.start(FaultServer.ok("thank you"))) {
            // Another port of this host is another one, too.
            String port = thief.url().substring(thief.url().lastIndexOf(':'));
            for (String place :
                    List.of(thief.url() + "/pay", "http://localhost" + port + "/pay", "//127.0.0.1" + port)) {
                for (int status : STATUSES) {
                    try (FaultServer partner =
                                    FaultServer.start(FaultServer.answering(status, "", "Location: " + place));
                            BalancedClient client = client(partner.url(), signer)) {
                        for (boolean get : new boolean[] {true, false}) {
                            HttpResponse<String> answer = client.send(pay(get), BodyHandlers.ofString());
                            assertThat(answer.statusCode()).as(place).isEqualTo(status);
                        }
                        assertThat(partner.requests()).hasSize(2);
                    }
                }
            }
            assertThat(thief.connections()).isZero();
        }
    }

    @Test
    void within_the_service_each_hop_is_signed_anew() throws Exception {
        HmacVerifier verifier = Signers.hmacVerifier(Map.of("shop", SECRET)).rememberNonces(100);
        List<String> verified = new CopyOnWriteArrayList<>();
        FaultServer.Script partner = connection -> {
            for (FaultServer.Request r = connection.read(); r != null; r = connection.read()) {
                String verdict;
                try {
                    String signature = r.headers().get(HmacSigner.HEADER.toLowerCase(java.util.Locale.ROOT));
                    verifier.verify(
                            r.method(), r.headers().get("host"), r.target(), null, List.of(signature), r.body());
                    verdict = "ok";
                } catch (Exception e) {
                    verdict = e.getMessage();
                }
                verified.add(r.method() + " " + r.target() + " " + verdict);
                connection.answer(r.target().equals("/there") ? 200 : 307, "", "Location: /there");
            }
        };
        try (FaultServer server = FaultServer.start(partner);
                BalancedClient client = client(server.url(), Signers.hmacSha256("shop", SECRET))) {
            assertThat(client.send(pay(false), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }
        assertThat(verified).containsExactly("POST /pay ok", "POST /there ok");
    }
}
