package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Service;
import io.fairlead.client.StubTransport.Answer;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.Iterator;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a redirect proves of the attempts that went before it: nothing. */
class RedirectInDoubtTest {

    private static Delivery told(Answer... answers) {
        Iterator<Answer> next = List.of(answers).iterator();
        StubTransport transport = new StubTransport(
                request -> next.hasNext() ? next.next() : Answer.failing(new ConnectException("refused")));
        BalancedClient client = BalancedClient.builder()
                .transport(transport)
                .environment(new ManualTime().environment(5))
                .service(Service.named("payments")
                        .targets("http://10.0.0.1:80")
                        .followRedirects(3)
                        .balancer(InOrder::new)
                        .retryPolicy(attempt -> attempt.number() < 3 ? 0 : -1)
                        .build())
                .build();
        HttpRequest charge = HttpRequest.newBuilder(URI.create("http://payments/charge"))
                .header("Idempotency-Key", "k1")
                .POST(BodyPublishers.ofString("x"))
                .build();
        Throwable why = catchThrowable(() -> client.send(charge, BodyHandlers.ofString()));
        client.shutdownNow();
        assertThat(next).isExhausted();
        return ((CallFailure) why).delivery();
    }

    @Test
    void a_payment_in_doubt_that_is_redirected_and_then_refused_is_still_in_doubt() {
        assertThat(told(Answer.failing(new IOException("Connection reset")), Answer.of(307, "Location", "/there")))
                .isEqualTo(Delivery.UNKNOWN);
    }

    @Test
    void a_payment_that_was_redirected_twice_and_then_refused_was_not_processed() {
        assertThat(told(Answer.of(307, "Location", "/there"), Answer.of(308, "Location", "/elsewhere")))
                .isEqualTo(Delivery.NOT_PROCESSED);
    }
}
