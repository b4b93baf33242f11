package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Ejection;
import io.fairlead.Inquiry;
import io.fairlead.Inquiry.Finding;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.testing.ManualTime;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a partner without idempotency does to payments and to questions about them: none is booked twice. */
@Timeout(60)
class NoDoublePaymentTest {

    private static final int CALLS = 4_000;
    private static final String KEY = "Idempotency-Key";

    /** Two ledgers, 10.0.0.x and 10.0.1.x. Each request it gets meets a fate drawn by chance. */
    private static final class Partner {

        private final ManualTime time;
        private final Random random;
        private final Map<String, List<Long>> bookings = new HashMap<>();
        private int questions;

        Partner(ManualTime time, long seed) {
            this.time = time;
            this.random = new Random(seed);
        }

        StubTransport.Answer answer(HttpRequest request) {
            String ledger = request.uri().getHost().substring(0, 6);
            return request.method().equals("POST")
                    ? pay(ledger, request.headers().firstValue(KEY).orElseThrow())
                    : tell(ledger, request.uri().getPath().substring("/status/".length()));
        }

        private StubTransport.Answer pay(String ledger, String key) {
            int fate = random.nextInt(12);
            if (fate < 6) { // booked, some of it while the caller has long given up
                long late = fate < 2 ? 0 : random.nextInt(900) * 1_000_000L;
                bookings.computeIfAbsent(ledger + key, any -> new ArrayList<>()).add(time.nanoTime() + late);
            }
            return switch (fate) {
                case 0 -> StubTransport.Answer.of(200);
                case 1, 2, 6 -> StubTransport.Answer.failing(new IOException("Connection reset"));
                case 3, 7 -> StubTransport.Answer.of(504);
                case 4, 8 -> StubTransport.Answer.of(503);
                case 5, 9 -> StubTransport.Answer.of(408);
                case 10 -> StubTransport.Answer.failing(new ConnectException("Connection refused"));
                default -> StubTransport.Answer.of(429);
            };
        }

        private StubTransport.Answer tell(String ledger, String key) {
            questions++;
            return switch (random.nextInt(10)) {
                case 0 -> StubTransport.Answer.failing(new IOException("Connection reset"));
                case 1 -> StubTransport.Answer.of(500);
                case 2 -> StubTransport.Answer.of(401);
                case 3 -> StubTransport.Answer.of(202);
                case 4 -> StubTransport.Answer.failing(new ConnectException("Connection refused"));
                default -> StubTransport.Answer.of(booked(ledger, key, time.nanoTime()) > 0 ? 200 : 404);
            };
        }

        private int booked(String ledger, String key, long until) {
            return (int) bookings.getOrDefault(ledger + key, List.of()).stream()
                    .filter(at -> at - until <= 0)
                    .count();
        }

        int booked(String key) {
            return booked("10.0.0", key, Long.MAX_VALUE) + booked("10.0.1", key, Long.MAX_VALUE);
        }
    }

    @ParameterizedTest
    @EnumSource
    void no_payment_is_booked_twice_and_none_is_reported_otherwise_than_it_is(Mode mode) {
        ManualTime time = new ManualTime();
        Partner partner = new Partner(time, 20261121);
        BalancedClient client = BalancedClient.builder()
                .transport(new StubTransport(partner::answer))
                .environment(time.environment(11))
                .service(service(time))
                .build();
        Map<String, Integer> ends = new HashMap<>();
        for (int i = 0; i < CALLS; i++) {
            String key = "order-" + i;
            String end = end(mode, client, charge(key), time);
            ends.merge(end, 1, Integer::sum);
            int booked = partner.booked(key);
            assertThat(booked).as(key + " " + end).isLessThanOrEqualTo(1);
            if (end.equals("200")) {
                assertThat(booked).as(key + " " + end).isEqualTo(1);
            } else if (end.equals("429") || end.equals(Delivery.NOT_PROCESSED.name())) {
                assertThat(booked).as(key + " " + end).isZero();
            }
            time.advance(Duration.ofSeconds(2));
        }
        assertThat(ends.get("200")).isGreaterThan(CALLS / 2);
        assertThat(ends).containsKeys("UNKNOWN", "NOT_PROCESSED");
        assertThat(ends.getOrDefault("503", 0) + ends.getOrDefault("504", 0) + ends.getOrDefault("408", 0))
                .as("the deadline left no time to ask")
                .isLessThan(CALLS / 100);
        assertThat(partner.questions).isGreaterThan(CALLS / 2);
        assertThat(client.service("payments").endpoints()).allMatch(e -> e.inFlight() == 0);
    }

    private static Service service(ManualTime time) {
        return Service.named("payments")
                .targets(List.of(
                        Target.of("http://10.0.0.1:80").withDomain("a"),
                        Target.of("http://10.0.0.2:80").withDomain("a"),
                        Target.of("http://10.0.1.1:80").withDomain("b")))
                .ejection(Ejection.none())
                .retryBudget(Retries.budget(1, 100, time.environment(1)))
                .inquiry(Inquiry.of(
                        (payment, key) -> HttpRequest.newBuilder(payment.uri().resolve("/status/" + key))
                                .build(),
                        answer -> answer.status() == 200
                                ? Finding.booked(answer)
                                : answer.status() == 202 ? Finding.unknown() : Finding.notBooked()))
                .build();
    }

    private static HttpRequest charge(String key) {
        return HttpRequest.newBuilder(URI.create("http://payments/charge"))
                .header(KEY, key)
                .timeout(Duration.ofSeconds(8))
                .POST(BodyPublishers.ofString("100 EUR"))
                .build();
    }

    /* How the caller sees it: a status, or what the failure says was delivered. */
    private static String end(Mode mode, BalancedClient client, HttpRequest request, ManualTime time) {
        try {
            if (mode == Mode.SYNC) {
                return String.valueOf(
                        client.send(request, BodyHandlers.ofString()).statusCode());
            }
            CompletableFuture<HttpResponse<String>> call = client.sendAsync(request, BodyHandlers.ofString());
            for (int i = 0; i < 100 && !call.isDone(); i++) {
                time.advance(Duration.ofMillis(100));
            }
            assertThat(call).isDone();
            return String.valueOf(call.get().statusCode());
        } catch (ExecutionException e) {
            return ((CallFailure) e.getCause()).delivery().name();
        } catch (IOException e) {
            return ((CallFailure) e).delivery().name();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
