package io.fairlead.health;

/**
 * What the rules count, of one endpoint or of all together, in one sliding window: calls, failures, slow ones; overloads and declines, which
 * are rare and have windows of their own. Thread-safe, lock-free, without allocation but for new buckets.
 */
final class Tally {

    private static final int BUCKETS = 10;

    private final SlidingWindow calls;
    private final SlidingWindow overloads;
    private final SlidingWindow declines;

    Tally(TrafficEjection.Rules rules, long nowNanos) {
        this.calls = new SlidingWindow(rules.windowNanos, BUCKETS, nowNanos);
        this.overloads = new SlidingWindow(rules.windowNanos, BUCKETS, nowNanos);
        this.declines = new SlidingWindow(rules.windowNanos, BUCKETS, nowNanos);
    }

    void call(long now, boolean failed, boolean slow) {
        calls.record(now, failed, slow);
    }

    /** A call that was answered 503: counted as a call, and neither as a failure nor as a success. */
    void overload(long now, boolean slow) {
        calls.record(now, false, slow);
        overloads.record(now, false, false);
    }

    /** A call that was declined; it is counted by {@link #call}, too. */
    void decline(long now) {
        declines.record(now, false, false);
    }

    long failed(long now) {
        return calls.failed(now);
    }

    long slow(long now) {
        return calls.slow(now);
    }

    long overloads(long now) {
        return overloads.total(now);
    }

    long declines(long now) {
        return declines.total(now);
    }

    /** All calls; to be read after the others, so that it is at least what they said. */
    long calls(long now) {
        return calls.total(now);
    }
}
