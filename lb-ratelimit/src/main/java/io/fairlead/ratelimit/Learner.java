package io.fairlead.ratelimit;

import io.fairlead.Attempt;
import io.fairlead.Environment;
import java.net.http.HttpHeaders;

/**
 * What a bucket learns from the answers of the server: a 429 lowers its rate, {@code Retry-After} stops it, and the {@code RateLimit} headers
 * lower it to what is left of the quota. It recovers as time passes. Safe for use by several threads.
 */
final class Learner {

    /*
     * Additive increase and multiplicative decrease (D. Chiu, R. Jain, Computer Networks 17, 1989), by which clients who share a quota come
     * to equal parts of it. Those who were sent before a cut tell nothing about the rate after it.
     */

    /** Less is cut off than a half, for the overshoot is seen within one answer: CUBIC's, RFC 9438. */
    private static final double CUT = 0.7;

    /**
     * Quotas count by the second or longer, and a refusal comes back at once: until the partner's count begins anew, each call that is
     * sent is refused, and tells no more than the first did.
     */
    private static final long CUT_PAUSE = 1_000_000_000L;

    /** A hundredth still asks now and then; less would look like a server that is gone. */
    private static final double LEAST = 0.01;

    /** From nothing to the whole rate in a minute, the period of most quotas. */
    private static final double RECOVERY_NANOS = 60e9;

    /** Each tenth of a second brings a six-hundredth of the rate, less than can be seen. */
    private static final long RECOVERY_STEP = 100_000_000L;

    /** The longest stop that a server is believed; a date in the wrong zone would stop us for hours. */
    private static final long MOST_STOP = 60_000_000_000L;

    private final VariableBucket bucket;
    private final Environment env;
    private final double perNano;

    /** What the answers of 429 have left of the rate, which rises with time; and what a header allows until its quota begins anew. */
    private double share = 1;

    private double cap = 1;
    private long capUntil;
    private long updated;
    private long cut;

    Learner(VariableBucket bucket, double permitsPerNano, Environment env) {
        this.bucket = bucket;
        this.env = env;
        this.perNano = permitsPerNano;
        this.updated = env.nanoTime();
        this.cut = updated;
        this.capUntil = updated;
    }

    /** Recovers for the time that has passed; asked before newcomers and before those who wait. */
    synchronized void recover() {
        apply(env.nanoTime());
    }

    private void apply(long now) {
        share = Math.min(1, share + Math.max(0, now - updated) / RECOVERY_NANOS);
        updated = now;
        bucket.share(Math.max(LEAST, now - capUntil < 0 ? Math.min(share, cap) : share));
    }

    /** Learns from an attempt that is over. Returns whether there was something to learn. */
    synchronized boolean learn(Attempt attempt) {
        long now = env.nanoTime();
        apply(now);
        boolean refused = attempt.status() == 429;
        if (refused) {
            if (attempt.startNanos() - cut >= 0) {
                share *= CUT;
                cut = now + CUT_PAUSE;
            }
            stop(now, attempt.retryAfterNanos());
        }
        HttpHeaders headers = attempt.headers();
        RateLimitHeader left = headers == null ? null : RateLimitHeader.of(headers);
        if (left != null) {
            cap = left.remaining() / (double) left.resetNanos() / perNano;
            capUntil = now + left.resetNanos();
            stop(now, left.remaining() == 0 ? left.resetNanos() : 0);
        }
        apply(now);
        return refused || left != null;
    }

    /** The nanoseconds until the rate may be another, so that who waits need not wait at an old one; at most so long where it recovers. */
    synchronized long untilChange() {
        long now = env.nanoTime();
        long recovering = share < 1 ? RECOVERY_STEP : Long.MAX_VALUE;
        return now - capUntil < 0 ? Math.min(capUntil - now, recovering) : recovering;
    }

    private void stop(long now, long nanos) {
        if (nanos > 0) {
            bucket.stop(now + Math.min(nanos, MOST_STOP));
        }
    }

    @Override
    public synchronized String toString() {
        return "Learner[" + share + " of the rate]";
    }
}
