package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Delivery;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that failed is avoided for a while, twice as long each time up to a minute, or for as long as it asked (Retry-After). Then
 * one request at a time tries it, until one succeeds. What began before the last change of this state counts for nothing: late
 * failures would lengthen it, late successes end it. Lock-free; allocates on failures only.
 *
 * <p>For how long goes by what a try that fails costs. What was certainly not processed is repeated elsewhere and costs nothing but time:
 * 5 s. Else it may cost the call: so long that at most one in {@value #CALLS_PER_TRY} calls is such a try, 5 s to a minute. A client with
 * few calls learns of a recovery later, as it has more to lose by each try, and less to give.
 */
final class Avoidance {

    private static final long BASE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int MOST_DOUBLINGS = 4;
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Tries of one endpoint then cost less than 0.2 % of the calls. */
    private static final int CALLS_PER_TRY = 600;

    /** What a server may ask for at the most; linkerd's cap. */
    private static final long MOST_ASKED_NANOS = TimeUnit.SECONDS.toNanos(300);

    /** {@code times}: failures without a success between. */
    private record Avoided(long sinceNanos, long untilNanos, int times) {}

    private final AtomicReference<@Nullable Avoided> state = new AtomicReference<>();
    private final RandomGenerator random;

    Avoidance(RandomGenerator random) {
        this.random = random;
    }

    /** {@code perSecond}: calls of the service. */
    void failed(Attempt attempt, double perSecond) {
        Avoided before = state.get();
        if (before != null && attempt.startNanos() - before.sinceNanos < 0) {
            return;
        }
        int times = before == null ? 0 : before.times;
        long now = attempt.eventNanos();
        long time = Math.min(MOST_NANOS, baseNanos(attempt, perSecond) << Math.min(times, MOST_DOUBLINGS));
        long jittered = (long) (time * (1 + 0.2 * random.nextDouble())); // not all clients return at once
        long asked = Math.min(MOST_ASKED_NANOS, attempt.retryAfterNanos());
        state.compareAndSet(before, new Avoided(now, now + Math.max(jittered, asked), times + 1));
    }

    private static long baseNanos(Attempt attempt, double perSecond) {
        long nanos = attempt.delivery() == Delivery.NOT_PROCESSED ? 0 : (long) (CALLS_PER_TRY / perSecond * 1e9);
        return Math.max(BASE_NANOS, Math.min(MOST_NANOS, nanos));
    }

    void succeeded(Attempt attempt) {
        Avoided before = state.get();
        if (before != null && attempt.startNanos() - before.untilNanos >= 0) {
            state.compareAndSet(before, null);
        }
    }

    /** {@code busy}: whether a request waits for it already. */
    boolean isAvoided(long now, boolean busy) {
        Avoided avoided = state.get();
        return avoided != null && (busy || now - avoided.untilNanos < 0);
    }
}
