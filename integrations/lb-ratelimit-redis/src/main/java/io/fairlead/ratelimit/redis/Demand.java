package io.fairlead.ratelimit.redis;

/** How many permits were asked for lately: an average whose memory is the time of one lease. Not safe for use by many threads. */
final class Demand {

    private final long leaseNanos;
    private final long mostPermits;
    private double perNano;
    private long sinceNanos;
    private long asked;

    Demand(long leaseNanos, long mostPermits, long nowNanos) {
        this.leaseNanos = leaseNanos;
        this.mostPermits = mostPermits;
        this.sinceNanos = nowNanos;
    }

    void asked(int permits) {
        asked += permits;
    }

    /** The permits that the time of one lease needs, 0 or more. */
    long perLease(long nowNanos) {
        long elapsed = nowNanos - sinceNanos;
        if (elapsed >= leaseNanos / 8) {
            double weight = Math.min(1, (double) elapsed / leaseNanos);
            perNano += ((double) asked / elapsed - perNano) * weight;
            sinceNanos = nowNanos;
            asked = 0;
        }
        return atMost((long) Math.ceil(perNano * leaseNanos));
    }

    /** No more than may ever be granted at once. */
    long atMost(long permits) {
        return Math.min(permits, mostPermits);
    }
}
