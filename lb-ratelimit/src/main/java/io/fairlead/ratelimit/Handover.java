package io.fairlead.ratelimit;

import io.fairlead.Environment;
import java.util.concurrent.atomic.AtomicBoolean;

/** Answers that may lead to users' code: given away from the timers' thread. */
final class Handover {

    private Handover() {}

    /** Gives the answer on the executor; where that takes nobody (full, closed, out of threads), here: a permit is out already. */
    static void run(Environment env, Runnable answer) {
        AtomicBoolean begun = new AtomicBoolean();
        try {
            env.executor().execute(() -> {
                begun.set(true);
                answer.run();
            });
        } catch (RuntimeException | Error e) {
            if (begun.get()) {
                throw e;
            }
            answer.run();
        }
    }
}
