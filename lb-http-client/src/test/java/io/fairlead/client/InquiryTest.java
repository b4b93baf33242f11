package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.Attempt;
import io.fairlead.CallException;
import io.fairlead.CallFailure;
import io.fairlead.CallTimeoutException;
import io.fairlead.Delivery;
import io.fairlead.Inquiry;
import io.fairlead.Inquiry.Finding;
import io.fairlead.Listener;
import io.fairlead.RateLimiter;
import io.fairlead.Reply;
import io.fairlead.Service;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A partner that does not tell a repeated payment from a new one is asked first. */
@Timeout(60)
class InquiryTest {

    private static final IOException RESET = new IOException("Connection reset");

    private final ManualTime time = new ManualTime();
    private final List<String> told = new ArrayList<>();
    private StubTransport transport;

    private BalancedClient client(StubTransport over, Service.Builder service) {
        transport = over;
        Listener listener = new Listener() {
            @Override
            public void inquiryAnswered(Attempt inDoubt, Finding finding) {
                told.add("#" + inDoubt.number() + " " + finding);
            }

            @Override
            public void callFinished(long id, String s, int status, int attempts, long nanos, Throwable failure) {
                told.add("call " + status + " of " + attempts);
            }
        };
        return BalancedClient.builder()
                .transport(over)
                .environment(time.environment(5))
                .service(service.listener(listener).build())
                .build();
    }

    private static Service.Builder payments(Inquiry inquiry) {
        return Service.named("payments")
                .targets("http://10.0.0.1:80", "http://10.0.0.2:80")
                .balancer(InOrder::new)
                .generateIdempotencyKeys()
                .inquiry(inquiry);
    }

    private static Inquiry byStatus() {
        return Inquiry.of(InquiryTest::question, answer -> switch (answer.status()) {
            case 200 -> Finding.booked(answer);
            case 202 -> Finding.unknown();
            default -> Finding.notBooked();
        });
    }

    private static HttpRequest question(HttpRequest payment, String key) {
        return HttpRequest.newBuilder(payment.uri().resolve("/status/" + key)).build();
    }

    /** A server whose payments fail, and who answers questions with these, one after the other; the last one stays. */
    private static Function<HttpRequest, StubTransport.Answer> failing(StubTransport.Answer... answers) {
        AtomicInteger next = new AtomicInteger();
        return request -> request.method().equals("POST")
                ? StubTransport.Answer.failing(RESET)
                : answers[Math.min(next.getAndIncrement(), answers.length - 1)];
    }

    private static StubTransport.Answer answer(int status) {
        return StubTransport.Answer.of(status);
    }

    private static HttpRequest charge() {
        return HttpRequest.newBuilder(URI.create("http://payments/charge"))
                .POST(BodyPublishers.ofString("x"))
                .build();
    }

    private List<String> sent() {
        return transport.requests.stream().map(HttpRequest::method).toList();
    }

    @Test
    void what_is_booked_is_answered_by_the_answer_to_the_question() throws Exception {
        BalancedClient client =
                client(new StubTransport(failing(StubTransport.Answer.of(200, "Receipt", "17"))), payments(byStatus()));
        HttpResponse<InputStream> response = client.send(charge(), BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("receipt")).contains("17");
        assertThat(response.body()).hasContent("body");
        assertThat(response.request().method()).isEqualTo("POST");
        assertThat(BalancedClient.endpointOf(response)).isNotNull();
        assertThat(sent()).containsExactly("POST", "GET");
        String key = transport
                .requests
                .get(0)
                .headers()
                .firstValue("Idempotency-Key")
                .orElseThrow();
        assertThat(transport.requests.get(1).uri().getPath()).isEqualTo("/status/" + key);
        assertThat(time.naps()).containsExactly(Duration.ofSeconds(1).toNanos());
        assertThat(told).containsExactly("#1 booked", "call 200 of 1");
    }

    @Test
    void a_booked_answer_can_be_made_of_the_answer_to_the_question() throws Exception {
        Inquiry inquiry = Inquiry.of(
                        InquiryTest::question,
                        answer -> Finding.booked(
                                Reply.of(201, "paid: " + answer.text()).withHeader("Via", "inquiry")))
                .withSettle(Duration.ZERO);
        BalancedClient client = client(new StubTransport(failing(answer(200))), payments(inquiry));
        HttpResponse<String> response = client.send(charge(), BodyHandlers.ofString());
        assertThat(response.statusCode() + " " + response.body()).isEqualTo("201 paid: body");
        assertThat(response.headers().allValues("via")).containsExactly("inquiry");
    }

    @Test
    void what_is_not_booked_is_repeated_and_a_gateway_timeout_is_a_doubt_like_any_other() throws Exception {
        AtomicInteger payments = new AtomicInteger();
        StubTransport stub = new StubTransport(
                r -> r.method().equals("GET") ? answer(404) : answer(payments.incrementAndGet() == 1 ? 504 : 200));
        BalancedClient client = client(stub, payments(byStatus()));
        assertThat(client.send(charge(), BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        assertThat(sent()).containsExactly("POST", "GET", "POST");
        assertThat(told).containsExactly("#1 not booked", "call 200 of 2");
    }

    @Test
    void while_it_is_unknown_nothing_is_repeated_and_the_call_ends_in_doubt() {
        BalancedClient client = client(new StubTransport(failing(answer(202))), payments(byStatus()));
        CallException failure =
                catchThrowableOfType(CallException.class, () -> client.send(charge(), BodyHandlers.ofString()));
        assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
        assertThat(failure).hasMessageContaining("asked 5 times").hasMessageContaining("answered 202");
        assertThat(sent()).containsExactly("POST", "GET", "GET", "GET", "GET", "GET");
        assertThat(time.naps()).hasSize(5).containsOnly(Duration.ofSeconds(1).toNanos());
    }

    @Test
    void questions_end_with_the_deadline() {
        BalancedClient client = client(new StubTransport(failing(answer(202))), payments(byStatus()));
        HttpRequest hasty = HttpRequest.newBuilder(charge(), (n, v) -> true)
                .timeout(Duration.ofMillis(2500))
                .build();
        CallFailure failure =
                catchThrowableOfType(CallException.class, () -> client.send(hasty, BodyHandlers.ofString()));
        assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
        assertThat(sent()).containsExactly("POST", "GET", "GET");
        assertThat(transport.requests.get(2).timeout().orElseThrow()).isLessThanOrEqualTo(Duration.ofMillis(500));
    }

    @Test
    void without_time_to_settle_the_call_ends_as_it_would_have() throws Exception {
        BalancedClient client = client(new StubTransport(r -> answer(503)), payments(byStatus()));
        HttpRequest hasty = HttpRequest.newBuilder(charge(), (n, v) -> true)
                .timeout(Duration.ofMillis(500))
                .build();
        assertThat(client.send(hasty, BodyHandlers.ofString()).statusCode()).isEqualTo(503);
        assertThat(sent()).containsExactly("POST");
    }

    @ParameterizedTest
    @ValueSource(ints = {301, 401, 403, 405, 407, 500, 503, 429})
    void a_refusal_of_the_question_proves_nothing_however_it_is_read(int status) {
        Inquiry gullible =
                Inquiry.of(InquiryTest::question, answer -> Finding.notBooked()).withMostQuestions(1);
        BalancedClient client = client(new StubTransport(failing(answer(status))), payments(gullible));
        CallException failure =
                catchThrowableOfType(CallException.class, () -> client.send(charge(), BodyHandlers.ofString()));
        assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
        assertThat(sent()).containsOnlyOnce("POST");
        assertThat(told).containsExactly("#1 unknown", "call 0 of 1");
    }

    @Test
    void users_code_that_throws_or_leads_elsewhere_ends_the_call_in_doubt() {
        List<Inquiry> broken = List.of(
                Inquiry.of(
                        (payment, key) -> {
                            throw new IllegalStateException("mine");
                        },
                        answer -> Finding.notBooked()),
                Inquiry.of(InquiryTest::question, answer -> {
                    throw new IllegalStateException("mine");
                }),
                Inquiry.of(
                        (payment, key) -> HttpRequest.newBuilder(URI.create("http://mine/"))
                                .build(),
                        answer -> Finding.notBooked()));
        for (Inquiry inquiry : broken) {
            BalancedClient client = client(new StubTransport(failing(answer(404))), payments(inquiry));
            CallException failure =
                    catchThrowableOfType(CallException.class, () -> client.send(charge(), BodyHandlers.ofString()));
            assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
            assertThat(failure.getCause()).hasMessageContaining("mine");
            assertThat(sent()).containsOnlyOnce("POST");
            assertThat(client.service("payments").endpoints()).allMatch(e -> e.inFlight() == 0);
        }
    }

    @Test
    void a_question_takes_permits_like_any_attempt() {
        AtomicInteger permits = new AtomicInteger(1);
        RateLimiter one = (wanted, most) -> permits.getAndDecrement() > 0 ? 0 : RateLimiter.REFUSED;
        BalancedClient client = client(
                new StubTransport(failing(answer(200))),
                payments(byStatus().withMostQuestions(2)).rateLimiter(one));
        CallException failure =
                catchThrowableOfType(CallException.class, () -> client.send(charge(), BodyHandlers.ofString()));
        assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
        assertThat(failure).hasMessageContaining("no permit");
        assertThat(sent()).containsExactly("POST");
    }

    @Test
    void a_question_that_is_under_way_ends_with_the_call() {
        LateTransport late = new LateTransport(time, r -> Duration.ofMillis(10), failing(StubTransport.Answer.of(200)));
        BalancedClient client = client(late, payments(byStatus()));
        CompletableFuture<HttpResponse<String>> call = client.sendAsync(charge(), BodyHandlers.ofString());
        time.advance(Duration.ofMillis(1015));
        assertThat(late.begun).hasSize(2);
        call.cancel(true);
        assertThat(late.cancelled).hasSize(1);
        assertThat(client.service("payments").endpoints()).allMatch(e -> e.inFlight() == 0);
        client.close();
    }

    @Test
    void idempotent_methods_ask_nobody() throws Exception {
        AtomicInteger puts = new AtomicInteger();
        StubTransport stub =
                new StubTransport(r -> puts.incrementAndGet() == 1 ? StubTransport.Answer.failing(RESET) : answer(200));
        BalancedClient client = client(stub, payments(byStatus()));
        HttpRequest put = HttpRequest.newBuilder(URI.create("http://payments/limit"))
                .PUT(BodyPublishers.ofString("x"))
                .build();
        assertThat(client.send(put, BodyHandlers.ofString()).statusCode()).isEqualTo(200);
        assertThat(sent()).containsExactly("PUT", "PUT");
    }

    @Test
    void an_answer_that_is_too_long_is_none() {
        StubTransport.Answer endless = new StubTransport.Answer(200, java.util.Map.of(), "x".repeat(70_000), null);
        BalancedClient client =
                client(new StubTransport(failing(endless)), payments(byStatus().withMostQuestions(1)));
        CallException failure =
                catchThrowableOfType(CallException.class, () -> client.send(charge(), BodyHandlers.ofString()));
        assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
        assertThat(failure).hasMessageContaining("more than 65536 bytes");
    }

    @Test
    void a_deadline_that_passes_during_a_question_ends_the_call_in_doubt() {
        LateTransport late = new LateTransport(
                time, r -> Duration.ofMillis(r.method().equals("POST") ? 10 : 60_000), failing(answer(200)));
        BalancedClient client = client(late, payments(byStatus()));
        HttpRequest hasty = HttpRequest.newBuilder(charge(), (n, v) -> true)
                .timeout(Duration.ofSeconds(3))
                .build();
        CompletableFuture<HttpResponse<String>> call = client.sendAsync(hasty, BodyHandlers.ofString());
        time.advance(Duration.ofSeconds(4));
        assertThat(call).isCompletedExceptionally();
        CallTimeoutException failure = (CallTimeoutException)
                call.handle((r, why) -> Failures.unwrap(why)).join();
        assertThat(failure.delivery()).isEqualTo(Delivery.UNKNOWN);
        assertThat(client.service("payments").endpoints()).allMatch(e -> e.inFlight() == 0);
    }
}
