package io.fairlead.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.RateLimiter;
import io.fairlead.Service;
import io.fairlead.client.BalancedClient;
import io.fairlead.crypto.TokenSigner;
import io.fairlead.crypto.TokenValidator;
import io.fairlead.crypto.Tokens;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyPairGenerator;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import no.nav.security.mock.oauth2.MockOAuth2Server;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Tokens of a real OAuth 2.0 and OpenID Connect server, fetched by a client that balances, and judged where they are shown. */
class OAuthServerTest {

    private final MockOAuth2Server issuer = new MockOAuth2Server();
    private final List<String> shown = new CopyOnWriteArrayList<>();
    private final HttpClient plain = HttpClient.newHttpClient();
    private HttpServer partner;

    @BeforeEach
    void start() throws IOException {
        issuer.start();
        partner = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        partner.createContext("/", exchange -> {
            shown.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
            exchange.sendResponseHeaders(204, -1);
            exchange.close();
        });
        partner.start();
    }

    @AfterEach
    void stop() {
        partner.stop(0);
        issuer.shutdown();
    }

    private String issuerUrl() {
        return issuer.issuerUrl("bank").toString();
    }

    private Service login(RateLimiter limiter) {
        URI url = URI.create(issuerUrl());
        return Service.named("login")
                .targets("http://" + url.getHost() + ':' + url.getPort())
                .rateLimiter(limiter)
                .build();
    }

    private BalancedClient paying(TokenSigner signer) {
        return BalancedClient.builder()
                .service(Service.named("payments")
                        .targets("http://127.0.0.1:" + partner.getAddress().getPort())
                        .asyncSigner(signer)
                        .build())
                .build();
    }

    private static HttpRequest pay() {
        return HttpRequest.newBuilder(URI.create("http://payments/charge")).build();
    }

    @Test
    void a_hundred_payments_bear_one_token_that_the_partner_believes() throws Exception {
        TokenSigner signer = Tokens.clientCredentials(issuerUrl(), "shop", plain)
                .secret("hush")
                .scope("pay");
        try (BalancedClient client = paying(signer)) {
            List<CompletableFuture<?>> calls = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                calls.add(client.sendAsync(pay(), BodyHandlers.discarding()));
            }
            CompletableFuture.allOf(calls.toArray(CompletableFuture[]::new)).join();
        }
        assertThat(shown).hasSize(100).allMatch(header -> header.equals(shown.get(0)));
        String token = shown.get(0).substring("Bearer ".length());
        TokenValidator validator = Tokens.validator(issuerUrl(), "pay", plain);
        Map<String, Object> claims = validator.validate(token);
        assertThat(claims).containsEntry("iss", issuerUrl()).containsEntry("sub", "shop");
        assertThatThrownBy(() -> Tokens.validator(issuerUrl(), "another", plain).validate(token))
                .isInstanceOf(SignatureException.class);
        assertThatThrownBy(() -> validator.validate(
                        issuer.issueToken("another-issuer", "shop", "pay").serialize()))
                .isInstanceOf(SignatureException.class);
    }

    @Test
    void the_token_call_is_balanced_and_costs_the_quota_of_its_service() throws Exception {
        AtomicInteger reserved = new AtomicInteger();
        RateLimiter counting = (permits, maxWait) -> {
            reserved.addAndGet(permits);
            return 0;
        };
        try (BalancedClient login =
                BalancedClient.builder().service(login(counting)).build()) {
            TokenSigner signer = Tokens.clientCredentialsAt("http://login/bank/token", "shop", login)
                    .secretInBody("hush")
                    .plainHttp();
            try (BalancedClient client = paying(signer)) {
                for (int i = 0; i < 10; i++) {
                    assertThat(client.send(pay(), BodyHandlers.discarding()).statusCode())
                            .isEqualTo(204);
                }
            }
        }
        assertThat(shown).hasSize(10).allMatch(header -> header.startsWith("Bearer ey"));
        assertThat(reserved).hasValue(1);
    }

    @Test
    void an_assertion_is_taken_for_the_client() throws Exception {
        KeyPairGenerator keys = KeyPairGenerator.getInstance("EC");
        keys.initialize(256);
        TokenSigner signer = Tokens.clientCredentials(issuerUrl(), "shop", plain)
                .privateKeyJwt("key-1", "ES256", keys.generateKeyPair().getPrivate());
        try (BalancedClient client = paying(signer)) {
            client.send(pay(), BodyHandlers.discarding());
        }
        assertThat(shown).singleElement().asString().startsWith("Bearer ey");
    }

    @Test
    void an_issuer_that_is_down_fails_the_call_with_its_reason() {
        TokenSigner signer =
                Tokens.clientCredentials(issuerUrl(), "shop", plain).secret("hush");
        issuer.shutdown();
        try (BalancedClient client = paying(signer)) {
            assertThatThrownBy(() -> client.send(pay(), BodyHandlers.discarding()))
                    .isInstanceOf(IOException.class)
                    .hasStackTraceContaining("ConnectException");
        }
        assertThat(shown).isEmpty();
    }
}
