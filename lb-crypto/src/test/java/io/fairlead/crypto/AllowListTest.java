package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.RequestSigner;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What may be signed, for whom; all else is refused. */
class AllowListTest {

    private final RequestSigner hmac = Signers.hmacSha256("k", new byte[32]);
    private final RequestSigner signer = Signers.allowing(
            hmac, "POST https://api.bank.example/v1/payments", "* https://api.bank.example:8443/v1/accounts/*");

    private static HttpRequest request(String method, String uri) {
        return HttpRequest.newBuilder(URI.create(uri))
                .method(method, BodyPublishers.noBody())
                .build();
    }

    @Test
    void what_a_route_allows_is_signed() throws Exception {
        for (HttpRequest allowed : List.of(
                request("POST", "https://api.bank.example/v1/payments"),
                request("POST", "https://API.bank.example:443/v1/payments?a=%2F..;b"),
                request("GET", "https://api.bank.example:8443/v1/accounts/1/balance"),
                request(
                        "GET",
                        "https://api.bank.example:8443/v1/accounts/J%C3%BCrgen%20%E2%82%AC%F0%9F%92%B6%E0%A4%85"),
                request("DELETE", "https://api.bank.example:8443/v1/accounts/"))) {
            assertThat(signer.sign(allowed).headers().firstValue(HmacSigner.HEADER))
                    .isPresent();
            assertThat(signer.signAsync(allowed)
                            .toCompletableFuture()
                            .get()
                            .headers()
                            .firstValue(HmacSigner.HEADER))
                    .isPresent();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET https://api.bank.example/v1/payments",
                "post https://api.bank.example/v1/payments",
                "POST http://api.bank.example/v1/payments",
                "POST https://api.bank.example:8443/v1/payments",
                "POST https://api.bank.example.evil.example/v1/payments",
                "POST https://evil.example/v1/payments",
                "POST https://api.bank.example@evil.example/v1/payments",
                "POST https://api.bank.example/v1/payments/",
                "POST https://api.bank.example/v1/payments/1",
                "POST https://api.bank.example/v1/%70ayments",
                "POST https://api.bank.example/v1/Payments",
                "POST https://api.bank.example",
                "GET https://api.bank.example:8443/v1/accounts",
                "GET https://api.bank.example:8443/v1/accounts/../payments",
                "GET https://api.bank.example:8443/v1/accounts/%2e%2E/payments",
                "GET https://api.bank.example:8443/v1/accounts/.%2e;x/payments",
                "GET https://api.bank.example:8443/v1/accounts/..;/payments",
                "GET https://api.bank.example:8443/v1/accounts/..%2fpayments",
                "GET https://api.bank.example:8443/v1/accounts/%252e%252e/payments",
                "GET https://api.bank.example:8443/v1/accounts/..%5Cpayments",
                "GET https://api.bank.example:8443/v1/accounts//payments",
                "GET https://api.bank.example:8443/v1/accounts/1/.",
                "GET https://api.bank.example:8443/v1/accounts/..%3B/payments",
                "GET https://api.bank.example:8443/v1/accounts/1%3bx",
                "GET https://api.bank.example:8443/v1/accounts/%c0%AE%c0%ae/payments",
                "GET https://api.bank.example:8443/v1/accounts/..%E0%80%AFpayments",
                "GET https://api.bank.example:8443/v1/accounts/..%f0%80%80%afpayments"
            })
    void all_else_is_refused_and_named_without_its_query(String asked) {
        String[] parts = asked.split(" ");
        HttpRequest request = request(parts[0], parts[1] + "?token=hunter2");
        assertThatThrownBy(() -> signer.sign(request))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("may not have signed")
                .hasMessageNotContaining("hunter2");
        assertThatThrownBy(() -> signer.signAsync(request).toCompletableFuture().get())
                .isInstanceOf(ExecutionException.class)
                .hasCauseInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void without_routes_nothing_is_signed() {
        assertThatThrownBy(() -> Signers.allowing(hmac).sign(request("GET", "https://api.bank.example/")))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void each_caller_has_its_own_routes() {
        RequestSigner each = Signers.allowing(
                hmac,
                request -> request.headers().firstValue("X-Caller").orElse(null),
                Map.of(
                        "shop",
                        List.of("POST https://bank.example/pay"),
                        "reports",
                        List.of("GET https://bank.example/statements/*")));
        HttpRequest.Builder pay =
                HttpRequest.newBuilder(URI.create("https://bank.example/pay")).POST(BodyPublishers.noBody());
        assertThat(each.sign(pay.setHeader("X-Caller", "shop").build())
                        .headers()
                        .firstValue(HmacSigner.HEADER))
                .isPresent();
        assertThatThrownBy(() -> each.sign(pay.setHeader("X-Caller", "reports").build()))
                .hasMessageContaining("caller reports may not have signed: POST https://bank.example/pay");
        assertThatThrownBy(() -> each.sign(pay.setHeader("X-Caller", "stranger").build()))
                .hasMessageContaining("caller stranger");
        assertThatThrownBy(() -> each.sign(request("POST", "https://bank.example/pay")))
                .hasMessageContaining("caller null");
        assertThat(each.toString()).contains("HmacSigner[k]", "shop", "reports");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "POST",
                "/v1",
                "post https://a.example/",
                "GET ftp://a.example/",
                "GET https://a.example",
                "GET https://a.example/*/b",
                "GET https://a.example/b*",
                "GET https://a.example/a/../b",
                "GET https://a.example/a?b=c",
                "GET https://u@a.example/a"
            })
    void routes_that_say_nothing_clear_are_refused(String route) {
        assertThatThrownBy(() -> Signers.allowing(hmac, route))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("route");
    }
}
