package io.fairlead.client;

import io.fairlead.Outcome;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ScheduledFuture;
import org.jspecify.annotations.Nullable;

/**
 * A call of which two exchanges may be under way: the primary, which goes the whole way of a call, and the hedge, one attempt at
 * another endpoint that begins when the primary's first attempt takes long. One answer counts: the first that is kept claims
 * the call at its headers, before the user's body handler hears of it; the other exchange is broken off. The hedge can claim with a
 * success alone: all else is the primary's to judge. If neither claims, the call fails as the primary did, once both are over.
 *
 * <p>Thread-safe. What is decided is decided under this object's monitor; exchanges are told outside of it.
 */
final class Hedge<T> {

    /** Why a loser ends: not the caller's doing, and no word about the endpoint. Without stack trace, as it is thrown nowhere. */
    static final class Superseded extends CancellationException {

        private static final long serialVersionUID = 1;

        Superseded() {
            super("another attempt of the call was faster");
        }

        @Override
        public synchronized Throwable fillInStackTrace() {
            return this;
        }
    }

    private final Call call;
    private final HedgeDelay delay;
    private final OpenCalls open;
    private final CallFuture<HttpResponse<T>> future = CallFuture.root();
    private final Exchange<T> first;
    private final AsyncDriver<T> primary;
    private @Nullable AsyncDriver<T> second;
    private @Nullable ScheduledFuture<?> timer;
    private @Nullable Exchange<T> winner;
    private boolean firstOver;
    private boolean secondOver = true;
    private boolean cancelled;

    /** A hedged call that has not begun; only for one that {@link #allows} names. */
    Hedge(Call call, Transports transports, HttpResponse.BodyHandler<T> handler, OpenCalls open) {
        this.call = call;
        this.delay = Objects.requireNonNull(call.runtime().hedgeDelay);
        this.open = open;
        this.first = new Exchange<>(call, transports, handler, open, this);
        this.primary = new AsyncDriver<>(first, null, open, this::over);
        future.onAbort(this::cancel);
    }

    /** Whether the service hedges, and may hedge such a call. */
    static boolean allows(Call call) {
        HedgeDelay delay = call.runtime().hedgeDelay;
        return delay != null && (call.isIdempotent() || (delay.keyedCalls() && call.isProtectedByKey()));
    }

    CallFuture<HttpResponse<T>> sendAsync() {
        delay.deposit();
        primary.begin();
        return future;
    }

    /** The same, waiting for it on the caller's thread; an interrupt is a cancel. */
    HttpResponse<T> send() throws IOException, InterruptedException {
        return sendAsync().await(call);
    }

    /** The first attempt is about to be sent: a hedge may follow. */
    void sending(LiveAttempt attempt) {
        long nanos = delay.nanos();
        if (nanos == HedgeDelay.NEVER || nanos >= call.remainingNanos(attempt.startNanos())) {
            return;
        }
        var env = call.runtime().env;
        synchronized (this) {
            timer = Handover.later(env, nanos, this::launch);
        }
    }

    private void launch() {
        AsyncDriver<T> launched;
        synchronized (this) {
            if (cancelled || firstOver || !call.awaitsFirst() || call.untried() == 0 || !delay.withdraw()) {
                return;
            }
            launched = new AsyncDriver<>(first.hedge(), null, open, this::over);
            second = launched;
            secondOver = false;
        }
        launched.begin();
    }

    /** Takes note of how long the first attempt took, or had taken when it was superseded. */
    void sample(LiveAttempt attempt) {
        if (attempt.number() == 1 && (attempt.superseded() || attempt.outcome() == Outcome.SUCCESS)) {
            delay.sample(attempt.latencyNanos());
        }
    }

    /** Whether the answer whose headers have come is the one that counts. */
    boolean claim(Exchange<T> exchange, Outcome outcome) {
        AsyncDriver<T> loser;
        synchronized (this) {
            if (winner != null || (exchange != first && outcome != Outcome.SUCCESS)) {
                return winner == exchange;
            }
            winner = exchange;
            loser = exchange == first ? second : primary;
            stopTimer();
        }
        if (loser != null) {
            loser.breakOff(new Superseded());
        }
        return true;
    }

    private void stopTimer() {
        ScheduledFuture<?> set = timer;
        if (set != null) {
            set.cancel(false);
        }
    }

    private void over(Exchange<T> exchange) {
        boolean claimed;
        synchronized (this) {
            if (exchange == first) {
                firstOver = true;
                stopTimer();
            } else {
                secondOver = true;
            }
            claimed = winner == exchange;
            boolean failed = winner == null && firstOver && secondOver;
            if (!claimed && !failed) {
                return;
            }
        }
        if (claimed) {
            settle(exchange);
        } else {
            first.endHedged(() -> settle(first));
        }
    }

    private void settle(Exchange<T> counts) {
        counts.tellFinished();
        counts.settle(future);
    }

    private void cancel() {
        AsyncDriver<T> hedge;
        synchronized (this) {
            cancelled = true;
            hedge = second;
            stopTimer();
        }
        if (hedge != null) {
            hedge.cancel();
        }
        primary.cancel();
    }
}
