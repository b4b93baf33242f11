package io.fairlead.examples;

import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Collection;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The calls of one row, a third each: queries, payments with an idempotency key, payments without. They are sent at their times, whatever became
 * of those before them.
 */
final class FaultTraffic {

    private static final Duration WARM_UP_DEADLINE = Duration.ofSeconds(20);

    /** What the caller of a payment was left with. */
    private enum Belief {
        PAID,
        UNSENT,
        IN_DOUBT
    }

    private static final AtomicInteger TRAFFICS = new AtomicInteger();

    private final HttpClient client;
    private final HttpClient.Version version;
    private final Duration deadline;
    private final String prefix = "pay-" + TRAFFICS.incrementAndGet() + "-";
    private final Map<String, Belief> payments = new ConcurrentHashMap<>();
    private final Queue<CompletableFuture<?>> pending = new ConcurrentLinkedQueue<>();
    private final AtomicInteger unsent = new AtomicInteger();
    private final AtomicInteger inDoubt = new AtomicInteger();
    private final AtomicInteger errors = new AtomicInteger();
    private final AtomicInteger otherVersion = new AtomicInteger();
    private volatile boolean stopped;
    private volatile int calls;

    FaultTraffic(HttpClient client, HttpClient.Version version, Duration deadline) {
        this.client = client;
        this.deadline = deadline;
        this.version = version;
    }

    /** Queries, one after the other, that are in no column. */
    void warmUp(int queries) throws IOException, InterruptedException {
        HttpRequest query = HttpRequest.newBuilder(URI.create("http://fleet/warm-up"))
                .timeout(WARM_UP_DEADLINE)
                .build();
        for (int i = 0; i < queries; i++) {
            client.send(query, BodyHandlers.discarding());
        }
    }

    /** Begins; {@link #stop} ends it. */
    void start(int callsPerSecond) {
        ChildProcess.daemon("traffic", () -> pump(TimeUnit.SECONDS.toNanos(1) / callsPerSecond));
    }

    private synchronized void pump(long intervalNanos) {
        long begin = System.nanoTime();
        for (int i = 0; !stopped; i++) {
            calls = i + 1;
            send(i);
            try {
                TimeUnit.NANOSECONDS.sleep(begin + (i + 1) * intervalNanos - System.nanoTime());
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void send(int number) {
        boolean pays = number % 3 != 0;
        String id = prefix + number;
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create("http://fleet/charge")).timeout(deadline);
        if (number % 3 == 1) {
            request.header("Idempotency-Key", "key-of-" + id);
        }
        if (pays) {
            request.POST(BodyPublishers.ofString(id));
        }
        pending.add(client.sendAsync(request.build(), BodyHandlers.ofString()).handle((response, failure) -> {
            Belief belief = failure != null ? failed(failure) : answered(response);
            if (pays) {
                payments.put(id, belief);
            }
            return belief;
        }));
    }

    private Belief answered(HttpResponse<String> response) {
        if (response.version() != version) {
            otherVersion.incrementAndGet();
        }
        if (response.statusCode() == 200) {
            return Belief.PAID;
        }
        errors.incrementAndGet();
        return Belief.IN_DOUBT;
    }

    private Belief failed(Throwable failure) {
        Throwable why =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (why instanceof CallFailure call && call.delivery() == Delivery.NOT_PROCESSED) {
            unsent.incrementAndGet();
            return Belief.UNSENT;
        }
        inDoubt.incrementAndGet();
        return Belief.IN_DOUBT;
    }

    /** Sends no more, and waits for what is under way. */
    void stop() {
        stopped = true;
        synchronized (this) { // the pump has ended
            pending.forEach(CompletableFuture::join);
        }
    }

    int calls() {
        return calls;
    }

    /** Calls that failed and are proven unsent. */
    int unsent() {
        return unsent.get();
    }

    /** Calls that failed and may have been processed. */
    int inDoubt() {
        return inDoubt.get();
    }

    /** Calls whose caller got an answer that is an error. */
    int errors() {
        return errors.get();
    }

    /** Answers in another version of HTTP than the row is about. */
    int otherVersion() {
        return otherVersion.get();
    }

    /** Payments that were booked more than once, in all ledgers together. */
    int doubled(Collection<LedgerPort> ledgers) {
        return (int) payments.keySet().stream()
                .filter(id -> bookings(ledgers, id) > 1)
                .count();
    }

    /** Payments of which the caller believes what is not so: paid and not booked, or unsent and booked. */
    int mistaken(Collection<LedgerPort> ledgers) {
        return (int) payments.entrySet().stream()
                .filter(payment -> isMistaken(payment.getValue(), bookings(ledgers, payment.getKey())))
                .count();
    }

    private static boolean isMistaken(@Nullable Belief belief, int bookings) {
        return (belief == Belief.PAID && bookings == 0) || (belief == Belief.UNSENT && bookings > 0);
    }

    private static int bookings(Collection<LedgerPort> ledgers, String id) {
        return ledgers.stream().mapToInt(port -> port.ledger().bookings(id)).sum();
    }
}
