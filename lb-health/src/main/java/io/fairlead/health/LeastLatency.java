package io.fairlead.health;

/** The least of the latencies within the last one to two spans: what the server takes when nobody waits there. Not thread-safe. */
final class LeastLatency {

    private final long spanNanos;
    private long since;
    private long now = Long.MAX_VALUE;
    private long before = Long.MAX_VALUE;

    LeastLatency(long spanNanos, long startNanos) {
        this.spanNanos = spanNanos;
        this.since = startNanos;
    }

    void add(long latencyNanos, long atNanos) {
        if (atNanos - since >= spanNanos) {
            before = atNanos - since >= 2 * spanNanos ? Long.MAX_VALUE : now;
            now = Long.MAX_VALUE;
            since = atNanos;
        }
        now = Math.min(now, latencyNanos);
    }

    /** The least, or {@code Long.MAX_VALUE} before the first. */
    long nanos() {
        return Math.min(now, before);
    }
}
