package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import io.fairlead.testing.ManualTime;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.PrivateKey;
import java.security.SignatureException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A signer that dates its signatures by the partner's clock. */
class ClockFollowerTest {

    private static final byte[] SECRET = new byte[32];

    private final ManualTime time = new ManualTime();
    private final Environment env = time.environment(5);
    private final RequestSigner signer = Signers.followingClock(Signers.hmacSha256("k", SECRET)::environment, env);

    private static HttpRequest request(String uri) {
        return HttpRequest.newBuilder(URI.create(uri))
                .POST(BodyPublishers.ofString("{}"))
                .build();
    }

    private HttpRequest signed() {
        return signer.sign(request("https://partner.example/pay"));
    }

    private static String httpDate(Instant date) {
        return DateTimeFormatter.RFC_1123_DATE_TIME.format(date.atOffset(ZoneOffset.UTC));
    }

    private static HttpHeaders headers(String... namesAndValues) {
        Map<String, List<String>> all = new HashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            all.computeIfAbsent(namesAndValues[i], n -> new ArrayList<>()).add(namesAndValues[i + 1]);
        }
        return HttpHeaders.of(all, (n, v) -> true);
    }

    private HttpHeaders dated(long aheadSeconds) {
        return headers("Date", httpDate(time.date().plusSeconds(aheadSeconds)));
    }

    /** How far the date of a new signature is ahead of our clock, in seconds. */
    private long ahead() {
        return created(signed()) - time.date().getEpochSecond();
    }

    private static long created(HttpRequest signed) {
        return Long.parseLong(
                signed.headers().firstValue(HmacSigner.HEADER).orElseThrow().replaceAll(".*created=(\\d+).*", "$1"));
    }

    @Test
    void three_answers_are_believed_and_two_are_not() {
        assertThat(signer.answered(signed(), 200, dated(100))).isNull();
        assertThat(signer.answered(signed(), 200, dated(101))).isNull();
        assertThat(ahead()).isZero();
        assertThat(signer.answered(signed(), 200, dated(102))).isNull();
        assertThat(ahead()).isBetween(101L, 102L);
    }

    @Test
    void one_odd_answer_moves_nothing() {
        for (long ahead : new long[] {-40, -40, -41, 86_400, -40}) {
            signer.answered(signed(), 200, dated(ahead));
        }
        assertThat(ahead()).isBetween(-40L, -39L);
    }

    @Test
    void a_clock_that_was_set_right_is_followed_within_nine_answers() {
        for (int i = 0; i < 20; i++) {
            signer.answered(signed(), 200, dated(100));
        }
        for (int i = 0; i < 9; i++) {
            signer.answered(signed(), 200, dated(0));
        }
        assertThat(ahead()).isZero();
    }

    @Test
    void what_whole_seconds_and_the_way_explain_is_no_difference() {
        for (long ahead : new long[] {1, -2, 1, -1, 1}) {
            signer.answered(signed(), 200, dated(ahead));
        }
        assertThat(ahead()).isZero();
    }

    @ParameterizedTest
    @ValueSource(longs = {600, -600, 86_400 * 365})
    void no_partner_moves_a_date_by_more_than_300_seconds(long ahead) {
        for (int i = 0; i < 3; i++) {
            signer.answered(signed(), 200, dated(ahead));
        }
        assertThat(ahead()).isEqualTo(ahead > 0 ? 300 : -300);
    }

    @ParameterizedTest
    @ValueSource(ints = {401, 403})
    void a_refusal_with_a_date_far_off_is_signed_once_more_by_that_date(int status) {
        HttpRequest signed = signed();
        assertThat(signer.answered(signed, status, dated(200))).isEqualTo(Delivery.NOT_PROCESSED);
        assertThat(ahead()).isEqualTo(200);
        assertThat(signer.answered(signed(), status, dated(200)))
                .as("the date is right now, so it was for something else")
                .isNull();
        assertThat(signer.answered(signed, status, dated(200)))
                .as("one that was signed before, and answered after")
                .isEqualTo(Delivery.NOT_PROCESSED);
    }

    @Test
    void a_bad_request_proves_nothing_about_the_body() {
        assertThat(signer.answered(signed(), 400, dated(-200))).isEqualTo(Delivery.UNKNOWN);
        assertThat(ahead()).isEqualTo(-200);
    }

    @Test
    void a_refusal_that_is_not_for_the_date_is_let_be() {
        assertThat(signer.answered(signed(), 401, dated(0))).isNull();
        assertThat(signer.answered(signed(), 401, dated(30))).isNull();
        assertThat(signer.answered(signed(), 401, headers())).isNull();
        assertThat(signer.answered(signed(), 500, dated(200))).isNull();
        assertThat(signer.answered(signed(), 404, dated(200))).isNull();
    }

    @Test
    void nothing_is_learned_without_tls_from_caches_or_from_what_is_no_date() {
        String later = httpDate(time.date().plusSeconds(200));
        HttpRequest plain = signer.sign(request("http://partner.example/pay"));
        for (int i = 0; i < 5; i++) {
            assertThat(signer.answered(plain, 401, dated(200))).isNull();
            assertThat(signer.answered(signed(), 401, headers("Date", later, "Age", "10")))
                    .isNull();
            assertThat(signer.answered(signed(), 401, headers("Date", later, "Date", later)))
                    .isNull();
            assertThat(signer.answered(request("https://x.example"), 401, dated(200)))
                    .isNull();
            for (String bad : List.of("", "now", "Thu, 01 Jan 1970", "0", later + "x".repeat(1000))) {
                assertThat(signer.answered(signed(), 401, headers("Date", bad))).isNull();
            }
        }
        assertThat(ahead()).isZero();
    }

    @Test
    void every_scheme_with_a_date_follows() {
        PrivateKey key = Keys.privateKey(Vectors.key("rsa-pkcs8"));
        List<RequestSigner> signers = List.of(
                Signers.followingClock(Signers.weChatPay("1", "AB", key)::environment, env),
                Signers.followingClock(Signers.alipayV3("1", key)::environment, env),
                Signers.followingClock(Signers.antom("C", 1, key)::environment, env),
                Signers.followingClock(Signers.mastercard("c!k", key)::environment, env),
                Signers.followingClock(Signers.httpMessage("k", SECRET)::environment, env));
        for (RequestSigner one : signers) {
            HttpRequest first = one.sign(request("https://partner.example/pay"));
            assertThat(one.answered(first, 401, dated(200))).isEqualTo(Delivery.NOT_PROCESSED);
            HttpRequest second = one.signAsync(request("https://partner.example/pay"))
                    .toCompletableFuture()
                    .join();
            String right = Long.toString(time.date().getEpochSecond() + 200).substring(0, 9);
            assertThat(second.headers().map().toString()).contains(right);
            assertThat(first.headers().map().toString()).doesNotContain(right);
        }
        assertThat(signers.get(0)).hasToString("SchemeSigner[WECHATPAY2-SHA256-RSA2048 1]");
    }

    @Test
    void many_threads_learn_at_once() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        CountDownLatch done = new CountDownLatch(400);
        for (int i = 0; i < 400; i++) {
            threads.execute(() -> {
                signer.answered(signed(), 200, dated(50));
                done.countDown();
            });
        }
        assertThat(done.await(20, TimeUnit.SECONDS)).isTrue();
        threads.shutdown();
        assertThat(ahead()).isEqualTo(50);
    }

    /**
     * A real server whose clock is so far off and who takes what is at most 300 s away. As the client does, the test tells the signer each
     * answer and sends once more where it asks; what goes over the wire has no TLS, so the signer is told of the same request to https.
     */
    @ParameterizedTest
    @ValueSource(longs = {600, -600, 301, -350, 120})
    void a_partner_whose_clock_is_off_gets_what_it_takes(long serverAhead) throws Exception {
        ManualTime its = new ManualTime();
        its.jumpDate(Duration.ofSeconds(serverAhead));
        HmacVerifier verifier = Signers.hmacVerifier(Map.of("k", SECRET)).environment(its.environment(1));
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            int status = 200;
            try {
                verifier.verify(
                        "POST",
                        "partner.example",
                        "/pay",
                        null,
                        exchange.getRequestHeaders().get(HmacSigner.HEADER),
                        exchange.getRequestBody().readAllBytes());
            } catch (SignatureException e) {
                status = 401;
            }
            exchange.getResponseHeaders().set("X-Date", httpDate(its.date()));
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
        try {
            List<Integer> statuses = new ArrayList<>();
            for (int call = 0; call < 4; call++) {
                statuses.addAll(called(server.getAddress().getPort()));
            }
            assertThat(statuses)
                    .containsExactlyElementsOf(
                            Math.abs(serverAhead) > 300
                                    ? List.of(401, 200, 200, 200, 200)
                                    : List.of(200, 200, 200, 200));
        } finally {
            server.stop(0);
        }
    }

    private List<Integer> called(int port) throws Exception {
        List<Integer> statuses = new ArrayList<>();
        Delivery again;
        do {
            HttpRequest signed = signed();
            HttpRequest.Builder sent = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/pay"))
                    .POST(BodyPublishers.ofString("{}"));
            signed.headers().map().forEach((name, values) -> sent.header(name, values.get(0)));
            HttpResponse<Void> answer = HttpClient.newHttpClient().send(sent.build(), BodyHandlers.discarding());
            statuses.add(answer.statusCode());
            again = signer.answered(
                    signed,
                    answer.statusCode(),
                    headers("Date", answer.headers().firstValue("X-Date").orElseThrow()));
        } while (again != null && statuses.size() < 2);
        return statuses;
    }
}
