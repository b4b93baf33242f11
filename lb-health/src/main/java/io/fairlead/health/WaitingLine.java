package io.fairlead.health;

import io.fairlead.Admission.Permit;
import io.fairlead.Attempt;
import io.fairlead.CallException;
import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Environment;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Those who wait for a permit: served in the order in which they came, each refused when its time is up. No thread waits.
 *
 * <p>Thread-safe. Answers are given on the environment's executor: what follows one may be a user's signer, and whoever gives a
 * permit back, or runs the timers, must not wait for that.
 */
final class WaitingLine {

    /** 73 years: as good as for ever, and no clock reading overflows. */
    private static final long LONGEST_WAIT = 1L << 61;

    private final int capacity;
    private final Environment env;
    private final Supplier<@Nullable Permit> source;
    private final Function<CallFailure.Report, CallException> refusal;
    private final LinkedHashSet<Waiter> waiters = new LinkedHashSet<>(); // guarded by itself
    private final AtomicInteger askedToServe = new AtomicInteger();
    private volatile int size;

    /**
     * An empty line.
     *
     * @param capacity the most that may wait
     * @param source a permit, or null if there is none; asked by one thread at a time, with no lock held. What it throws is told to the one in front
     * @param refusal what to tell one whose time is up
     */
    WaitingLine(
            int capacity,
            Environment env,
            Supplier<@Nullable Permit> source,
            Function<CallFailure.Report, CallException> refusal) {
        this.capacity = capacity;
        this.env = env;
        this.source = source;
        this.refusal = refusal;
    }

    /** How many wait. */
    int size() {
        return size;
    }

    int capacity() {
        return capacity;
    }

    /** Enters the line for at most so long; null if it is full. */
    @Nullable
    CompletionStage<Permit> join(Attempt attempt, long maxWaitNanos) {
        long wait = Math.min(maxWaitNanos, LONGEST_WAIT);
        Waiter waiter = new Waiter(report(attempt), env.nanoTime() + wait);
        synchronized (waiters) {
            if (waiters.size() >= capacity) {
                return null;
            }
            waiter.timer = env.scheduler().schedule(() -> refuse(waiter), wait, TimeUnit.NANOSECONDS);
            waiters.add(waiter);
            size = waiters.size();
        }
        serve(); // a permit that came back while nobody stood in the line told nobody
        return waiter;
    }

    /** What is known of an attempt that is not sent. */
    static CallFailure.Report report(Attempt attempt) {
        return new CallFailure.Report(attempt.service(), Delivery.NOT_PROCESSED, attempt.idempotencyKey(), List.of());
    }

    /**
     * Gives those in front a permit while there are any: to be called whenever there may be one. One thread does so at a time, and
     * goes on for all who called it meanwhile, so that permits which come back at once (of callers who have left) nest no calls.
     */
    void serve() {
        if (size == 0 || askedToServe.getAndIncrement() != 0) {
            return;
        }
        boolean complete = false;
        try {
            int asked = 1;
            while (asked != 0) {
                handOut();
                asked = askedToServe.addAndGet(-asked);
            }
            complete = true;
        } finally {
            if (!complete) {
                askedToServe.set(0); // a clock or a scheduler threw: the next one serves
            }
        }
    }

    /* The source is asked without the lock, since it may be users' code; so the one in front may have left when there is a permit. */
    private void handOut() {
        while (size > 0) {
            Permit permit;
            try {
                permit = source.get();
            } catch (RuntimeException | Error e) {
                give(waiter -> waiter.completeExceptionally(e)); // as if it had not waited: who asks hears of it
                continue;
            }
            if (permit == null) {
                return;
            }
            Permit found = permit;
            if (!give(waiter -> complete(waiter, found))) {
                Turns.guarded(found::cancel);
            }
        }
    }

    private static void complete(Waiter waiter, Permit permit) {
        if (!waiter.complete(permit)) {
            permit.cancel();
        }
    }

    /* Answers the one in front; false if nobody is there any more. */
    private boolean give(Consumer<Waiter> answer) {
        Waiter first;
        synchronized (waiters) {
            if (waiters.isEmpty()) {
                return false;
            }
            first = waiters.iterator().next();
            leave(first);
        }
        tell(() -> answer.accept(first));
        return true;
    }

    /** Refuses at once all who would have to leave before this reading of the clock. */
    void refuseBefore(long nanos) {
        List<Waiter> gone = new ArrayList<>();
        synchronized (waiters) {
            for (Waiter waiter : waiters) {
                if (waiter.endNanos - nanos < 0) {
                    gone.add(waiter);
                }
            }
            gone.forEach(this::leave);
        }
        gone.forEach(this::tellRefused);
    }

    private void refuse(Waiter waiter) {
        synchronized (waiters) {
            if (!leave(waiter)) {
                return;
            }
        }
        tellRefused(waiter);
    }

    private boolean leave(Waiter waiter) {
        boolean was = waiters.remove(waiter);
        size = waiters.size();
        Future<?> timer = waiter.timer;
        if (timer != null) {
            timer.cancel(false);
        }
        return was;
    }

    private void tellRefused(Waiter waiter) {
        tell(() -> {
            Throwable why;
            try {
                why = refusal.apply(waiter.report);
            } catch (RuntimeException | Error e) { // it asks users' code how full it is
                why = e;
            }
            waiter.completeExceptionally(why);
        });
    }

    private void tell(Runnable answer) {
        env.handOver(() -> Turns.guarded(answer));
    }

    private final class Waiter extends CompletableFuture<Permit> {

        final CallFailure.Report report;
        final long endNanos;

        @Nullable
        Future<?> timer;

        Waiter(CallFailure.Report report, long endNanos) {
            this.report = report;
            this.endNanos = endNanos;
        }

        @Override
        public boolean cancel(boolean mayInterrupt) {
            boolean cancelled = super.cancel(mayInterrupt);
            synchronized (waiters) {
                leave(this); // at once, so that who has left takes no place
            }
            return cancelled;
        }
    }
}
