package io.fairlead.health;

import io.fairlead.HealthCheck;
import io.fairlead.Target;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the probes say of one target, and when it is asked next. Guarded by its schedule. */
final class ProbedTarget {

    /** The longest due first; then as they were added. Differences, since a nano clock may wrap. */
    static final Comparator<ProbedTarget> BY_DUE = (a, b) -> {
        long sooner = a.dueNanos - b.dueNanos;
        return sooner != 0 ? Long.signum(sooner) : Long.compare(a.order, b.order);
    };

    private enum State {
        UNKNOWN,
        WELL,
        SICK
    }

    private final long order;

    /** As it was added last. */
    Target target;

    /** Changed only while it is in no queue. */
    long dueNanos;

    /** Who watches it; replaced, never changed. Empty while its last probe ends after it was removed. */
    List<ProbeShare> shares = List.of();

    /** The probe under way. */
    @Nullable
    ProbeRun run;

    private State state = State.UNKNOWN;

    /** Passes in a row, or failures in a row below zero. */
    private int streak;

    private String reason = "";

    ProbedTarget(Target target, long order) {
        this.target = target;
        this.order = order;
    }

    /**
     * Counts a result.
     *
     * @param failure the reason, or null for a pass
     * @return whether the target is well or sick now, and was not before
     */
    boolean record(@Nullable String failure, HealthCheck check) {
        boolean passed = failure == null;
        streak = passed
                ? Math.max(0, Math.min(streak, Integer.MAX_VALUE - 1)) + 1
                : Math.min(0, Math.max(streak, -Integer.MAX_VALUE + 1)) - 1;
        if (passed && (state == State.UNKNOWN || (state == State.SICK && streak >= check.rise()))) {
            state = State.WELL;
            reason = streak == 1 ? "a probe passed" : streak + " probes in a row passed";
            return true;
        }
        if (!passed && state != State.SICK && -streak >= check.fall()) {
            state = State.SICK;
            reason = streak == -1
                    ? "a probe failed: " + failure
                    : -streak + " probes in a row failed, the last: " + failure;
            return true;
        }
        return false;
    }

    /** Forgets what is known, for a target that comes back. */
    void renew() {
        state = State.UNKNOWN;
        streak = 0;
        reason = "";
    }

    boolean known() {
        return state != State.UNKNOWN;
    }

    boolean well() {
        return state == State.WELL;
    }

    /** Sick, or on its way there: it is followed up faster. */
    boolean doubtful() {
        return state == State.SICK || streak < 0;
    }

    /** Why it was called well or sick, or empty. */
    String reason() {
        return reason;
    }
}
