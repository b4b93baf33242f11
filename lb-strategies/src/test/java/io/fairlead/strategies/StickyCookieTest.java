package io.fairlead.strategies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Endpoint;
import io.fairlead.testing.FakeAttempt;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Stickiness by a cookie of our own, without memory. */
class StickyCookieTest {

    private static final byte[] KEY = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private final StickyCookie cookie = StickyCookie.of("FL", KEY);

    private static Fleet fleet(StickyCookie cookie) {
        return Fleet.equal(Balancers.sticky(Balancers.random()).cookie(cookie), 5);
    }

    private static FakeAttempt bearing(String setCookie) {
        String pair = setCookie.substring(0, setCookie.indexOf(';'));
        return FakeAttempt.fresh()
                .request(HttpRequest.newBuilder(URI.create("http://payments/"))
                        .header("Cookie", "theme=dark; " + pair)
                        .build());
    }

    @Test
    void every_process_with_the_key_honours_it_and_remembers_nothing() {
        Fleet one = fleet(cookie);
        Fleet other = fleet(StickyCookie.of("FL", KEY.clone()));
        for (int i = 0; i < 5; i++) {
            Endpoint answered = one.endpoints.get(i);
            String issued = cookie.issue(answered, Duration.ofHours(1));
            for (int n = 0; n < 20; n++) {
                assertThat(other.pick(bearing(issued)).target()).isEqualTo(answered.target());
            }
        }
        assertThat(other.strategy.counters()).containsEntry("sticky sessions", 0L);
    }

    @Test
    void it_falls_over_when_the_endpoint_is_gone_or_was_tried() {
        Fleet fleet = fleet(cookie);
        Endpoint answered = fleet.endpoints.get(2);
        String issued = cookie.issue(answered, Duration.ofHours(1));
        assertThat(fleet.pick(bearing(issued).number(2).alreadyTried(answered))).isNotSameAs(answered);
        fleet.endpoints.remove(2);
        fleet.update();
        assertThat(fleet.pick(bearing(issued))).isNotNull().isNotSameAs(answered);
    }

    @Test
    void nobody_without_the_key_chooses_a_server() {
        Fleet fleet = fleet(cookie);
        StickyCookie forged = StickyCookie.of("FL", "another key, 16 b".getBytes(StandardCharsets.US_ASCII));
        String issued = forged.issue(fleet.endpoints.get(0), Duration.ofHours(1));
        Set<Endpoint> seen = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            seen.add(fleet.pick(bearing(issued)));
        }
        assertThat(seen).hasSize(5);
    }

    @Test
    void the_header_is_safe_and_tells_neither_address_nor_key() {
        Endpoint endpoint = fleet(cookie).endpoints.get(0);
        String issued = cookie.issue(endpoint, Duration.ofMinutes(2));
        assertThat(issued)
                .matches("FL=[A-Za-z0-9_-]{22}; Max-Age=120; Path=/; HttpOnly; Secure; SameSite=Lax")
                .doesNotContain("10.0");
        assertThat(cookie.toString()).isEqualTo("sticky cookie FL");
    }

    @Test
    void bad_settings_are_named_and_the_key_is_not_told() {
        assertThatThrownBy(() -> StickyCookie.of("a b", KEY))
                .hasMessageContaining("name of the sticky cookie is \"a b\"");
        assertThatThrownBy(() -> StickyCookie.of("FL", new byte[15]))
                .hasMessageContaining("key of the sticky cookie is 15 bytes");
        Endpoint endpoint = fleet(cookie).endpoints.get(0);
        assertThatThrownBy(() -> cookie.issue(endpoint, Duration.ZERO)).hasMessageContaining("lifetime");
    }
}
