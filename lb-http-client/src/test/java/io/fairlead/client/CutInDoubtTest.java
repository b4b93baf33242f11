package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Attempt;
import io.fairlead.Delivery;
import io.fairlead.Inquiry;
import io.fairlead.Inquiry.Finding;
import io.fairlead.Outcome;
import io.fairlead.OutcomeClassifier;
import io.fairlead.Service;
import io.fairlead.Verdict;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** An answer to a payment that breaks off within its first bytes, which were to say whether it was booked. */
class CutInDoubtTest {

    private final ManualTime time = new ManualTime();
    private final List<HttpResponse.BodyHandler<Object>> handlers = new ArrayList<>();
    private final List<CompletableFuture<HttpResponse<Object>>> sent = new ArrayList<>();

    /** The code stands in the first four bytes; without them nothing is known. */
    private static final OutcomeClassifier BY_CODE = new OutcomeClassifier() {
        @Override
        public Verdict classify(Attempt attempt, Verdict standard) {
            return attempt.failure() == null ? standard : new Verdict(Outcome.FAILED, Delivery.UNKNOWN);
        }

        @Override
        public int prefixBytes(Attempt attempt) {
            return attempt.inquiry() ? 0 : 4;
        }

        @Override
        public Verdict classify(Attempt attempt, byte[] prefix, Verdict standard) {
            return standard;
        }
    };

    private static final class Ignored implements Flow.Subscription {
        @Override
        public void request(long n) {}

        @Override
        public void cancel() {}
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void the_partner_is_asked_what_became_of_it(boolean toldByBody) {
        Inquiry inquiry = Inquiry.of(
                        (payment, key) -> HttpRequest.newBuilder(payment.uri().resolve("/status"))
                                .build(),
                        answer -> Finding.booked(answer))
                .withSettle(Duration.ofSeconds(1));
        BalancedClient client = BalancedClient.builder()
                .transport(new HeldTransport(handlers, sent))
                .environment(time.environment(5))
                .service(Service.named("payments")
                        .targets("http://10.0.0.1:80")
                        .classifier(BY_CODE)
                        .inquiry(inquiry)
                        .build())
                .build();
        HttpRequest charge = HttpRequest.newBuilder(URI.create("http://payments/charge"))
                .POST(BodyPublishers.ofString("x"))
                .build();
        CompletableFuture<HttpResponse<String>> call = client.sendAsync(charge, BodyHandlers.ofString());
        BodySubscriber<Object> body = handlers.get(0).apply(HeldTransport.info(200));
        body.onSubscribe(new Ignored());
        body.onNext(List.of(ByteBuffer.wrap(new byte[2])));
        IOException cut = new IOException("connection reset");
        if (toldByBody) {
            body.onError(cut);
            sent.get(0).complete(new GivenAnswer(200));
        } else {
            sent.get(0).completeExceptionally(cut);
        }
        time.advance(Duration.ofSeconds(1));
        assertThat(sent).hasSize(2);
        BodySubscriber<Object> answer = handlers.get(1).apply(HeldTransport.info(200));
        answer.onSubscribe(new Ignored());
        answer.onNext(List.of(ByteBuffer.wrap("booked".getBytes(java.nio.charset.StandardCharsets.US_ASCII))));
        answer.onComplete();
        answer.getBody().thenAccept(reply -> sent.get(1).complete(new GivenAnswer(200, reply)));
        assertThat(call.join().body()).isEqualTo("booked");
        assertThat(client.service("payments").endpoints()).allMatch(endpoint -> endpoint.inFlight() == 0);
        client.shutdownNow();
    }
}
