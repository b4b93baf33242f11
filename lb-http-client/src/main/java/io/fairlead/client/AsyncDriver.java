package io.fairlead.client;

import io.fairlead.Environment;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs an exchange without a thread of its own: on the caller's until the first wait, then on the one that brings the event.
 *
 * <p>One operation is pending at a time. Its completion and whoever breaks it off race for {@link #pending}: the one who takes
 * the operation out gives the exchange its next event, the other does nothing.
 */
final class AsyncDriver<T> implements OpenCalls.Entry {

    /** What is waited for. */
    private static final class Operation {

        final boolean sending;
        volatile @Nullable Future<?> future;
        volatile @Nullable Future<?> timer;

        Operation(boolean sending) {
            this.sending = sending;
        }

        void cancel() {
            Future<?> set = timer;
            if (set != null) {
                set.cancel(false);
            }
            Future<?> started = future;
            if (started != null) {
                started.cancel(sending); // a timer's own thread must not be interrupted by its task
            }
        }
    }

    private static final VarHandle PENDING = pendingHandle();

    /** In place of an operation while the exchange itself runs. */
    private static final Operation RUNNING = new Operation(false);

    private final OpenCalls open;
    private final Environment env;
    private final Exchange<T> exchange;
    private final HttpResponse.@Nullable PushPromiseHandler<T> pushes;
    private final Consumer<Exchange<T>> whenDone;
    private volatile Operation pending = RUNNING;
    private volatile @Nullable Throwable brokenOff;
    private volatile @Nullable Deadline deadline;

    /** A driver that has not begun; {@code whenDone} is told once, when the exchange has a response or a failure. */
    AsyncDriver(
            Exchange<T> exchange,
            HttpResponse.@Nullable PushPromiseHandler<T> pushes,
            OpenCalls open,
            Consumer<Exchange<T>> whenDone) {
        this.open = open;
        this.env = exchange.call().runtime().env;
        this.exchange = exchange;
        this.pushes = pushes;
        this.whenDone = whenDone;
    }

    /** Runs an exchange that is the only one of its call. */
    static <T> CallFuture<HttpResponse<T>> send(
            Exchange<T> exchange, HttpResponse.@Nullable PushPromiseHandler<T> pushes, OpenCalls open) {
        CallFuture<HttpResponse<T>> future = CallFuture.root();
        AsyncDriver<T> driver = new AsyncDriver<>(exchange, pushes, open, over -> over.settle(future));
        future.onAbort(driver::cancel);
        driver.begin();
        return future;
    }

    private static VarHandle pendingHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(AsyncDriver.class, "pending", Operation.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private void over() {
        open.remove(this);
        Deadline set = deadline;
        if (set != null) {
            set.cancel();
        }
    }

    void begin() {
        open.add(this);
        deadline = Deadline.set(exchange, this::breakOff);
        run(exchange.start(this::over));
    }

    /** Obeys the exchange until something has to be waited for. */
    private void run(Exchange.Step first) {
        Exchange.Step step = first;
        while (step != null) {
            step = switch (step) {
                case SEND -> transmit();
                case WAIT -> hold();
                case AWAIT -> await();
                case DONE -> finish();
            };
        }
    }

    private Exchange.@Nullable Step transmit() {
        Operation operation = new Operation(true);
        if (!enter(operation)) {
            return abandon(operation);
        }
        CompletableFuture<HttpResponse<T>> sent;
        try {
            sent = pushes == null
                    ? exchange.transport().client().sendAsync(exchange.wire(), exchange.handler())
                    : exchange.transport().client().sendAsync(exchange.wire(), exchange.handler(), pushes);
        } catch (RuntimeException | Error e) {
            resume(operation, () -> exchange.failed(e));
            return null;
        }
        long most = exchange.attemptNanos();
        if (most > 0) {
            operation.timer = Handover.later(env, most + Deadline.GRACE_NANOS, () -> insist(operation));
        }
        operation.future = sent;
        if (pending != operation) {
            sent.cancel(true); // broken off before there was a future to cancel; a completed one does not mind
        }
        sent.whenComplete((response, why) ->
                resume(operation, () -> why != null ? exchange.failed(why) : exchange.received(response)));
        return null;
    }

    private Exchange.@Nullable Step hold() {
        Operation operation = new Operation(false);
        if (!enter(operation)) {
            return abandon(operation);
        }
        operation.future = Handover.later(env, exchange.nanos(), () -> resume(operation, exchange::waited));
        return null;
    }

    private Exchange.@Nullable Step await() {
        Operation operation = new Operation(false);
        if (!enter(operation)) {
            return abandon(operation);
        }
        if (exchange.nanos() != Long.MAX_VALUE) {
            operation.future = Handover.later(
                    env,
                    exchange.nanos(),
                    () -> resume(operation, () -> exchange.staged(null, new TimeoutException())));
        }
        // The stage may be shared with other calls: it is listened to and never cancelled.
        exchange.stage().whenComplete((value, why) -> resume(operation, () -> exchange.staged(value, why)));
        return null;
    }

    /** Makes the operation the pending one, before it is started; false if the call was broken off already. */
    private boolean enter(Operation operation) {
        pending = operation;
        return brokenOff == null;
    }

    /** Ends the call in place of an operation, unless the one who broke it off does. */
    private Exchange.@Nullable Step abandon(Operation operation) {
        return PENDING.compareAndSet(this, operation, RUNNING)
                ? exchange.cancelled(Objects.requireNonNull(brokenOff))
                : null;
    }

    private void resume(Operation operation, Supplier<Exchange.Step> event) {
        if (PENDING.compareAndSet(this, operation, RUNNING)) {
            operation.cancel(); // the timer of a stage that was in time
            run(event.get());
        }
    }

    /* The transport's own timeout did not come: the JDK's client hangs on some malformed answers. */
    private void insist(Operation operation) {
        if (!exchange.isAnswered()) {
            resume(operation, () -> exchange.failed(new HttpTimeoutException("request timed out")));
        }
    }

    /** Ends the wait for whatever is awaited. */
    void breakOff(Throwable why) {
        brokenOff = why;
        Operation operation = pending;
        if (operation != RUNNING && PENDING.compareAndSet(this, operation, RUNNING)) {
            operation.cancel();
            boolean late = operation.sending && why instanceof HttpTimeoutException;
            run(late ? exchange.failed(why) : exchange.cancelled(why));
        }
    }

    /** Ends the exchange and the body that may still come, because the caller does not want it any more. */
    void cancel() {
        CancellationException why = new CancellationException("the call was cancelled");
        exchange.excuseServer(); // before the transport tells of the end in its own way
        breakOff(why);
        exchange.abortBody(new IOException(why.getMessage(), why));
    }

    private Exchange.@Nullable Step finish() {
        whenDone.accept(exchange);
        return null;
    }

    @Override
    public void sweep(long nowNanos) {
        if (exchange.sweep(nowNanos)) {
            breakOff(new HttpTimeoutException("the response body failed"));
        }
    }

    @Override
    public void abort(IOException why) {
        exchange.excuseServer(); // before the transport tells of the end in its own way
        breakOff(why);
        exchange.abortBody(why);
    }
}
