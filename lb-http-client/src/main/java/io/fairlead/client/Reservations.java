package io.fairlead.client;

import io.fairlead.Admission;
import io.fairlead.RateLimiter;
import org.jspecify.annotations.Nullable;

/**
 * What an exchange holds for its next attempt: permits of the limiter and the permit of the admission. Handed to the attempt when
 * it is sent, and given back if it is not.
 */
final class Reservations {

    private final Call call;
    private final ServiceRuntime runtime;
    private boolean reserved;
    private long reservedNanos;
    private long waitNanos;
    private Admission.@Nullable Permit permit;

    Reservations(Call call) {
        this.call = call;
        this.runtime = call.runtime();
    }

    /** Reserves an attempt's permits: the nanoseconds to wait for them, at most {@code mostNanos}, or {@link RateLimiter#REFUSED}. */
    long reserve(long mostNanos) {
        RateLimiter limiter = runtime.service.rateLimiter();
        if (limiter == null) {
            return 0;
        }
        reservedNanos = runtime.env.nanoTime();
        waitNanos = limiter.reserve(call.permits(), mostNanos);
        reserved = waitNanos >= 0;
        return reserved ? waitNanos : RateLimiter.REFUSED;
    }

    /** The admission's leave. */
    void admitted(Admission.Permit given) {
        permit = given;
    }

    /** The attempt is about to be sent: the permits are spent, and the admission's is released at its end. */
    void spend(LiveAttempt sent) {
        reserved = false;
        sent.permit = permit;
        permit = null;
    }

    /** Nothing will be sent. */
    void giveBack() {
        RateLimiter limiter = runtime.service.rateLimiter();
        if (reserved && limiter != null) {
            reserved = false;
            Events.guarded("rate limiter", () -> limiter.refund(call.permits(), reservedNanos, waitNanos));
        }
        Admission.Permit unused = permit;
        if (unused != null) {
            permit = null;
            Events.guarded("admission permit", unused::cancel);
        }
    }
}
