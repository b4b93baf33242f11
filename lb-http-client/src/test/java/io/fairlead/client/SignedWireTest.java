package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.RetryBudget;
import io.fairlead.Service;
import io.fairlead.client.JettyServer.Answer;
import io.fairlead.client.JettyServer.Arrived;
import io.fairlead.crypto.Signers;
import io.fairlead.testing.ManualTime;
import io.fairlead.testing.PartnerChecks;
import java.net.URI;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Each signer through a balanced client to a real server, which checks what arrived by {@link PartnerChecks}: over TLS with HTTP/1.1 and
 * HTTP/2 and without TLS, to odd targets, with bodies of every kind, and each request twice, as the first answer is 503.
 */
@Timeout(120)
class SignedWireTest {

    private static final List<String> TARGETS = List.of(
            "",
            "/",
            "/?",
            "/a%2Fb/c;v=1",
            "/q?a+b=%2B&x=~%7E&x=&x",
            "/q?z=1&a=2&a=1&plain",
            "/%E2%82%AC?%F0%9F%92%B6=%e2%82%ac",
            "/a//b/./c/../d/.");

    private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private static final byte[] SHARED = "a secret of thirty-two bytes ...".getBytes(StandardCharsets.US_ASCII);
    private static final KeyPair RSA = keys("RSA");
    private static final KeyPair ED25519 = keys("Ed25519");

    private static final RetryBudget ENDLESS = new RetryBudget() {
        @Override
        public void deposit() {}

        @Override
        public boolean withdraw() {
            return true;
        }
    };

    private static KeyPair keys(String type) {
        try {
            return KeyPairGenerator.getInstance(type).generateKeyPair();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private final TestTls authority = new TestTls();
    private final ManualTime time = new ManualTime();
    private final List<Arrived> arrived = new CopyOnWriteArrayList<>();
    private final List<String> proofs = new CopyOnWriteArrayList<>();

    /** A signer, and its partner. */
    record Scheme(String name, Function<Environment, RequestSigner> signer, PartnerChecks.Check check) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Scheme> schemes() {
        return Stream.of(
                new Scheme(
                        "http-message",
                        Signers.httpMessage("k", "ed25519", ED25519.getPrivate())
                                .components(
                                        "@method",
                                        "@authority",
                                        "@path",
                                        "@query",
                                        "@target-uri",
                                        "x-twice",
                                        "content-digest")::environment,
                        PartnerChecks.httpMessage(ED25519.getPublic())),
                new Scheme(
                        "aws",
                        Signers.aws("eu-central-1", "execute-api", "AKID", SECRET)::environment,
                        PartnerChecks.aws(SECRET, false, "content-type", "x-twice")),
                new Scheme(
                        "aws-s3",
                        Signers.aws("eu-central-1", "s3", "AKID", SECRET)::environment,
                        PartnerChecks.aws(SECRET, true, "content-type", "x-twice")),
                new Scheme(
                        "wechat-pay",
                        Signers.weChatPay("1900000001", "AB01", RSA.getPrivate())::environment,
                        PartnerChecks.weChatPay(RSA.getPublic())),
                new Scheme(
                        "alipay-v3",
                        Signers.alipayV3("2014", RSA.getPrivate())::environment,
                        PartnerChecks.alipayV3(RSA.getPublic())),
                new Scheme(
                        "cavage",
                        Signers.cavage(
                                "SN=9FA1,CA=CN=Some CA,O=Some Org,C=DE",
                                "rsa-sha256",
                                RSA.getPrivate(),
                                "(request-target)",
                                "host",
                                "date",
                                "digest",
                                "x-twice",
                                "psu-id?")::environment,
                        PartnerChecks.cavage(RSA.getPublic(), "(request-target)", "host", "x-twice")),
                new Scheme(
                        "antom",
                        Signers.antom("SANDBOX_5Y", 1, RSA.getPrivate())::environment,
                        PartnerChecks.antom(RSA.getPublic())),
                new Scheme(
                        "open-banking",
                        Signers.openBanking("k", "issuer", "openbanking.org.uk", RSA.getPrivate())::environment,
                        PartnerChecks.openBanking(RSA.getPublic())),
                new Scheme(
                        "mastercard",
                        Signers.mastercard("c!k", RSA.getPrivate())::environment,
                        PartnerChecks.mastercard(RSA.getPublic())),
                new Scheme(
                        "hmac-sha256",
                        Signers.hmacSha256("shop", SHARED)::environment,
                        arrived -> hmac((Arrived) arrived)));
    }

    private static String hmac(Arrived request) throws GeneralSecurityException {
        Signers.hmacVerifier(Map.of("shop", SHARED))
                .environment(new ManualTime().environment(1))
                .tolerance(Duration.ofDays(1))
                .verify(
                        request.method(),
                        request.authority(),
                        request.path(),
                        request.query(),
                        request.headers().get("fairlead-signature"),
                        request.body());
        return PartnerChecks.part(request.header("fairlead-signature"), "nonce=\"(\\w+)\"");
    }

    private static BodyPublisher body(int kind) {
        return switch (kind) {
            case 0 -> BodyPublishers.ofString("{\"amount\":1,\"to\":\"Ren\u00e9 \u20ac\"}");
            case 1 -> BodyPublishers.noBody();
            case 2 -> BodyPublishers.ofByteArray(new byte[50_000]);
            default -> BodyPublishers.fromPublisher(BodyPublishers.ofString("chunked"));
        };
    }

    private JettyServer partner(Scheme scheme, boolean tls) throws Exception {
        Map<String, Integer> seen = new HashMap<>();
        return new JettyServer(tls ? authority.server("127.0.0.1") : null, request -> {
            try {
                String proof = scheme.check.proof(request);
                if (proof != null) {
                    proofs.add(proof);
                }
            } catch (Exception e) {
                throw new AssertionError(e);
            }
            arrived.add(request);
            int times = seen.merge(request.header("idempotency-key"), 1, Integer::sum);
            time.advance(Duration.ofSeconds(1)); // so that dates of two attempts differ
            return new Answer(times == 1 ? 503 : 200, "ok", Map.of());
        });
    }

    private BalancedClient client(Scheme scheme, JettyServer server, Version version) {
        return BalancedClient.builder()
                .sslContext(authority.client())
                .version(version)
                .service(Service.named("partner")
                        .targets(server.url())
                        .balancer(InOrder::new)
                        .retryPolicy(
                                Retries.backoff(3, Duration.ofMillis(1), Duration.ofMillis(2), Environment.system()))
                        .retryBudget(ENDLESS)
                        .signer(scheme.signer.apply(time.environment(7)))
                        .build())
                .build();
    }

    @ParameterizedTest
    @MethodSource("schemes")
    void over_http_1_and_tls(Scheme scheme) throws Exception {
        arrives(scheme, Version.HTTP_1_1, true);
    }

    @ParameterizedTest
    @MethodSource("schemes")
    void over_http_2(Scheme scheme) throws Exception {
        arrives(scheme, Version.HTTP_2, true);
    }

    @ParameterizedTest
    @MethodSource("schemes")
    void over_http_1_without_tls(Scheme scheme) throws Exception {
        arrives(scheme, Version.HTTP_1_1, false);
    }

    /** Its signature is a field of a form, which nothing but the body can hold. */
    @ParameterizedTest
    @CsvSource({"HTTP_1_1,true", "HTTP_2,true", "HTTP_1_1,false"})
    void forms_of_the_gateway(Version version, boolean tls) throws Exception {
        Scheme scheme = new Scheme(
                "alipay",
                Signers.alipay("2014", RSA.getPrivate())::environment,
                PartnerChecks.alipayGateway(RSA.getPublic()));
        try (JettyServer server = partner(scheme, tls);
                BalancedClient client = client(scheme, server, version)) {
            for (String form :
                    List.of("method=pay&biz_content=%7B%22a%22%3A%22%E2%82%AC+%2B%22%7D", "method=x&empty=", "")) {
                HttpRequest request = HttpRequest.newBuilder(URI.create("http://partner/gateway.do?charset=utf-8"))
                        .header("Idempotency-Key", "key-" + form.length())
                        .POST(BodyPublishers.ofString(form))
                        .build();
                calledTwice(client, request, version);
            }
            assertThat(proofs).doesNotHaveDuplicates().hasSize(6);
        }
    }

    private void arrives(Scheme scheme, Version version, boolean tls) throws Exception {
        try (JettyServer server = partner(scheme, tls);
                BalancedClient client = client(scheme, server, version)) {
            int calls = 0;
            for (String target : TARGETS) {
                for (int kind = 0; kind < 4; kind++) {
                    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create("http://partner" + target))
                            .header("Content-Type", "application/json")
                            .header("Idempotency-Key", "key-" + calls++)
                            .header("X-Twice", "a  b ")
                            .header("X-Twice", "c");
                    calledTwice(client, request.POST(body(kind)).build(), version);
                }
                calledTwice(
                        client,
                        HttpRequest.newBuilder(URI.create("http://partner" + target))
                                .header("Content-Type", "text/plain")
                                .header("Idempotency-Key", "key-" + calls++)
                                .header("X-Twice", "a")
                                .build(),
                        version);
            }
            assertThat(proofs).doesNotHaveDuplicates().hasSizeGreaterThanOrEqualTo(2 * 4 * TARGETS.size());
        }
    }

    private void calledTwice(BalancedClient client, HttpRequest request, Version version) throws Exception {
        int before = arrived.size();
        HttpResponse<String> answer = client.send(request, BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(request + " " + answer.body()).isEqualTo(200);
        assertThat(answer.version()).isEqualTo(version);
        List<Arrived> attempts = new ArrayList<>(arrived.subList(before, arrived.size()));
        assertThat(attempts).hasSize(2);
        String key = request.headers().firstValue("Idempotency-Key").orElseThrow();
        assertThat(attempts)
                .allSatisfy(one -> assertThat(one.header("idempotency-key")).isEqualTo(key));
    }
}
