package io.fairlead.client;

import io.fairlead.CallException;
import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/**
 * The future of an asynchronous call: whoever cancels it or a dependent of it, or completes it in the client's place (as
 * {@code orTimeout} does), aborts the call.
 */
final class CallFuture<T> extends CompletableFuture<T> {

    private final boolean root;
    private Runnable abort;

    private CallFuture(boolean root, Runnable abort) {
        this.root = root;
        this.abort = abort;
    }

    /** The future that {@code sendAsync} returns; not to be handed out before {@link #onAbort}. */
    static <T> CallFuture<T> root() {
        return new CallFuture<>(true, () -> {});
    }

    /** Says what aborts the call. */
    void onAbort(Runnable abort) {
        this.abort = abort;
    }

    /** Waits for it on the caller's thread, as {@code send} does; an interrupt is a cancel. */
    T await(Call call) throws IOException, InterruptedException {
        try {
            return get();
        } catch (InterruptedException e) {
            cancel(true);
            throw e;
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException io) {
                throw io;
            }
            throw new CallException("no response", call.report(), e.getCause());
        }
    }

    @Override
    public <U> CompletableFuture<U> newIncompleteFuture() {
        return new CallFuture<>(false, abort);
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
