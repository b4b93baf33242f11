package io.fairlead.examples;

import io.fairlead.Service;
import io.fairlead.client.BalancedClient;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** One run: sends the requests, throttled, until they or the time are used up or somebody stops it. */
final class PaymentRun implements AutoCloseable {

    /** Enough for a slow server to hold a second's traffic without stopping the others. */
    private static final int MOST_AT_ONCE = 256;

    private static final Duration TIMEOUT = Duration.ofSeconds(5);

    private final Options options;
    private final List<RequestFile.Entry> entries;
    private final @Nullable Partner partner;
    private final Statistics statistics = new Statistics();
    private final Audit audit = new Audit();
    private final Semaphore room = new Semaphore(MOST_AT_ONCE);
    private final AtomicInteger sent = new AtomicInteger();
    private final BalancedClient client;
    private final Progress progress;
    private volatile boolean stopped;

    PaymentRun(Options options, List<RequestFile.Entry> entries, Service.Builder service, @Nullable Partner partner) {
        this.options = options;
        this.entries = entries;
        this.partner = partner;
        this.client = BalancedClient.builder()
                .service(service.listener(statistics).build())
                .build();
        this.progress = new Progress(audit, sent::get, client.service("payments"));
    }

    /** Sends everything, and waits for the answers. */
    void send() throws InterruptedException {
        long begin = System.nanoTime();
        long end = begin + TimeUnit.SECONDS.toNanos(options.seconds());
        try (progress) {
            progress.start();
            for (int i = 0; !stopped && (options.seconds() > 0 ? System.nanoTime() < end : i < entries.size()); i++) {
                pace(begin, i);
                room.acquire();
                send(entries.get(i % entries.size()), i);
            }
            room.acquire(MOST_AT_ONCE);
        }
    }

    /* Nine tenths of the quota: the rest is for retries, which cost permits as well. */
    private void pace(long begin, int number) throws InterruptedException {
        long due = begin + (long) (number * 1e9 / (0.9 * options.rate()));
        TimeUnit.NANOSECONDS.sleep(due - System.nanoTime());
    }

    private void send(RequestFile.Entry entry, int number) {
        String id = "pay-" + number;
        long amount = entry.body() == null ? 0 : entry.body().path("amount").asLong();
        boolean counts = entry.isPayment();
        if (counts) {
            sent.incrementAndGet();
        }
        client.sendAsync(entry.request(partner == null ? null : id, TIMEOUT), BodyHandlers.ofString())
                .whenComplete((response, failure) -> {
                    if (counts && failure != null) {
                        audit.failed(id, amount, failure);
                    } else if (counts) {
                        audit.answered(id, amount, response.statusCode());
                    }
                    room.release();
                });
    }

    /** Something happened that the live view shall show. */
    void tell(String what) {
        progress.tell(what);
    }

    /** Lets {@link #send} come to its end: nothing more is sent. */
    void stop() {
        stopped = true;
    }

    /** Prints table and audit; returns the exit code. */
    int report() {
        System.out.println();
        System.out.print(statistics.table());
        if (partner == null) {
            System.out.println(audit.summary(sent.get()) + " (no ledger to audit: the servers are your own)");
            return 0;
        }
        System.out.println(audit.report(sent.get(), partner.ledger()));
        return audit.holds(sent.get(), partner.ledger()) ? 0 : 1;
    }

    @Override
    public void close() {
        client.close();
    }
}
