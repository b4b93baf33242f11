package io.fairlead.client;

import io.fairlead.Environment;
import java.net.http.HttpTimeoutException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The timer of one call with a deadline: ends its body when the deadline is over. Before the headers the transport's own
 * timeout is given a moment's precedence, because it tells a connection that never came from a server that never answered;
 * where it does not come (the JDK's client hangs on some malformed answers) the wait is broken off.
 */
final class Deadline {

    /** The transport's timer and ours are set for the same moment. */
    static final long GRACE_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private final Exchange<?> exchange;
    private final Environment env;
    private final Consumer<Throwable> breakOff;
    private volatile @Nullable ScheduledFuture<?> timer;
    private volatile boolean over;

    private Deadline(Exchange<?> exchange, Environment env, Consumer<Throwable> breakOff) {
        this.exchange = exchange;
        this.env = env;
        this.breakOff = breakOff;
    }

    /** Sets the timer; {@code breakOff} ends the wait for headers. */
    static @Nullable Deadline set(Exchange<?> exchange, Consumer<Throwable> breakOff) {
        Call call = exchange.call();
        if (!call.hasDeadline()) {
            return null;
        }
        Deadline deadline = new Deadline(exchange, call.runtime().env, breakOff);
        deadline.schedule(call.remainingNanos(call.runtime().env.nanoTime()));
        return deadline;
    }

    private void schedule(long nanos) {
        timer = Handover.later(env, nanos, this::expire);
        if (over) {
            cancel();
        }
    }

    private void expire() {
        if (over) {
            return;
        }
        exchange.expire();
        timer = Handover.later(env, GRACE_NANOS, this::insist);
    }

    private void insist() {
        if (!over && !exchange.isDone()) {
            breakOff.accept(new HttpTimeoutException("request timed out"));
        }
    }

    void cancel() {
        over = true;
        ScheduledFuture<?> set = timer;
        if (set != null) {
            set.cancel(false);
        }
    }
}
