package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.AsyncRequestSigner;
import io.fairlead.Attempt;
import io.fairlead.CallException;
import io.fairlead.Delivery;
import io.fairlead.Hedging;
import io.fairlead.Listener;
import io.fairlead.Outcome;
import io.fairlead.Service;
import io.fairlead.ratelimit.RateLimiters;
import io.fairlead.testing.ManualTime;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Signers hear of the answers to what they signed, and may ask for one more attempt. */
class FreshCredentialsTest {

    /** A bearer token that its server can tire of: what is answered with 401 is replaced. */
    private static class Token implements AsyncRequestSigner {

        final List<String> told = new ArrayList<>();
        private final Delivery proof;
        private int version = 1;

        Token(Delivery proof) {
            this.proof = proof;
        }

        @Override
        public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
            return CompletableFuture.completedFuture(HttpRequest.newBuilder(request, (n, v) -> true)
                    .header("Authorization", "token-" + version)
                    .build());
        }

        @Override
        public Delivery answered(HttpRequest signed, int status, HttpHeaders headers) {
            told.add(token(signed) + " " + status);
            if (status != 401) {
                return null;
            }
            if (token(signed).equals("token-" + version)) { // another attempt may have had it replaced already
                version++;
            }
            return proof;
        }
    }

    private final ManualTime time = new ManualTime();
    private final List<String> ended = new ArrayList<>();
    private StubTransport transport;

    private BalancedClient client(Function<HttpRequest, StubTransport.Answer> server, Service.Builder service) {
        transport = new StubTransport(server);
        Listener ends = new Listener() {
            @Override
            public void attemptFinished(Attempt attempt) {
                ended.add(attempt.status() + " " + attempt.outcome() + " " + attempt.delivery());
            }
        };
        return BalancedClient.builder()
                .transport(transport)
                .environment(time.environment(5))
                .service(service.listener(ends).build())
                .build();
    }

    /* What is turned away costs no budget, and asks no policy. */
    private Service.Builder payments(AsyncRequestSigner signer) {
        return Service.named("payments")
                .targets("http://10.0.0.1:80", "http://10.0.0.2:80")
                .asyncSigner(signer)
                .retryPolicy(Retries.none())
                .retryBudget(Retries.budget(0, 0, time.environment(1)));
    }

    private static String token(HttpRequest request) {
        return request.headers().firstValue("Authorization").orElse("");
    }

    private static StubTransport.Answer onlySecond(HttpRequest request) {
        return StubTransport.Answer.of(token(request).equals("token-2") ? 200 : 401);
    }

    private static HttpRequest.Builder request() {
        return HttpRequest.newBuilder(URI.create("http://payments/charge"));
    }

    private static HttpRequest charge() {
        return request().POST(BodyPublishers.ofString("x")).build();
    }

    @ParameterizedTest
    @EnumSource
    void a_payment_turned_away_for_its_token_is_signed_afresh_and_sent_once_more_to_the_same_server(Mode mode)
            throws Exception {
        Token token = new Token(Delivery.NOT_PROCESSED);
        BalancedClient client = client(FreshCredentialsTest::onlySecond, payments(token));
        assertThat(mode.send(client, charge(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(200);
        assertThat(token.told).containsExactly("token-1 401", "token-2 200");
        assertThat(ended).containsExactly("401 SUCCESS NOT_PROCESSED", "200 SUCCESS PROCESSED");
        assertThat(transport.requests.stream().map(r -> r.uri().getHost()).distinct())
                .hasSize(1);
        assertThat(time.naps()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void once_a_call_and_the_second_refusal_is_the_callers(Mode mode) throws Exception {
        Token token = new Token(Delivery.NOT_PROCESSED);
        BalancedClient client = client(r -> StubTransport.Answer.of(401), payments(token));
        HttpResponse<String> answer = mode.send(client, charge(), BodyHandlers.ofString());
        assertThat(answer.statusCode()).isEqualTo(401);
        assertThat(answer.body()).isEqualTo("body");
        assertThat(transport.requests).hasSize(2);
        assertThat(token.told).containsExactly("token-1 401", "token-2 401");
    }

    @ParameterizedTest
    @EnumSource
    void what_is_not_proven_unprocessed_is_repeated_only_where_it_always_may_be(Mode mode) throws Exception {
        for (Delivery proof : List.of(Delivery.UNKNOWN, Delivery.PROCESSED)) {
            BalancedClient client = client(FreshCredentialsTest::onlySecond, payments(new Token(proof)));
            assertThat(mode.send(client, charge(), BodyHandlers.ofString()).statusCode())
                    .isEqualTo(401);
            BalancedClient again = client(FreshCredentialsTest::onlySecond, payments(new Token(proof)));
            assertThat(mode.send(again, request().build(), BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void a_body_that_cannot_be_sent_again_is_not() throws Exception {
        BalancedClient client = client(FreshCredentialsTest::onlySecond, payments(new Token(Delivery.NOT_PROCESSED)));
        byte[] upload = new byte[(1 << 20) + 1];
        HttpRequest request = request()
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(upload)))
                .build();
        assertThat(client.send(request, BodyHandlers.ofString()).statusCode()).isEqualTo(401);
        assertThat(transport.requests).hasSize(1);
    }

    @Test
    void it_takes_its_permits_and_where_there_are_none_the_answer_stays() throws Exception {
        Service.Builder service = payments(new Token(Delivery.NOT_PROCESSED))
                .rateLimiter(RateLimiters.tokenBucket(1, Duration.ofHours(1))
                        .burst(1)
                        .environment(time.environment(1))
                        .build());
        BalancedClient client = client(FreshCredentialsTest::onlySecond, service);
        assertThat(client.send(charge(), BodyHandlers.ofString()).statusCode()).isEqualTo(401);
        assertThat(transport.requests).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void each_of_several_signers_hears_of_the_request_as_it_left_it(Mode mode) throws Exception {
        List<String> told = new ArrayList<>();
        Service.Builder service = payments(noting("a", told, null))
                .asyncSigner(noting("b", told, Delivery.NOT_PROCESSED))
                .asyncSigner(noting("c", told, Delivery.UNKNOWN));
        BalancedClient client = client(r -> StubTransport.Answer.of(401), service);
        assertThat(mode.send(client, charge(), BodyHandlers.ofString()).statusCode())
                .isEqualTo(401);
        assertThat(told).containsExactly("a of [a]", "b of [a, b]", "c of [a, b, c]");
        assertThat(transport.requests).hasSize(1); // one of them does not vouch for it
    }

    private static AsyncRequestSigner noting(String name, List<String> told, Delivery says) {
        return new AsyncRequestSigner() {
            @Override
            public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
                return CompletableFuture.completedFuture(HttpRequest.newBuilder(request, (n, v) -> true)
                        .header("Signed", name)
                        .build());
            }

            @Override
            public Delivery answered(HttpRequest signed, int status, HttpHeaders headers) {
                told.add(name + " of " + signed.headers().allValues("Signed"));
                return says;
            }
        };
    }

    @ParameterizedTest
    @EnumSource
    void a_signer_that_throws_fails_the_call_and_nothing_stays_in_flight(Mode mode) {
        Token broken = new Token(Delivery.NOT_PROCESSED) {
            @Override
            public Delivery answered(HttpRequest signed, int status, HttpHeaders headers) {
                throw new IllegalStateException("no clock");
            }
        };
        BalancedClient client = client(FreshCredentialsTest::onlySecond, payments(broken));
        CallException failure =
                catchThrowableOfType(CallException.class, () -> mode.send(client, charge(), BodyHandlers.ofString()));
        assertThat(failure).hasRootCauseMessage("no clock");
        assertThat(failure.delivery()).isEqualTo(Delivery.PROCESSED);
        assertThat(client.service("payments").endpoints()).allMatch(e -> e.inFlight() == 0);
        assertThat(ended).containsExactly("401 " + Outcome.IGNORED + " PROCESSED");
    }

    @Test
    void a_hedge_that_is_turned_away_leaves_the_call_to_the_first_attempt() throws Exception {
        Token token = new Token(Delivery.NOT_PROCESSED);
        LateTransport late = new LateTransport(
                time,
                r -> Duration.ofMillis(r.uri().getHost().equals("10.0.0.1") && token(r).equals("token-1") ? 200 : 10),
                r -> token(r).isEmpty() ? StubTransport.Answer.of(200) : onlySecond(r));
        boolean[] sign = new boolean[1];
        Service service = payments(new Token(Delivery.NOT_PROCESSED) {
                    @Override
                    public CompletionStage<HttpRequest> signAsync(HttpRequest request) {
                        return sign[0] ? token.signAsync(request) : CompletableFuture.completedFuture(request);
                    }

                    @Override
                    public Delivery answered(HttpRequest signed, int status, HttpHeaders headers) {
                        return token.answered(signed, status, headers);
                    }
                })
                .balancer(InOrder::new)
                .retryBudget(Retries.budget(1, 1, time.environment(1)))
                .hedging(Hedging.standard())
                .build();
        BalancedClient client = BalancedClient.builder()
                .transport(late)
                .environment(time.environment(7))
                .service(service)
                .build();
        for (int i = 0; i < 120; i++) {
            client.sendAsync(request().build(), BodyHandlers.ofString());
            time.advance(Duration.ofMillis(20));
        }
        late.begun.clear();
        sign[0] = true;
        CompletableFuture<HttpResponse<String>> call =
                client.sendAsync(request().build(), BodyHandlers.ofString());
        time.advance(Duration.ofMillis(100));
        assertThat(late.begun).containsExactly("10.0.0.1", "10.0.0.2"); // the hedge has its 401 by now
        assertThat(call).isNotDone();
        time.advance(Duration.ofMillis(300));
        assertThat(call.join().statusCode()).isEqualTo(200);
        assertThat(late.begun).containsExactly("10.0.0.1", "10.0.0.2", "10.0.0.1");
        assertThat(client.service("payments").endpoints()).allMatch(e -> e.inFlight() == 0);
    }
}
