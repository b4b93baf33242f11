package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.CallOptions;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.Outcome;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A first attempt that succeeds at once, by one of 1024 keys in turn. The clock of its events stands still between two {@link #tick}s: the
 * client reads it, not the strategy.
 */
public final class BenchAttempt implements Attempt {

    private static final HttpRequest REQUEST =
            HttpRequest.newBuilder(URI.create("http://payments/charge")).build();

    private static final HttpHeaders HEADERS = HttpHeaders.of(
            Map.of("endpoint-load-metrics", List.of("TEXT cpu_utilization=0.4, mem_utilization=0.8")), (n, v) -> true);

    private static final AtomicInteger ATTEMPTS = new AtomicInteger();

    private static final String[] KEYS = new String[1024];

    static {
        Arrays.setAll(KEYS, i -> "merchant-" + i);
    }

    private long now = System.nanoTime();
    private int index = ATTEMPTS.getAndIncrement() * 397; // threads do not go in step

    /** The next one: another key and another latency. */
    BenchAttempt next() {
        index = (index + 1) & (KEYS.length - 1);
        return this;
    }

    /** Lets the clock of the events catch up. */
    void tick() {
        now = System.nanoTime();
    }

    @Override
    public long callId() {
        return 1;
    }

    @Override
    public String service() {
        return "payments";
    }

    @Override
    public int number() {
        return 1;
    }

    @Override
    public HttpRequest request() {
        return REQUEST;
    }

    @Override
    public CallOptions options() {
        return CallOptions.none();
    }

    @Override
    public String affinityKey() {
        return KEYS[index];
    }

    @Override
    public String idempotencyKey() {
        return "key";
    }

    @Override
    public int permits() {
        return 1;
    }

    @Override
    public Endpoint endpoint() {
        throw new IllegalStateException("not asked for");
    }

    @Override
    public boolean hedge() {
        return false;
    }

    @Override
    public boolean superseded() {
        return false;
    }

    @Override
    public boolean tried(Endpoint endpoint) {
        return false;
    }

    @Override
    public int untried() {
        return 1;
    }

    @Override
    public long startNanos() {
        return now;
    }

    @Override
    public long eventNanos() {
        return now;
    }

    @Override
    public long latencyNanos() {
        return 1_000_000 + (index & 15) * 50_000;
    }

    @Override
    public int status() {
        return 200;
    }

    @Override
    public HttpHeaders headers() {
        return HEADERS;
    }

    @Override
    public long retryAfterNanos() {
        return -1;
    }

    @Override
    public Throwable failure() {
        return null;
    }

    @Override
    public Outcome outcome() {
        return Outcome.SUCCESS;
    }

    @Override
    public Delivery delivery() {
        return Delivery.PROCESSED;
    }
}
