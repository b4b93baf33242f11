package io.fairlead.client;

import io.fairlead.CallException;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Runs an exchange on the caller's thread, through the transport's {@code send}, which spares a change of thread. */
final class SendDriver<T> implements OpenCalls.Entry {

    /* A blocked thread can be freed by an interrupt alone. The states see to it that ours never reaches the caller's own code. */
    private static final int RUNNING = 0;
    private static final int INTERRUPTING = 1;
    private static final int INTERRUPTED = 2;
    private static final int OVER = 3;

    private final OpenCalls open;
    private final Exchange<T> exchange;
    private final Thread thread = Thread.currentThread();
    private final AtomicInteger state = new AtomicInteger(RUNNING);
    private volatile @Nullable Throwable brokenOff;
    private volatile @Nullable Deadline deadline;

    SendDriver(Call call, Transports transports, HttpResponse.BodyHandler<T> handler, OpenCalls open) {
        this.open = open;
        this.exchange = new Exchange<>(call, transports, handler, open, null);
    }

    private void over() {
        open.remove(this);
        Deadline set = deadline;
        if (set != null) {
            set.cancel();
        }
    }

    HttpResponse<T> send() throws IOException, InterruptedException {
        open.add(this);
        deadline = Deadline.set(exchange, this::breakOff);
        try {
            Exchange.Step step = exchange.start(this::over);
            while (step != Exchange.Step.DONE) {
                step = take(step);
            }
        } catch (InterruptedException e) {
            settle();
            Throwable why = brokenOff;
            exchange.cancelled(why != null ? why : e);
            if (why == null) {
                throw e;
            }
        } finally {
            settle();
        }
        return result();
    }

    private Exchange.Step take(Exchange.Step step) throws InterruptedException {
        return switch (step) {
            case SEND -> transmit();
            case WAIT -> {
                exchange.call().runtime().env.sleep(exchange.nanos());
                yield exchange.waited();
            }
            default -> await();
        };
    }

    private Exchange.Step transmit() throws InterruptedException {
        HttpResponse<T> response;
        try {
            response = exchange.transport().client().send(exchange.wire(), exchange.handler());
        } catch (InterruptedException e) {
            settle();
            Throwable why = brokenOff;
            if (why == null) {
                throw e;
            }
            return why instanceof HttpTimeoutException ? exchange.failed(why) : exchange.cancelled(why);
        } catch (IOException | RuntimeException | Error e) {
            return exchange.failed(e);
        }
        return exchange.received(response);
    }

    private Exchange.Step await() throws InterruptedException {
        CompletableFuture<@Nullable Object> mine =
                new CompletableFuture<>(); // the stage may be shared: it is left alone
        exchange.stage().whenComplete((value, why) -> {
            if (why != null) {
                mine.completeExceptionally(why);
            } else {
                mine.complete(value);
            }
        });
        try {
            return exchange.staged(mine.get(Math.max(0, exchange.nanos()), TimeUnit.NANOSECONDS), null);
        } catch (ExecutionException e) {
            return exchange.staged(null, Failures.unwrap(e));
        } catch (TimeoutException e) {
            return exchange.staged(null, e);
        }
    }

    private HttpResponse<T> result() throws IOException {
        HttpResponse<T> response = exchange.response();
        if (response != null) {
            return response;
        }
        Throwable why = exchange.failure();
        if (why instanceof IOException e) {
            throw e;
        }
        throw new CallException("no response", exchange.call().report(), why);
    }

    /** Ends the blocking step from another thread. */
    private void breakOff(Throwable why) {
        if (state.compareAndSet(RUNNING, INTERRUPTING)) {
            brokenOff = why;
            thread.interrupt();
            state.set(INTERRUPTED);
        }
    }

    /** From here on nobody interrupts this thread; an interrupt of ours that is still pending is taken back. */
    private void settle() {
        if (!state.compareAndSet(RUNNING, OVER) && state.get() != OVER) {
            while (state.get() == INTERRUPTING) {
                Thread.onSpinWait();
            }
            state.set(OVER);
            boolean pending = Thread.interrupted();
            assert pending || brokenOff != null;
        }
    }

    @Override
    public void sweep(long nowNanos) {
        if (exchange.sweep(nowNanos)) {
            breakOff(new HttpTimeoutException("the response body failed"));
        }
    }

    @Override
    public void abort(IOException why) {
        breakOff(why);
        exchange.abortBody(why);
    }
}
