package io.fairlead.health;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** One probe under way. It is over once, by its answer, its timeout or its target's removal, whichever comes first. */
final class ProbeRun {

    final ProbedTarget probed;

    /** Whether it holds one of the places of the doubtful. */
    final boolean doubtful;

    final long startNanos;

    /** Set under the schedule's lock. */
    volatile boolean over;

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

    /** The probe has begun; if its time is over already, it is cancelled. */
    void began(CompletionStage<Void> stage) {
        this.stage = stage;
        if (over) {
            end();
        }
    }

    /** Cancels what is left of it. */
    void end() {
        Future<?> timer = timeout;
        if (timer != null) {
            timer.cancel(false);
        }
        CompletionStage<Void> begun = stage;
        if (begun != null) {
            cancel(begun);
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
