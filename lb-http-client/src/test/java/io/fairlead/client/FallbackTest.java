package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.CallException;
import io.fairlead.CallFailure;
import io.fairlead.Fallback;
import io.fairlead.Hedging;
import io.fairlead.Listener;
import io.fairlead.RateLimiter;
import io.fairlead.Reply;
import io.fairlead.Service;
import io.fairlead.ThrottledException;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Who answers when the partner cannot, and that nothing is hidden by it. */
@Timeout(30)
class FallbackTest {

    private final ManualTime time = new ManualTime();
    private final List<String> told = new ArrayList<>();

    private BalancedClient client(StubTransport.Answer answer, Service.Builder service) {
        Listener listener = new Listener() {
            @Override
            public void fallbackUsed(long callId, String service, CallFailure failure) {
                told.add("fallback after " + failure.delivery());
            }

            @Override
            public void callFinished(long id, String s, int status, int attempts, long nanos, Throwable failure) {
                told.add("call " + status + (failure == null ? "" : " failed"));
            }
        };
        return BalancedClient.builder()
                .transport(new StubTransport(request -> answer))
                .environment(time.environment(5))
                .service(service.listener(listener).build())
                .build();
    }

    private static Service.Builder rates(Fallback fallback) {
        return Service.named("rates")
                .targets("http://10.0.0.1:80", "http://10.0.0.2:80")
                .retryPolicy(Retries.none())
                .fallback(fallback);
    }

    private static Reply yesterday(HttpRequest request, CallFailure failure) {
        return Reply.of(203, "1.08").withHeader("Warning", "110");
    }

    private static HttpRequest get() {
        return HttpRequest.newBuilder(URI.create("http://rates/eur")).build();
    }

    private static HttpRequest charge() {
        return HttpRequest.newBuilder(URI.create("http://rates/charge"))
                .POST(BodyPublishers.ofString("x"))
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void it_answers_where_nothing_was_done_and_the_callers_body_handler_reads_it(Mode mode) throws Exception {
        BalancedClient client =
                client(StubTransport.Answer.failing(new ConnectException()), rates(FallbackTest::yesterday));
        HttpResponse<String> response = mode.send(client, charge(), BodyHandlers.ofString());
        assertThat(response.statusCode() + " " + response.body()).isEqualTo("203 1.08");
        assertThat(response.headers().firstValue("warning")).contains("110");
        assertThat(BalancedClient.isFallback(response)).isTrue();
        assertThatThrownBy(() -> BalancedClient.endpointOf(response)).isInstanceOf(IllegalArgumentException.class);
        assertThat(told).containsExactly("fallback after NOT_PROCESSED", "call 203");
    }

    @ParameterizedTest
    @EnumSource
    void a_payment_in_doubt_is_never_answered_by_it_and_a_read_may_be(Mode mode) throws Exception {
        BalancedClient client = client(
                StubTransport.Answer.failing(new IOException("Connection reset")), rates(FallbackTest::yesterday));
        assertThatThrownBy(() -> mode.send(client, charge(), BodyHandlers.ofString()))
                .isInstanceOf(CallException.class);
        assertThat(told).containsExactly("call 0 failed");
        assertThat(mode.send(client, get(), BodyHandlers.ofString()).body()).isEqualTo("1.08");
    }

    @Test
    void what_is_refused_by_a_limit_falls_back_and_a_servers_answer_does_not() throws Exception {
        RateLimiter none = (permits, most) -> RateLimiter.REFUSED;
        BalancedClient throttled = client(
                StubTransport.Answer.of(200), rates(FallbackTest::yesterday).rateLimiter(none));
        HttpResponse<Void> empty = throttled.send(charge(), BodyHandlers.discarding());
        assertThat(empty.statusCode()).isEqualTo(203);
        BalancedClient sick = client(StubTransport.Answer.of(500), rates(FallbackTest::yesterday));
        HttpResponse<String> response = sick.send(get(), BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(500);
        assertThat(BalancedClient.isFallback(response)).isFalse();
    }

    @ParameterizedTest
    @EnumSource
    void one_that_passes_or_throws_leaves_the_failure_as_it_is(Mode mode) {
        RateLimiter none = (permits, most) -> RateLimiter.REFUSED;
        BalancedClient passing = client(
                StubTransport.Answer.of(200), rates((request, failure) -> null).rateLimiter(none));
        assertThatThrownBy(() -> mode.send(passing, get(), BodyHandlers.ofString()))
                .isInstanceOf(ThrottledException.class);
        BalancedClient throwing = client(
                StubTransport.Answer.of(200),
                rates((request, failure) -> {
                            throw new IllegalStateException("mine");
                        })
                        .rateLimiter(none));
        ThrottledException failure = catchThrowableOfType(
                ThrottledException.class, () -> mode.send(throwing, get(), BodyHandlers.ofString()));
        assertThat(failure.getSuppressed()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void a_body_handler_that_throws_fails_the_call_and_is_asked_once(Mode mode) {
        BalancedClient client =
                client(StubTransport.Answer.failing(new ConnectException()), rates(FallbackTest::yesterday));
        int[] asked = new int[1];
        HttpResponse.BodyHandler<String> broken = info -> {
            asked[0]++;
            throw new IllegalStateException("mine");
        };
        assertThatThrownBy(() -> mode.send(client, get(), broken))
                .isInstanceOf(CallException.class)
                .hasRootCauseMessage("mine");
        assertThat(asked[0]).isEqualTo(1);
    }

    @Test
    void a_hedged_call_falls_back_when_both_attempts_have_failed() {
        BalancedClient client = client(
                StubTransport.Answer.failing(new ConnectException()),
                rates(FallbackTest::yesterday).hedging(Hedging.standard()));
        CompletableFuture<HttpResponse<String>> call = client.sendAsync(get(), BodyHandlers.ofString());
        assertThat(call.join().body()).isEqualTo("1.08");
        assertThat(BalancedClient.isFallback(call.join())).isTrue();
        assertThat(told).containsExactly("fallback after NOT_PROCESSED", "call 203");
    }
}
