package io.fairlead.ratelimit;

import io.fairlead.Environment;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Answers that may lead to users' code: given away from the timers' thread. */
final class Handover {

    private Handover() {}

    /** Gives the answer on the executor; where that takes nobody (full, closed, out of threads), here: a permit is out already. */
    static void run(Environment env, Runnable answer) {
        AtomicReference<@Nullable Thread> runner = new AtomicReference<>();
        Runnable once = () -> {
            if (runner.compareAndSet(null, Thread.currentThread())) {
                answer.run();
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
