package io.fairlead.health;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * One probe under way. It is over once, by its answer or its timeout, whichever comes first; until then its target is not asked
 * again, not even if it is removed and comes back.
 */
final class ProbeRun {

    final ProbedTarget probed;

    /** Whether it holds one of the places of the doubtful. */
    final boolean doubtful;

    final long startNanos;

    /** Set under the schedule's lock. */
    volatile boolean over;

    /** Its target was removed in the meantime, so that its answer says nothing of one that came back. Guarded by the schedule. */
    boolean removed;

    /** Its answer counts no more, since the target was removed or the time is over. */
    private volatile boolean cancelled;

    private volatile @Nullable Future<?> timeout;
    private volatile @Nullable CompletionStage<Void> stage;

    ProbeRun(ProbedTarget probed, long startNanos) {
        this.probed = probed;
        this.doubtful = probed.doubtful();
        this.startNanos = startNanos;
    }

    void timeout(Future<?> timeout) {
        this.timeout = timeout;
        if (over) {
            timeout.cancel(false);
        }
    }

    /** The probe has begun; if it is not wanted any more, it is cancelled. */
    void began(CompletionStage<Void> stage) {
        this.stage = stage;
        if (cancelled) {
            cancel(stage);
        }
    }

    boolean cancelled() {
        return cancelled;
    }

    /** Asks the probe to end. */
    void cancel() {
        cancelled = true;
        CompletionStage<Void> begun = stage;
        if (begun != null) {
            cancel(begun);
        }
    }

    void stopTimer() {
        Future<?> timer = timeout;
        if (timer != null) {
            timer.cancel(false);
        }
    }

    private static void cancel(CompletionStage<Void> stage) {
        CompletableFuture<Void> future;
        try {
            future = stage.toCompletableFuture();
        } catch (UnsupportedOperationException e) {
            return; // allowed for a CompletionStage: a user's own that ends by itself, and no slot waits for it
        }
        future.cancel(true);
    }
}
