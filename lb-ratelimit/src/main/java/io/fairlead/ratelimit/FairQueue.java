package io.fairlead.ratelimit;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Require;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A limit whose callers wait in a queue, in the order of {@link Turns}. What is waited for is taken when it is there and not before, so
 * that who leaves the queue leaves nothing behind.
 */
final class FairQueue implements Admission {

    /** One who waits, and its permit once it is granted. */
    final class Waiter implements Permit {

        final Attempt attempt;
        final Object key;
        final int permits;
        final int priority;
        final CompletableFuture<Permit> future = new CompletableFuture<>();
        private final long maxWaitNanos;

        /** Its place, which {@link Turns} gives. */
        long turn;

        long number;
        Turns.Flow flow = NO_FLOW;

        private long takenNanos;
        private @Nullable ScheduledFuture<?> deadline;

        Waiter(Attempt attempt, Object key, long maxWaitNanos) {
            this.attempt = attempt;
            this.key = key;
            this.permits = attempt.permits();
            this.priority = attempt.options().priority();
            this.maxWaitNanos = maxWaitNanos;
        }

        @Override
        public void release(Attempt attempt) {
            if (learner != null && learner.learn(attempt)) {
                dispatch(); // those who wait may go later now, or sooner
            }
        }

        @Override
        public void cancel() {
            limit.refund(permits, takenNanos, 0);
            dispatch();
        }

        @Override
        public String toString() {
            return "Permit[" + permits + "]"; // not the key, which may be a secret
        }
    }

    private static final Object NO_KEY = new Object();

    private static final Turns.Flow NO_FLOW = new Turns.Flow();

    private final Limit limit;
    private final @Nullable Learner learner;
    private final Environment env;
    private final Function<? super Attempt, ? extends @Nullable Object> keyOf;
    private final int maximumWaiting;

    /** Guarded by this, as are the timer and what waiters do not share with others. */
    private final Turns turns;

    private @Nullable ScheduledFuture<?> timer;
    private long timerNanos;

    private FairQueue(
            Limit limit,
            @Nullable Learner learner,
            Function<? super Attempt, ? extends @Nullable Object> keyOf,
            int maximumWaiting) {
        this.limit = limit;
        this.learner = learner;
        this.keyOf = Require.notNull(keyOf, "key of the fair queue");
        Require.between(maximumWaiting, 1, 1_000_000, "maximum waiting of the fair queue");
        this.env = limit.env;
        this.maximumWaiting = maximumWaiting;
        this.turns = new Turns(maximumWaiting);
    }

    static FairQueue of(
            RateLimiter limiter, Function<? super Attempt, ? extends @Nullable Object> keyOf, int maximumWaiting) {
        if (!(limiter instanceof Limit limit)) {
            throw Require.bad("limit of the fair queue", limiter, "one that RateLimiters made");
        }
        return new FairQueue(limit, null, keyOf, maximumWaiting);
    }

    /** A queue before a bucket that learns from what becomes of the permits. */
    static FairQueue learning(
            VariableBucket bucket,
            Learner learner,
            Function<? super Attempt, ? extends @Nullable Object> keyOf,
            int maximumWaiting) {
        return new FairQueue(bucket, learner, keyOf, maximumWaiting);
    }

    @Override
    public CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos) {
        Object key = keyOf.apply(attempt);
        if (learner != null) {
            learner.recover();
        }
        Waiter waiter = new Waiter(attempt, key == null ? NO_KEY : key, maxWaitNanos);
        Waiter displaced = enter(waiter);
        if (displaced != null) {
            displaced.future.completeExceptionally(
                    Refusal.of(displaced.attempt, "rate limit: " + maximumWaiting + " are waiting already"));
        }
        if (displaced != waiter && !waiter.future.isDone()) {
            dispatch();
        }
        return waiter.future;
    }

    /** Grants, refuses or queues a newcomer. Returns who has no place in the queue any more, or null. */
    private synchronized @Nullable Waiter enter(Waiter waiter) {
        long now = env.nanoTime();
        if (turns.size() == 0 && limit.reserve(waiter.permits, 0) == 0) {
            waiter.takenNanos = now;
            waiter.future.complete(waiter);
            return null;
        }
        long wait = limit.waitFrom(waiter.permits, now);
        if (wait < 0 || wait > waiter.maxWaitNanos) { // not even if it went first
            waiter.future.completeExceptionally(late(waiter));
            return null;
        }
        turns.add(waiter);
        if (turns.size() <= maximumWaiting) {
            setDeadline(waiter);
            return null;
        }
        Waiter last = turns.last();
        turns.gone(last);
        if (last != waiter) {
            setDeadline(waiter);
            clearDeadline(last);
        }
        return last;
    }

    /** Grants what is there to those whose turn it is, and sets the timer for the next. */
    private void dispatch() {
        if (learner != null) {
            learner.recover();
        }
        // Away from the timer's thread: what follows may be a user's code.
        for (Waiter waiter : takeGranted()) {
            env.handOver(() -> {
                if (!waiter.future.complete(waiter)) {
                    waiter.cancel();
                }
            });
        }
    }

    private synchronized List<Waiter> takeGranted() {
        List<Waiter> granted = new ArrayList<>();
        long now = env.nanoTime();
        Waiter next = turns.next();
        while (next != null) {
            boolean gone = next.future.isDone(); // whoever asked does not want it any more
            if (!gone && limit.reserve(next.permits, 0) != 0) {
                break;
            }
            clearDeadline(next);
            if (gone) {
                turns.gone(next);
            } else {
                next.takenNanos = now;
                turns.granted(next);
                granted.add(next);
            }
            next = turns.next();
            now = env.nanoTime();
        }
        setTimer(next == null ? RateLimiter.REFUSED : untilNext(next, now), now);
        return granted;
    }

    private long untilNext(Waiter next, long now) {
        long wait = limit.waitFrom(next.permits, now);
        return learner == null || wait < 0 ? wait : Math.min(wait, learner.untilChange());
    }

    private void expire(Waiter waiter) {
        dispatch(); // it may be due at this very moment
        synchronized (this) {
            if (!turns.contains(waiter)) {
                return;
            }
            turns.gone(waiter);
        }
        env.handOver(() -> waiter.future.completeExceptionally(late(waiter)));
        dispatch(); // a lighter one may be next now
    }

    private static Throwable late(Waiter waiter) {
        return Refusal.of(waiter.attempt, "rate limit: no permit within " + waiter.maxWaitNanos / 1_000_000 + " ms");
    }

    // ---- timers -----------------------------------------------------------------------------------------------------

    /** Sets the one timer for when the next may go; none where nobody waits. */
    private void setTimer(long wait, long now) {
        ScheduledFuture<?> set = timer;
        if (set != null && !set.isDone()) {
            if (wait >= 0 && timerNanos == now + wait) {
                return;
            }
            set.cancel(false);
        }
        timerNanos = now + wait;
        timer = wait < 0 ? null : env.scheduler().schedule(this::dispatch, wait, TimeUnit.NANOSECONDS);
    }

    private void setDeadline(Waiter waiter) {
        waiter.deadline = env.scheduler().schedule(() -> expire(waiter), waiter.maxWaitNanos, TimeUnit.NANOSECONDS);
    }

    private static void clearDeadline(Waiter waiter) {
        ScheduledFuture<?> set = waiter.deadline;
        if (set != null) {
            set.cancel(false);
        }
    }

    @Override
    public String toString() {
        return "FairQueue[" + limit + ", at most " + maximumWaiting + " waiting]";
    }
}
