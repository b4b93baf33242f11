package io.fairlead.client;

import io.fairlead.Environment;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;

/** Timers whose task may be, or lead to, a user's code: it runs away from the timers' thread, which all deadlines share. */
final class Handover {

    private Handover() {}

    /** Runs the task after so many nanoseconds. */
    static ScheduledFuture<?> later(Environment env, long nanos, Runnable task) {
        return env.scheduler().schedule(() -> env.handOver(task), Math.max(0, nanos), TimeUnit.NANOSECONDS);
    }
}
