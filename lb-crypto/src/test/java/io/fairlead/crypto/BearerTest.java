package io.fairlead.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.RequestSigner;
import java.net.URI;
import java.net.http.HttpRequest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BearerTest {

    private final RequestSigner signer = Signers.bearer("mF_9.B5f-4.1JqM+/~==");

    private static HttpRequest to(String uri) {
        return HttpRequest.newBuilder(URI.create(uri))
                .header("authorization", "Basic old")
                .build();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"https://bank.example/", "http://127.0.0.1:80/x", "http://[::1]/", "http://localhost:8080/"})
    void the_token_takes_the_place_of_what_was_there(String uri) {
        assertThat(signer.sign(to(uri)).headers().allValues("Authorization"))
                .containsExactly("Bearer mF_9.B5f-4.1JqM+/~==");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://bank.example/", "http://127.0.0.1.bank.example/", "http://10.0.0.1/"})
    void it_is_never_sent_in_the_clear(String uri) {
        assertThatThrownBy(() -> signer.sign(to(uri)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https alone")
                .hasMessageNotContaining("mF_9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "hunter2\r\nX: y", "hunter2\"", "hunter2\u20ac", "hun=ter2", "hunter2,"})
    void a_token_that_is_none_is_refused_and_not_shown(String token) {
        assertThatThrownBy(() -> Signers.bearer(token))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("token")
                .hasMessageNotContaining("hunter2");
    }

    @Test
    void it_shows_nothing() {
        assertThat(signer.toString()).isEqualTo("SchemeSigner[bearer token]");
    }
}
