package io.fairlead.client;

import io.fairlead.Environment;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * What is under way in one client: calls until their body is over, and discarded bodies until they are drained. Looks after
 * stalled ones once a second while there are any, and lets the client wait for the last when it is closed.
 */
final class OpenCalls {

    /** Something under way. */
    interface Entry {

        /** Looks whether it has stood still for too long. */
        void sweep(long nowNanos);

        /** Ends it, because the client is closed. */
        void abort(IOException why);
    }

    /** Fine enough for limits of a second and more; one timer for all, because nearly every body is over long before. */
    private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Environment env;
    private final Set<Entry> entries = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean sweeping = new AtomicBoolean();
    private final CompletableFuture<Void> terminated = new CompletableFuture<>();
    private volatile boolean shutdown;

    OpenCalls(Environment env) {
        this.env = env;
    }

    void add(Entry entry) {
        entries.add(entry);
        sweepLater();
    }

    void remove(Entry entry) {
        entries.remove(entry);
        if (shutdown && entries.isEmpty()) {
            terminated.complete(null);
        }
    }

    boolean isShutdown() {
        return shutdown;
    }

    boolean isTerminated() {
        return terminated.isDone();
    }

    /** Takes no more calls. Returns false if it was so before. */
    synchronized boolean shutdown() {
        boolean first = !shutdown;
        shutdown = true;
        if (entries.isEmpty()) {
            terminated.complete(null);
        }
        return first;
    }

    void abortAll(IOException why) {
        entries.forEach(entry -> entry.abort(why));
    }

    /** Runs when the last call is over after a shutdown. */
    void whenTerminated(Runnable action) {
        terminated.thenRun(action);
    }

    boolean awaitTermination(Duration most) throws InterruptedException {
        try {
            terminated.get(most.toNanos(), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    private void sweepLater() {
        if (!sweeping.get() && sweeping.compareAndSet(false, true)) {
            ScheduledFuture<?> unused = Handover.later(env, SWEEP_NANOS, this::sweep);
        }
    }

    private void sweep() {
        long now = env.nanoTime();
        for (Entry entry : entries) {
            Events.guarded("sweep of open calls", () -> entry.sweep(now));
        }
        sweeping.set(false);
        if (!entries.isEmpty()) {
            sweepLater();
        }
    }
}
