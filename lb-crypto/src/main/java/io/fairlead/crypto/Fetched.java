package io.fairlead.crypto;

import io.fairlead.Environment;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * One value from a server, kept as long as it is usable and replaced before it is not: a token, a set of keys, a discovery document.
 *
 * <p>There is never more than one fetch at a time, whoever asks. While there is a usable value nobody waits: it is refreshed beside the
 * calls, by the first call that finds it old. Nobody's cancelling reaches a fetch. Thread-safe; the read is one volatile read and one
 * look at the clock.
 *
 * @param <T> what it is
 */
final class Fetched<T> {

    /** The first fetch after a failure; doubled by each further one. */
    private static final long FIRST_BACK_OFF = TimeUnit.MILLISECONDS.toNanos(100);

    /** A server that comes back is noticed within half a minute. */
    private static final long MOST_BACK_OFF = TimeUnit.SECONDS.toNanos(30);

    /** What a server may ask for with Retry-After: longer, and its word is taken for a mistake. */
    private static final long MOST_RETRY_AFTER = TimeUnit.MINUTES.toNanos(1);

    /** Where it comes from. */
    @FunctionalInterface
    interface Source<T> {
        /**
         * Begins a fetch; may throw.
         *
         * @param from the time on the nano clock
         * @param wire what its calls go through, so that they end with it
         */
        CompletionStage<Lease<T>> fetch(long from, Wire wire) throws IOException;
    }

    private final String what;
    private final Source<T> source;
    private final long timeoutNanos;
    private final Environment env;

    private final ReentrantLock lock = new ReentrantLock();
    private volatile @Nullable Lease<T> current;
    private volatile long fetchableAt; // written under the lock
    private @Nullable CompletableFuture<T> flight; // under the lock, as are the next
    private int failures;
    private @Nullable Throwable lastFailure;

    /** @param what names it in messages, and shows no secret */
    Fetched(String what, long timeoutNanos, Environment env, Source<T> source) {
        this.what = what;
        this.source = source;
        this.timeoutNanos = timeoutNanos;
        this.env = env;
        this.fetchableAt = env.nanoTime();
    }

    /** The value if there is a usable one; has a successor fetched if it is time. Never waits. */
    @Nullable
    T usable() {
        return usable(current);
    }

    private @Nullable T usable(@Nullable Lease<T> lease) {
        if (lease == null) {
            return null;
        }
        long now = env.nanoTime();
        if (now - lease.refreshAt() < 0) {
            return lease.value();
        }
        if (now - fetchableAt >= 0) {
            begin(lease);
        }
        return now - lease.endsAt() < 0 ? lease.value() : null;
    }

    /** The value, usable or not. */
    @Nullable
    T latest() {
        Lease<T> lease = current;
        return lease == null ? null : lease.value();
    }

    /** The value, fetched if there is no usable one; a failed stage if that fails. For each caller its own, which it may cancel. */
    CompletableFuture<T> get() {
        Lease<T> lease = current;
        T usable = usable(lease);
        return usable != null
                ? CompletableFuture.completedFuture(usable)
                : begin(lease).copy();
    }

    /** A newer one than this, if there is one to be had. */
    CompletableFuture<T> newer(@Nullable T than) {
        Lease<T> lease = current;
        if (lease != null && lease.value() != than) {
            return CompletableFuture.completedFuture(lease.value());
        }
        return begin(lease).copy();
    }

    /** Forgets the value, unless it is another by now. */
    boolean drop(T rejected) {
        lock.lock();
        try {
            Lease<T> lease = current;
            if (lease == null || lease.value() != rejected) {
                return false;
            }
            current = null;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /* Starts a fetch, or joins the one that is on its way. Asked for a successor of what was replaced meanwhile, it gives that. */
    @SuppressWarnings("ReferenceEquality") // of two values that are alike one is newer
    private CompletableFuture<T> begin(@Nullable Lease<T> old) {
        CompletableFuture<T> begun;
        lock.lock();
        try {
            Lease<T> lease = current;
            if (lease != null && lease != old) {
                return CompletableFuture.completedFuture(lease.value());
            }
            if (flight != null) {
                return flight;
            }
            long wait = fetchableAt - env.nanoTime();
            if (wait > 0) {
                return CompletableFuture.failedFuture(backingOff(wait));
            }
            begun = new CompletableFuture<>();
            flight = begun;
        } finally {
            lock.unlock();
        }
        try {
            env.executor()
                    .execute(() -> run(begun)); // a call that has a value must not wait for the making of the request
        } catch (RuntimeException | Error e) { // full, closed, or a machine that is out of threads
            end(begun, null, e);
        }
        return begun;
    }

    private IOException backingOff(long waitNanos) {
        String why = lastFailure == null ? "it failed" : String.valueOf(lastFailure.getMessage());
        return new IOException(
                what + " is not to be had, the next try is in " + TimeUnit.NANOSECONDS.toMillis(waitNanos) + " ms: "
                        + why,
                lastFailure);
    }

    private void run(CompletableFuture<T> begun) {
        Wire wire = new Wire();
        CompletionStage<Lease<T>> answer;
        try {
            answer = source.fetch(env.nanoTime(), wire);
        } catch (IOException | RuntimeException | Error e) { // a flight that never ends would be all calls' last
            end(begun, null, e);
            return;
        }
        ScheduledFuture<?> timer;
        try {
            timer = env.scheduler().schedule(() -> timedOut(begun, wire), timeoutNanos, TimeUnit.NANOSECONDS);
        } catch (RuntimeException | Error e) {
            end(begun, null, e); // without a limit nobody is to wait
            wire.giveUp();
            return;
        }
        answer.whenComplete((lease, why) -> {
            timer.cancel(false);
            end(begun, lease, why);
        });
    }

    /* The timer only hands over: whoever waits for the value runs on the executor. */
    private void timedOut(CompletableFuture<T> begun, Wire wire) {
        FetchFailure late =
                new FetchFailure(what + " was not there within " + TimeUnit.NANOSECONDS.toMillis(timeoutNanos) + " ms");
        Runnable giveUp = () -> {
            end(begun, null, late);
            wire.giveUp();
        };
        try {
            env.executor().execute(giveUp);
        } catch (RuntimeException | Error e) {
            giveUp.run();
        }
    }

    private void end(CompletableFuture<T> begun, @Nullable Lease<T> lease, @Nullable Throwable why) {
        Throwable cause = why instanceof CompletionException && why.getCause() != null ? why.getCause() : why;
        lock.lock();
        try {
            if (flight != begun) {
                return; // it was given up
            }
            flight = null;
            if (lease != null) {
                current = lease;
                failures = 0;
                lastFailure = null;
            } else {
                lastFailure = cause;
                fetchableAt = env.nanoTime() + backOff(cause);
            }
        } finally {
            lock.unlock();
        }
        if (lease != null) {
            begun.complete(lease.value());
        } else {
            begun.completeExceptionally(cause != null ? cause : new FetchFailure(what + " was not there"));
        }
    }

    /* Half of it is random, so that processes that failed together do not come back together. */
    private long backOff(@Nullable Throwable why) {
        long grown = Math.min(MOST_BACK_OFF, FIRST_BACK_OFF << Math.min(failures++, 20));
        long wait = grown / 2 + (long) (grown / 2.0 * env.random().nextDouble());
        long asked = why instanceof FetchFailure failure ? failure.retryAfterNanos() : 0;
        return Math.max(wait, Math.min(asked, MOST_RETRY_AFTER));
    }

    @Override
    public String toString() {
        return "Fetched[" + what + "]";
    }
}
