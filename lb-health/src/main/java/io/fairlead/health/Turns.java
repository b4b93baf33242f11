package io.fairlead.health;

import java.util.concurrent.atomic.AtomicInteger;

/**
 * Work that one thread at a time does, on behalf of all who ask for it: whoever finds it being done leaves a note and goes, and
 * whoever does it does it again. So it holds no lock, and asking for it from within is no recursion.
 */
final class Turns {

    private final Runnable work;
    private final AtomicInteger asked = new AtomicInteger();

    Turns(Runnable work) {
        this.work = work;
    }

    /** Does the work, or has it done by who is at it. */
    void take() {
        if (asked.getAndIncrement() != 0) {
            return;
        }
        int seen = 1;
        do {
            guarded(work);
            seen = asked.addAndGet(-seen);
        } while (seen != 0);
    }

    /** Runs what may throw where nobody could catch it: that goes to the thread's handler of uncaught exceptions. */
    static void guarded(Runnable task) {
        try {
            task.run();
        } catch (Throwable e) { // an Error, too: the turns must go on
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }
}
