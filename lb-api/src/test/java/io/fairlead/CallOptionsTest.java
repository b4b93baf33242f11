package io.fairlead;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallOptionsTest {

    private final HttpRequest plain = HttpRequest.newBuilder(URI.create("http://payments/pay"))
            .header("A", "1")
            .build();

    @Test
    void options_ride_on_a_request_that_is_otherwise_the_same() {
        CallOptions options = CallOptions.none()
                .withAffinityKey("merchant")
                .withPermits(5)
                .withPriority(-1)
                .withAttribute("tenant", 7);
        HttpRequest request = options.on(plain);
        assertThat(CallOptions.of(request)).isSameAs(options);
        assertThat(request.uri()).isEqualTo(plain.uri());
        assertThat(request.method()).isEqualTo("GET");
        assertThat(request.headers()).isEqualTo(plain.headers());
        assertThat(options.attributes()).containsEntry("tenant", 7);
        assertThat(CallOptions.of(plain)).isSameAs(CallOptions.none());
    }

    @Test
    void later_options_take_the_place_of_earlier_ones() {
        HttpRequest first = CallOptions.none().withIdempotencyKey("k1").on(plain);
        HttpRequest second = CallOptions.none().withPermits(2).on(first);
        assertThat(CallOptions.of(second).idempotencyKey()).isNull();
        assertThat(CallOptions.of(second).permits()).isEqualTo(2);
        assertThat(second.headers().map()).containsOnlyKeys("A");
    }

    /* Else a payment would be made under another key by whoever wraps its request. */
    @Test
    void a_copy_of_the_request_keeps_the_idempotency_key() {
        HttpRequest copy = HttpRequest.newBuilder(
                        CallOptions.none().withIdempotencyKey("order-17").on(plain), (name, value) -> true)
                .build();
        assertThat(CallOptions.of(copy).idempotencyKey()).isEqualTo("order-17");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", " a", "a ", "a\nb", "a\tb", "ключ", "a\u007f"})
    void a_key_that_would_change_on_the_wire_is_refused_without_being_shown(String key) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CallOptions.none().withIdempotencyKey(key))
                .withMessageStartingWith("idempotency key ");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CallOptions.none().withIdempotencyKey("x".repeat(256)))
                .withMessageNotContaining("xxx");
        assertThat(CallOptions.checkedKey("x".repeat(255), "key")).hasSize(255);
    }

    @Test
    void a_call_costs_at_least_one_permit() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> CallOptions.none().withPermits(0))
                .withMessage("permits is 0: allowed is at least 1");
    }
}
