package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.Attempt;
import io.fairlead.Listener;
import io.fairlead.OutcomeClassifier;
import io.fairlead.Service;
import io.fairlead.Verdict;
import io.fairlead.testing.ManualTime;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A call that is cancelled by the code that is told of its own answer, while the first bytes of the body decide. */
@Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CancelledInVerdictTest {

    private final List<HttpResponse.BodyHandler<Object>> handlers = new ArrayList<>();
    private final List<CompletableFuture<HttpResponse<Object>>> sent = new ArrayList<>();
    private final CompletableFuture<CompletableFuture<?>> call = new CompletableFuture<>();

    private BalancedClient client(OutcomeClassifier classifier, Listener listener) {
        return BalancedClient.builder()
                .transport(new HeldTransport(handlers, sent))
                .environment(new ManualTime().environment(5))
                .service(Service.named("payments")
                        .targets("http://10.0.0.1:80")
                        .classifier(classifier)
                        .listener(listener)
                        .build())
                .build();
    }

    private void cancel() {
        call.join().cancel(true);
    }

    private void cancelledMeanwhile(BalancedClient client, HttpResponse.BodyHandler<String> handler) {
        HttpRequest request =
                HttpRequest.newBuilder(URI.create("http://payments/")).build();
        CompletableFuture<HttpResponse<String>> mine = client.sendAsync(request, handler);
        call.complete(mine);
        BodySubscriber<Object> body = handlers.get(0).apply(HeldTransport.info(200));
        body.onSubscribe(new Flow.Subscription() {
            @Override
            public void request(long n) {}

            @Override
            public void cancel() {}
        });
        body.onNext(List.of(ByteBuffer.wrap(new byte[8])));
        assertThatThrownBy(() -> mine.get(1, TimeUnit.SECONDS)).isInstanceOf(CancellationException.class);
        assertThat(client.service("payments").endpoints()).allMatch(endpoint -> endpoint.inFlight() == 0);
        client.shutdownNow();
    }

    @Test
    void a_listener_may_cancel_the_call_that_it_is_told_of() {
        Listener cancels = new Listener() {
            @Override
            public void attemptAnswered(Attempt attempt) {
                cancel();
            }
        };
        cancelledMeanwhile(client(new Prefix(() -> {}), cancels), BodyHandlers.ofString());
    }

    @Test
    void a_classifier_may_cancel_the_call_that_it_judges() {
        cancelledMeanwhile(client(new Prefix(this::cancel), new Listener() {}), BodyHandlers.ofString());
    }

    @Test
    void a_body_handler_may_cancel_its_own_call() {
        cancelledMeanwhile(client(new Prefix(() -> {}), new Listener() {}), info -> {
            cancel();
            return HttpResponse.BodySubscribers.ofString(StandardCharsets.UTF_8);
        });
    }

    /** Four bytes of every body, and whatever runs beside. */
    private record Prefix(Runnable meanwhile) implements OutcomeClassifier {

        @Override
        public Verdict classify(Attempt attempt, Verdict standard) {
            return standard;
        }

        @Override
        public int prefixBytes(Attempt attempt) {
            return 4;
        }

        @Override
        public Verdict classify(Attempt attempt, byte[] prefix, Verdict standard) {
            meanwhile.run();
            return standard;
        }
    }
}
