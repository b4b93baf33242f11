package io.fairlead.strategies;

import io.fairlead.Attempt;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * An endpoint that failed is avoided for a while: 5 s, then twice as long each time up to a minute, or for as long as it asked
 * (Retry-After). Then one request at a time tries it, until one succeeds. What began before the last change of this state counts
 * for nothing: late failures would lengthen it, late successes end it. Lock-free; allocates on failures only.
 */
final class Avoidance {

    private static final long BASE_NANOS = TimeUnit.SECONDS.toNanos(5);
    private static final int MOST_DOUBLINGS = 4;
    private static final long MOST_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** What a server may ask for at the most; linkerd's cap. */
    private static final long MOST_ASKED_NANOS = TimeUnit.SECONDS.toNanos(300);

    /** {@code times}: failures without a success between. */
    private record Avoided(long sinceNanos, long untilNanos, int times) {}

    private final AtomicReference<@Nullable Avoided> state = new AtomicReference<>();
    private final RandomGenerator random;

    Avoidance(RandomGenerator random) {
        this.random = random;
    }

    void failed(Attempt attempt) {
        Avoided before = state.get();
        if (before != null && attempt.startNanos() - before.sinceNanos < 0) {
            return;
        }
        int times = before == null ? 0 : before.times;
        long now = attempt.eventNanos();
        long time = Math.min(MOST_NANOS, BASE_NANOS << Math.min(times, MOST_DOUBLINGS));
        long jittered = (long) (time * (0.9 + 0.2 * random.nextDouble())); // not all clients return at once
        long asked = Math.min(MOST_ASKED_NANOS, attempt.retryAfterNanos());
        state.compareAndSet(before, new Avoided(now, now + Math.max(jittered, asked), times + 1));
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
