package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.RequestSigner;
import io.fairlead.Service;
import io.fairlead.client.JettyServer.Answer;
import io.fairlead.client.JettyServer.Arrived;
import io.fairlead.crypto.HmacVerifier;
import io.fairlead.crypto.MessageVerifier;
import io.fairlead.crypto.SentRequests;
import io.fairlead.crypto.Signers;
import io.fairlead.crypto.Verifiers;
import io.fairlead.testing.ManualTime;
import io.fairlead.testing.PartnerChecks;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What signers and verifiers learn of answers through a balanced client, from real servers over TLS. */
@Timeout(60)
class SignedAnswerTest {

    private static final byte[] SECRET = "a secret of thirty-two bytes ...".getBytes(StandardCharsets.US_ASCII);

    private final TestTls authority = new TestTls();
    private final ManualTime time = new ManualTime();
    private final List<Integer> statuses = new CopyOnWriteArrayList<>();

    private BalancedClient client(JettyServer server, RequestSigner... signers) {
        Service.Builder service = Service.named("bank").targets(server.url()).balancer(InOrder::new);
        for (RequestSigner signer : signers) {
            service.signer(signer);
        }
        return BalancedClient.builder()
                .sslContext(authority.client())
                .service(service.build())
                .build();
    }

    private static HttpRequest payment() {
        return HttpRequest.newBuilder(URI.create("http://bank/pay"))
                .POST(BodyPublishers.ofString("{}"))
                .build();
    }

    /** A partner who takes what is at most 300 s from its own time, and says so with a status. */
    private JettyServer skewed(long seconds) throws Exception {
        ManualTime its = new ManualTime();
        its.jumpDate(Duration.ofSeconds(seconds));
        HmacVerifier verifier = Signers.hmacVerifier(Map.of("k", SECRET)).environment(its.environment(1));
        return new JettyServer(authority.server("127.0.0.1"), request -> {
            int status = 200;
            try {
                verifier.verify(
                        request.method(),
                        request.authority(),
                        request.path(),
                        request.query(),
                        request.headers().get("fairlead-signature"),
                        request.body());
            } catch (SignatureException e) {
                status = 401;
            }
            statuses.add(status);
            String date = DateTimeFormatter.RFC_1123_DATE_TIME.format(its.date().atOffset(ZoneOffset.UTC));
            return new Answer(status, "", Map.of("Date", date));
        });
    }

    @ParameterizedTest
    @ValueSource(longs = {600, -600})
    void a_payment_that_was_turned_away_for_its_date_is_signed_once_more(long seconds) throws Exception {
        RequestSigner signer =
                Signers.followingClock(Signers.hmacSha256("k", SECRET)::environment, time.environment(1));
        try (JettyServer server = skewed(seconds);
                BalancedClient client = client(server, signer)) {
            for (int i = 0; i < 3; i++) {
                assertThat(client.send(payment(), BodyHandlers.ofString()).statusCode())
                        .isEqualTo(200);
            }
            assertThat(statuses).containsExactly(401, 200, 200, 200);
        }
    }

    @Test
    void a_clock_that_is_hopeless_costs_one_more_attempt_and_no_more() throws Exception {
        RequestSigner signer =
                Signers.followingClock(Signers.hmacSha256("k", SECRET)::environment, time.environment(1));
        try (JettyServer server = skewed(3600);
                BalancedClient client = client(server, signer)) {
            assertThat(client.send(payment(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(401);
            assertThat(statuses).containsExactly(401, 401);
        }
    }

    /** Signs a reply with parts of the request that it answers (RFC 9421, section 2.4). */
    private static Answer signed(Arrived request, String authority) {
        try {
            String digest = "sha-256=:"
                    + Base64.getEncoder()
                            .encodeToString(PartnerChecks.sha256("paid".getBytes(StandardCharsets.US_ASCII)))
                    + ":";
            String parameters = "(\"@status\" \"@authority\";req \"@path\";req \"signature\";req \"content-digest\")"
                    + ";created=" + ManualTime.EPOCH.getEpochSecond() + ";keyid=\"bank\"";
            String base = "\"@status\": 200\n\"@authority\";req: " + authority + "\n\"@path\";req: " + request.path()
                    + "\n\"signature\";req: " + request.header("signature") + "\n\"content-digest\": " + digest
                    + "\n\"@signature-params\": " + parameters;
            String signature = Base64.getEncoder().encodeToString(PartnerChecks.hmac(SECRET, base));
            return new Answer(
                    200,
                    "paid",
                    Map.of(
                            "Content-Digest",
                            digest,
                            "Signature-Input",
                            "sig1=" + parameters,
                            "Signature",
                            "sig1=:" + signature + ":"));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_reply_that_signs_its_request_is_verified_with_the_request_as_it_was_sent() throws Exception {
        RequestSigner signer = Signers.httpMessage("shop", SECRET);
        SentRequests sent = Signers.sentRequests();
        MessageVerifier verifier = Verifiers.httpMessage()
                .secret("bank", SECRET)
                .require("@status", "@authority;req", "signature;req", "content-digest")
                .environment(time.environment(1));
        try (JettyServer honest = new JettyServer(
                        authority.server("127.0.0.1"), request -> signed(request, request.authority()));
                JettyServer other =
                        new JettyServer(authority.server("127.0.0.1"), request -> signed(request, "other.example"))) {
            try (BalancedClient client = client(honest, signer, sent)) {
                for (int i = 0; i < 3; i++) {
                    HttpResponse<String> reply =
                            client.send(payment(), verifier.verifiedAsSent(BodyHandlers.ofString(), sent));
                    assertThat(reply.body()).isEqualTo("paid");
                }
            }
            try (BalancedClient client = client(other, signer, sent)) {
                assertThatThrownBy(() -> client.send(payment(), verifier.verifiedAsSent(BodyHandlers.ofString(), sent)))
                        .isInstanceOf(IOException.class)
                        .hasStackTraceContaining("wrong signature");
            }
        }
    }
}
