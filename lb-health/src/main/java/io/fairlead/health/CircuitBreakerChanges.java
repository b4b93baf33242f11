package io.fairlead.health;

import io.fairlead.Environment;
import io.fairlead.health.Admissions.CircuitBreaker.State;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Tells a user's code of changes: each in turn, in their order, on the environment's executor, away from the calls that made them.
 *
 * <p>What it throws goes to the thread's handler of uncaught exceptions, and the next change is told all the same.
 */
final class CircuitBreakerChanges {

    private final @Nullable BiConsumer<State, String> told;
    private final Environment env;
    private final Queue<CircuitBreakerPhase> untold = new ConcurrentLinkedQueue<>();
    private final AtomicInteger asked = new AtomicInteger();

    CircuitBreakerChanges(@Nullable BiConsumer<State, String> told, Environment env) {
        this.told = told;
        this.env = env;
    }

    /** Notes a change, in its turn: to be called with the lock that orders them. */
    void add(CircuitBreakerPhase began) {
        if (told != null) {
            untold.add(began);
        }
    }

    /** Has told what was noted: to be called without that lock. */
    void tell() {
        if (untold.isEmpty() || asked.getAndIncrement() != 0) {
            return;
        }
        env.handOver(this::tellAll);
    }

    private void tellAll() {
        int seen = 1;
        while (seen != 0) {
            for (CircuitBreakerPhase began = untold.poll(); began != null; began = untold.poll()) {
                tell(began);
            }
            seen = asked.addAndGet(-seen);
        }
    }

    private void tell(CircuitBreakerPhase began) {
        BiConsumer<State, String> whom = told;
        if (whom == null) {
            return;
        }
        try {
            whom.accept(began.state(), began.reason());
        } catch (RuntimeException | Error e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }
}
