package io.fairlead.client;

import java.util.concurrent.CompletableFuture;

/**
 * The future of an asynchronous call: whoever cancels it or a dependent of it, or completes it in the client's place (as
 * {@code orTimeout} does), aborts the call.
 */
final class CallFuture<T> extends CompletableFuture<T> {

    private final Runnable abort;
    private final boolean root;

    private CallFuture(Runnable abort, boolean root) {
        this.abort = abort;
        this.root = root;
    }

    /** The future that {@code sendAsync} returns. */
    static <T> CallFuture<T> of(Runnable abort) {
        return new CallFuture<>(abort, true);
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CallFuture<>(abort, false);
    }

    /** Completes it by the call itself. */
    void succeed(T value) {
        super.complete(value);
    }

    /** Fails it by the call itself. */
    void fail(Throwable why) {
        super.completeExceptionally(why);
    }

    @Override
    public boolean complete(T value) {
        boolean first = super.complete(value);
        if (first && root) {
            abort.run();
        }
        return first;
    }

    @Override
    public boolean completeExceptionally(Throwable why) {
        boolean first = super.completeExceptionally(why);
        if (first && root) {
            abort.run();
        }
        return first;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        boolean cancelled = super.cancel(mayInterruptIfRunning);
        if (cancelled) {
            abort.run();
        }
        return cancelled;
    }
}
