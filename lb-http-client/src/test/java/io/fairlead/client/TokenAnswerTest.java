package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Service;
import io.fairlead.client.JettyServer.Answer;
import io.fairlead.client.JettyServer.Arrived;
import io.fairlead.crypto.TokenSigner;
import io.fairlead.crypto.Tokens;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a 401 does, over sockets: a token server, a partner who takes the newest token only, and a balanced client between them. */
@Timeout(120)
class TokenAnswerTest {

    private static final int CALLERS = 1000;

    private final ManualTime time = new ManualTime();
    private final AtomicInteger fetches = new AtomicInteger();
    private final List<Arrived> paid = new CopyOnWriteArrayList<>();
    private final List<Arrived> rejected = new CopyOnWriteArrayList<>();
    private volatile String taken = "Bearer t1";
    private JettyServer issuer;
    private JettyServer partner;

    @BeforeEach
    void start() throws Exception {
        issuer = new JettyServer(
                null,
                request -> new Answer(
                        200,
                        "{\"access_token\":\"t" + fetches.incrementAndGet()
                                + "\",\"token_type\":\"Bearer\",\"expires_in\":3600}",
                        Map.of()));
        partner = new JettyServer(null, request -> {
            boolean right = request.header("authorization").equals(taken);
            (right ? paid : rejected).add(request);
            return new Answer(right ? 200 : 401, right ? "paid" : "another token", Map.of());
        });
    }

    @AfterEach
    void stop() throws Exception {
        issuer.close();
        partner.close();
    }

    private BalancedClient client(UnaryOperator<TokenSigner> more) {
        TokenSigner signer = Tokens.clientCredentialsAt(issuer.url() + "/token", "shop", HttpClient.newHttpClient())
                .secret("hush")
                .environment(time.environment(23));
        return BalancedClient.builder()
                .service(Service.named("bank")
                        .targets(partner.url())
                        .asyncSigner(more.apply(signer))
                        .build())
                .build();
    }

    private static HttpRequest.Builder request() {
        return HttpRequest.newBuilder(URI.create("http://bank/pay"));
    }

    private static HttpRequest payment() {
        return request()
                .header(Service.IDEMPOTENCY_KEY_HEADER, "key-1")
                .POST(BodyPublishers.ofString("{}"))
                .build();
    }

    private static int status(Mode mode, BalancedClient client, HttpRequest request) throws Exception {
        return mode.send(client, request, BodyHandlers.ofString()).statusCode();
    }

    @ParameterizedTest
    @EnumSource
    void a_get_is_sent_once_more_with_another_token(Mode mode) throws Exception {
        try (BalancedClient client = client(signer -> signer)) {
            assertThat(status(mode, client, request().build())).isEqualTo(200);
            taken = "Bearer t2";
            assertThat(status(mode, client, request().build())).isEqualTo(200);
            assertThat(fetches).hasValue(2);
            assertThat(rejected).hasSize(1);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_post_is_not_sent_again_but_the_next_has_another_token(Mode mode) throws Exception {
        HttpRequest bare = request().POST(BodyPublishers.ofString("{}")).build();
        try (BalancedClient client = client(signer -> signer)) {
            taken = "Bearer t2";
            assertThat(status(mode, client, bare)).isEqualTo(401);
            assertThat(rejected).hasSize(1);
            assertThat(status(mode, client, bare)).isEqualTo(200);
            assertThat(fetches).hasValue(2);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_post_that_is_proven_unprocessed_is_sent_once_more_with_its_key(Mode mode) throws Exception {
        try (BalancedClient client = client(TokenSigner::rejectedUnprocessed)) {
            taken = "Bearer t2";
            assertThat(status(mode, client, payment())).isEqualTo(200);
            assertThat(rejected).singleElement().satisfies(TokenAnswerTest::hasItsKey);
            assertThat(paid).singleElement().satisfies(TokenAnswerTest::hasItsKey);
            assertThat(fetches).hasValue(2);
        }
    }

    /** A key protects at the server that it was sent to, whatever a 401 means there. */
    @ParameterizedTest
    @EnumSource
    void a_post_with_an_idempotency_key_is_sent_once_more_with_it(Mode mode) throws Exception {
        try (BalancedClient client = client(signer -> signer)) {
            taken = "Bearer t2";
            assertThat(status(mode, client, payment())).isEqualTo(200);
            assertThat(rejected).singleElement().satisfies(TokenAnswerTest::hasItsKey);
            assertThat(paid).singleElement().satisfies(TokenAnswerTest::hasItsKey);
        }
    }

    private static void hasItsKey(Arrived request) {
        assertThat(request.header(Service.IDEMPOTENCY_KEY_HEADER.toLowerCase(java.util.Locale.ROOT)))
                .isEqualTo("key-1");
    }

    @Test
    void a_thousand_callers_make_one_fetch_and_one_more_when_their_token_is_revoked() {
        try (BalancedClient client = client(TokenSigner::rejectedUnprocessed)) {
            assertThat(thousand(client)).hasSize(CALLERS).allMatch(status -> status == 200);
            assertThat(fetches).hasValue(1);
            taken = "Bearer t2";
            assertThat(thousand(client)).hasSize(CALLERS).allMatch(status -> status == 200);
            assertThat(fetches).hasValue(2);
            assertThat(paid).hasSize(2 * CALLERS);
        }
    }

    private static List<Integer> thousand(BalancedClient client) {
        List<CompletableFuture<HttpResponse<String>>> calls = new ArrayList<>();
        for (int i = 0; i < CALLERS; i++) {
            calls.add(client.sendAsync(i % 2 == 0 ? payment() : request().build(), BodyHandlers.ofString()));
        }
        return calls.stream().map(call -> call.join().statusCode()).toList();
    }

    @Test
    void a_partner_who_rejects_every_token_causes_no_storm() throws Exception {
        taken = "none";
        try (BalancedClient client = client(TokenSigner::rejectedUnprocessed)) {
            for (int i = 0; i < 50; i++) {
                assertThat(status(Mode.SYNC, client, payment())).isEqualTo(401);
            }
            assertThat(fetches).hasValue(2); // the first, and one for the first rejection: the clock stands still
            assertThat(rejected).hasSize(50 + 1);
        }
    }
}
