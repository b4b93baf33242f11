package io.fairlead.client;

import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Runs tasks one at a time, in the order in which they came, without a lock while one runs: whoever comes meanwhile, another thread or
 * users' code within the task, leaves its own to be run next and goes. What a task throws is logged, and the next one runs.
 */
final class Sequence {

    private final String what;
    private boolean busy; // this and the next: guarded by this
    private @Nullable Queue<Runnable> later;

    /** {@code what} is done, for the log. */
    Sequence(String what) {
        this.what = what;
    }

    void run(Runnable task) {
        if (!begins(task)) {
            return;
        }
        Runnable next = task;
        while (next != null) {
            Events.guarded(what, next);
            next = next();
        }
    }

    private synchronized boolean begins(Runnable task) {
        if (!busy) {
            busy = true;
            return true;
        }
        if (later == null) {
            later = new ArrayDeque<>();
        }
        later.add(task);
        return false;
    }

    private synchronized @Nullable Runnable next() {
        Runnable next = later == null ? null : later.poll();
        busy = next != null;
        return next;
    }
}
