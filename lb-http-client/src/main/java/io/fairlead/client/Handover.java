package io.fairlead.client;

import io.fairlead.Environment;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Timers whose task may be, or lead to, a user's code: it runs away from the timers' thread, which all deadlines share. */
final class Handover {

    private Handover() {}

    /** Runs the task after so many nanoseconds. */
    static ScheduledFuture<?> later(Environment env, long nanos, Runnable task) {
        return env.scheduler().schedule(() -> run(env, task), Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }

    /**
     * Runs the task on the executor; where that takes nobody (it is full, or closed, or the machine is out of threads), here: late is worse
     * than at a bad place, and never is worst.
     */
    static void run(Environment env, Runnable task) {
        AtomicReference<@Nullable Thread> runner = new AtomicReference<>();
        Runnable once = () -> {
            if (runner.compareAndSet(null, Thread.currentThread())) {
                task.run();
            }
        };
        try {
            env.executor().execute(once);
        } catch (RuntimeException | Error e) {
            if (runner.get() == Thread.currentThread()) { // what it threw is its own
                throw e;
            }
            once.run(); // for some executors have taken it all the same, and run it later
        }
    }
}
