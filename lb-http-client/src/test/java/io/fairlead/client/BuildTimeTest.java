package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Service;
import io.fairlead.Settings;
import io.fairlead.Target;
import io.fairlead.ratelimit.RateLimiters;
import java.net.Authenticator;
import java.net.CookieManager;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is wrong is said when it is built, naming the setting, the value and what is allowed. */
class BuildTimeTest {

    private static void assertRefused(ThrowingCallable build, String... words) {
        assertThatThrownBy(build)
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(words));
    }

    private static Service payments() {
        return Service.named("payments").targets("http://10.0.0.1").build();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "payments_v2", "-a", "a-", "a..b", "a b", "päy", "payments:80", "a.1"})
    void names_that_are_no_host_names(String name) {
        assertRefused(() -> Service.named(name), "service name");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.0.0.1",
                "//10.0.0.1",
                "ftp://10.0.0.1",
                "http://",
                "http:///p",
                "http://a_b",
                "http://a?q=1",
                "http://a#f",
                "http://a:70000",
                "http://a b"
            })
    void targets_that_are_no_servers(String target) {
        assertRefused(() -> Service.named("payments").targets(target), "target");
    }

    @Test
    void user_info_is_refused_and_not_repeated() {
        assertThatThrownBy(() -> Target.of("http://user:secret@a"))
                .hasMessageContaining("user-info")
                .hasMessageNotContaining("secret");
    }

    @Test
    void nulls_and_numbers_out_of_range() {
        assertRefused(() -> Service.named(null), "service name is null");
        assertRefused(() -> Service.named("a").targets((String[]) null), "targets of a is null");
        assertRefused(() -> Service.named("a").targets("http://b", null), "target is null");
        assertRefused(() -> Service.named("a").targets(), "targets of a is empty", "at least one");
        assertRefused(() -> Service.named("a").build(), "has no targets");
        assertRefused(() -> Service.named("a").targets("http://b", "http://B:80/"), "each server once");
        assertRefused(() -> Service.named("a").balancer(null), "balancer of a is null");
        assertRefused(() -> Service.named("a").signer(null), "signer of a is null");
        assertRefused(
                () -> Service.named("a").attemptTimeout(Duration.ZERO), "attempt timeout of a", "longer than zero");
        assertRefused(() -> Service.named("a").attemptHeader("a b"), "attempt header of a", "a header name");
        assertRefused(() -> Service.named("a").followRedirects(-1), "redirects of a is -1", "0 to 20");
        assertRefused(() -> Target.of("http://a").withWeight(-1), "weight of target http://a:80 is -1.0");
        assertRefused(() -> Target.of("http://a").withWeight(Double.NaN), "weight");
        assertRefused(() -> RateLimiters.tokenBucket(0, Duration.ofSeconds(1)), "permits of the token bucket is 0");
        assertRefused(() -> BalancedClient.wrap(null, payments()), "transport is null");
        assertRefused(() -> BalancedClient.wrap(HttpClient.newHttpClient(), (Service) null), "service is null");
    }

    @Test
    void two_services_of_one_name_and_strategies_of_unknown_names() {
        assertRefused(
                () -> BalancedClient.builder().service(payments()).service(payments()), "service name is payments");
        Service unknown = Service.named("a")
                .targets("http://b")
                .balancer("least-reqest", Settings.none())
                .build();
        assertRefused(
                () -> BalancedClient.builder().service(unknown).build(),
                "Balancer least-reqest is not known",
                "round-robin",
                "did you mean least-request?");
    }

    @Test
    void clients_that_would_send_past_the_balancing() {
        HttpClient follows = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NORMAL)
                .build();
        HttpClient authenticates =
                HttpClient.newBuilder().authenticator(new Authenticator() {}).build();
        HttpClient keepsCookies =
                HttpClient.newBuilder().cookieHandler(new CookieManager()).build();
        assertRefused(() -> BalancedClient.wrap(follows, payments()), "followRedirects", "NORMAL", "NEVER");
        assertRefused(() -> BalancedClient.wrap(authenticates, payments()), "authenticator");
        assertRefused(() -> BalancedClient.wrap(keepsCookies, payments()), "cookie handler");
        assertRefused(
                () -> BalancedClient.builder()
                        .transport(HttpClient.newHttpClient())
                        .connectTimeout(Duration.ofSeconds(1))
                        .build(),
                "connectTimeout");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "true", "TRUE"})
    void a_process_whose_jdk_resends_posts(String value) {
        System.setProperty("jdk.httpclient.enableAllMethodRetry", value);
        try {
            assertRefused(
                    () -> BalancedClient.builder().service(payments()).build(),
                    "jdk.httpclient.enableAllMethodRetry",
                    "pay twice");
        } finally {
            System.clearProperty("jdk.httpclient.enableAllMethodRetry");
        }
    }

    @Test
    void ten_thousand_endpoints_cost_a_handful_of_threads() {
        List<Target> targets = IntStream.range(0, 10_000)
                .mapToObj(i -> Target.of("https://10." + i / 65536 + "." + i / 256 % 256 + "." + i % 256))
                .toList();
        int before = Thread.activeCount();
        try (BalancedClient client = BalancedClient.builder()
                .service(Service.named("payments").targets(targets).build())
                .build()) {
            assertThat(client.followRedirects()).isEqualTo(HttpClient.Redirect.NEVER);
            assertThat(Thread.activeCount() - before).isLessThan(8);
        }
    }

    @Test
    void every_question_of_an_http_client_is_answered() throws Exception {
        BalancedClient client = BalancedClient.builder().service(payments()).build();
        assertThat(client.cookieHandler()).isEmpty();
        assertThat(client.authenticator()).isEmpty();
        assertThat(client.connectTimeout()).contains(Duration.ofSeconds(2));
        assertThat(client.proxy()).isPresent();
        assertThat(client.sslContext()).isNotNull();
        assertThat(client.sslParameters()).isNotNull();
        assertThat(client.version()).isEqualTo(HttpClient.Version.HTTP_2);
        assertThat(client.executor()).isPresent();
        assertThat(client.newWebSocketBuilder()).isNotNull();
        assertThat(client.isTerminated()).isFalse();
        client.shutdown();
        assertThat(client.awaitTermination(Duration.ofSeconds(5))).isTrue();
        assertThat(client.isTerminated()).isTrue();
        client.close();
    }
}
