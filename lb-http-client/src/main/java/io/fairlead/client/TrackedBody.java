package io.fairlead.client;

import io.fairlead.Environment;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The user's body subscriber with a watch on it: ends the attempt exactly once, however the body ends, and can be made to fail
 * from outside (deadline, abandonment, close), which the transport by itself cannot.
 *
 * <p>Signals of the transport come one at a time; the failure from outside comes on another thread and must not run into one
 * of them. {@link #busy} counts the signals under way: whoever takes it from 0 to {@link #CLOSED} may tell the user of the end.
 */
final class TrackedBody<T> implements BodySubscriber<T>, Flow.Subscription {

    private static final int CLOSED = Integer.MIN_VALUE / 2;

    private final BodySubscriber<T> user;
    private final LiveAttempt attempt;
    private final Environment env;
    private final Runnable whenFinished;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final AtomicInteger busy = new AtomicInteger();
    private final AtomicLong demand = new AtomicLong();
    private volatile long lastMoveNanos;
    private volatile Flow.@Nullable Subscription transport;
    private volatile @Nullable Throwable outside;
    private volatile boolean finished;
    private volatile boolean blameless;

    TrackedBody(BodySubscriber<T> user, LiveAttempt attempt, Environment env, Runnable whenFinished) {
        this.user = user;
        this.attempt = attempt;
        this.env = env;
        this.whenFinished = whenFinished;
        this.lastMoveNanos = env.nanoTime();
        CompletionStage<T> whole = user.getBody();
        whole.whenComplete((value, why) -> {
            if (why != null) {
                result.completeExceptionally(Failures.unwrap(why));
            } else {
                result.complete(value);
            }
        });
    }

    boolean isFinished() {
        return finished;
    }

    /** Whether it was ended from outside. */
    boolean isGivenUp() {
        return outside != null;
    }

    /** Whether nothing has moved for so long; {@code readerOnly}: whether it is the reader who asks for nothing. */
    boolean isStill(long now, long nanos, boolean readerOnly) {
        return now - lastMoveNanos > nanos && !(readerOnly && demand.get() > 0);
    }

    /** Whatever ends it from now on, the server is not to blame. */
    void excuse() {
        blameless = true;
    }

    /** As {@link #fail}, and the server is not to blame: the caller does not want it any more. */
    void giveUp(Throwable why) {
        blameless = true;
        fail(why);
    }

    /** As {@link #fail}, because time is up; the server is to blame only if the reader has been waiting for it. */
    void expire(Throwable why) {
        blameless = demand.get() == 0;
        fail(why);
    }

    /** Ends the body with a failure: the connection is given up, a buffered body fails, a reader of a stream gets an IOException. */
    void fail(Throwable why) {
        if (finished) {
            return;
        }
        outside = why;
        tellOutside(); // before the transport, which may have an error of its own to tell when it is cancelled
        Flow.Subscription source = transport;
        if (source != null) {
            source.cancel();
        }
    }

    private void tellOutside() {
        Throwable why = outside;
        if (why != null && busy.compareAndSet(0, CLOSED)) {
            finish(why);
            try {
                user.onError(why);
            } finally {
                result.completeExceptionally(why);
            }
        }
    }

    private void finish(@Nullable Throwable cut) {
        finished = true;
        if (cut != null && blameless) {
            attempt.givenUp(env.nanoTime(), cut);
        } else {
            attempt.finished(env.nanoTime(), cut);
        }
        whenFinished.run();
    }

    private boolean enter() {
        return busy.getAndUpdate(n -> n < 0 ? n : n + 1) >= 0;
    }

    private void leave() {
        busy.decrementAndGet();
        tellOutside();
    }

    @Override
    public CompletionStage<T> getBody() {
        return result;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        transport = subscription;
        if (outside != null || !enter()) {
            subscription.cancel();
            tellOutside();
            return;
        }
        try {
            user.onSubscribe(this);
        } finally {
            leave();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        if (!enter()) {
            return;
        }
        lastMoveNanos = env.nanoTime();
        demand.updateAndGet(n -> n == Long.MAX_VALUE ? n : n - 1);
        try {
            user.onNext(buffers);
        } catch (RuntimeException | Error e) {
            giveUp(e);
        } finally {
            leave();
        }
    }

    @Override
    public void onError(Throwable transportsOwn) {
        Throwable asked = outside;
        Throwable why = asked != null ? asked : transportsOwn;
        if (enter()) {
            close(why);
            try {
                user.onError(why);
            } finally {
                result.completeExceptionally(why);
            }
        }
    }

    @Override
    public void onComplete() {
        if (enter()) {
            close(null);
            user.onComplete();
        }
    }

    /* The accounts are closed before the user is told: whoever has the whole body finds nothing in flight. */
    private void close(@Nullable Throwable cut) {
        busy.set(CLOSED);
        finish(cut);
    }

    @Override
    public void request(long n) {
        lastMoveNanos = env.nanoTime();
        demand.updateAndGet(d -> d + n < 0 ? Long.MAX_VALUE : d + n);
        Flow.Subscription source = transport;
        if (source != null) {
            source.request(n);
        }
    }

    /** The reader does not want the rest. */
    @Override
    public void cancel() {
        if (!finished) {
            finish(null);
        }
        Flow.Subscription source = transport;
        if (source != null) {
            source.cancel();
        }
    }
}
