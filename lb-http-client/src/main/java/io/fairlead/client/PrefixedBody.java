package io.fairlead.client;

import io.fairlead.Environment;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A body of which the first bytes are read before anybody decides what the answer means. Then all of it goes to the subscriber to whom it
 * is due: what was read as one item, once it is asked for, and the rest as it comes.
 *
 * <p>Signals of the transport come one at a time. The deadline, a cancel and the sweep come on other threads and race with the decision for
 * {@link #stage}; the reader's demand may come on any thread, and {@link #emitting} sees to it that the reader hears one signal at a time.
 */
final class PrefixedBody<T> implements BodySubscriber<T>, Flow.Subscription {

    /** Who decides, once. */
    interface Judge<T> {

        /** To whom the body is due, now that its first bytes are known; does not throw. */
        BodySubscriber<T> decide(byte[] prefix);

        /** The body failed before that. Whether another attempt, or a question, follows, so that the failure is nobody's. */
        boolean cut(Throwable why);
    }

    private enum Stage {
        READING,
        DECIDING,
        DECIDED,
        DROPPED
    }

    private final int most;
    private final Environment env;
    private final Judge<T> judge;
    private final CompletableFuture<T> result = new CompletableFuture<>();
    private final AtomicReference<Stage> stage = new AtomicReference<>(Stage.READING);
    private final List<ByteBuffer> first = new ArrayList<>();
    private int bytes;
    private volatile long lastMoveNanos;
    private volatile Flow.@Nullable Subscription source;
    private volatile @Nullable BodySubscriber<T> reader;
    private volatile @Nullable Thread decider;

    // Guarded by this.
    private long demand;
    private boolean emitting;
    private boolean given;
    private boolean complete;
    private boolean over;
    private @Nullable Throwable failure;

    PrefixedBody(int most, Environment env, Judge<T> judge) {
        this.most = most;
        this.env = env;
        this.judge = judge;
        this.lastMoveNanos = env.nanoTime();
    }

    // ---- from outside -----------------------------------------------------------------------------------------------

    /**
     * Nobody wants it any more. If the decision was under way it is made when this returns, and stands.
     *
     * @return whether it was in time, so that nothing is decided; false, too, for users' code that is told of the verdict and ends the
     *     call: the decision goes on when that code returns
     */
    boolean drop(Throwable why) {
        if (stage.compareAndSet(Stage.READING, Stage.DROPPED)) {
            cancelSource();
            result.completeExceptionally(why);
            return true;
        }
        while (stage.get() == Stage.DECIDING && !isDecidedHere()) {
            Thread.onSpinWait(); // a verdict is computed, and waits for nobody
        }
        return stage.get() == Stage.DROPPED;
    }

    /** Whether it is this thread that decides just now. */
    boolean isDecidedHere() {
        return stage.get() == Stage.DECIDING && decider == Thread.currentThread();
    }

    /** Fails it before the decision. */
    void fail(IOException why) {
        cancelSource();
        onError(why);
    }

    /** Whether it is still waited for, and nothing has come for so long. */
    boolean isStill(long now, long nanos) {
        return stage.get() == Stage.READING && now - lastMoveNanos > nanos;
    }

    private void cancelSource() {
        Flow.Subscription from = source;
        if (from != null) {
            from.cancel();
        }
    }

    // ---- from the transport -----------------------------------------------------------------------------------------

    @Override
    public CompletionStage<T> getBody() {
        return result;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
        source = subscription;
        if (stage.get() == Stage.READING) {
            subscription.request(1);
        } else {
            subscription.cancel();
        }
    }

    @Override
    public void onNext(List<ByteBuffer> buffers) {
        BodySubscriber<T> due = reader;
        if (due != null) {
            due.onNext(buffers);
            return;
        }
        if (stage.get() != Stage.READING) {
            return;
        }
        lastMoveNanos = env.nanoTime();
        for (ByteBuffer buffer : buffers) {
            bytes += buffer.remaining();
            first.add(buffer);
        }
        Flow.Subscription from = source;
        if (bytes >= most) {
            decide();
        } else if (from != null) {
            from.request(1);
        }
    }

    @Override
    public void onError(Throwable why) {
        if (stage.compareAndSet(Stage.READING, Stage.DECIDING)) {
            decider = Thread.currentThread();
            boolean repeated = judge.cut(why);
            decider = null;
            stage.set(Stage.DECIDED);
            if (repeated) {
                completeWithoutBody();
            } else {
                result.completeExceptionally(why);
            }
            return;
        }
        synchronized (this) {
            failure = why;
        }
        emit();
    }

    @SuppressWarnings("NullAway") // nobody reads the body of an answer that is not handed over
    private void completeWithoutBody() {
        result.complete(null);
    }

    @Override
    public void onComplete() {
        synchronized (this) {
            complete = true;
        }
        decide();
        emit();
    }

    private void decide() {
        if (!stage.compareAndSet(Stage.READING, Stage.DECIDING)) {
            return;
        }
        decider = Thread.currentThread();
        BodySubscriber<T> due = judge.decide(prefix());
        reader = due;
        decider = null;
        stage.set(Stage.DECIDED);
        try {
            due.onSubscribe(this);
        } catch (RuntimeException | Error e) { // the caller's own subscriber
            cancelSource();
            onError(e);
        }
        // Last: who has the result of a body that is thrown away finds nothing in flight.
        due.getBody().whenComplete((body, why) -> {
            if (why != null) {
                result.completeExceptionally(Failures.unwrap(why));
            } else {
                result.complete(body);
            }
        });
    }

    private byte[] prefix() {
        byte[] prefix = new byte[Math.min(bytes, most)];
        int at = 0;
        for (ByteBuffer buffer : first) {
            int length = Math.min(buffer.remaining(), prefix.length - at);
            buffer.duplicate().get(prefix, at, length);
            at += length;
        }
        return prefix;
    }

    // ---- from the reader --------------------------------------------------------------------------------------------

    @Override
    public void request(long n) {
        if (n <= 0) {
            source().request(n); // the transport's to punish: Reactive Streams, rule 3.9
            return;
        }
        synchronized (this) {
            demand = demand + n < 0 ? Long.MAX_VALUE : demand + n;
        }
        emit();
    }

    @Override
    public void cancel() {
        synchronized (this) {
            over = true;
        }
        source().cancel();
    }

    private Flow.Subscription source() {
        return Objects.requireNonNull(source);
    }

    /* Gives the reader what there is for it, in turn: what was read, then the end; or hands its demand on. */
    private void emit() {
        BodySubscriber<T> due = reader;
        if (due == null) {
            return;
        }
        synchronized (this) {
            if (emitting) {
                return;
            }
            emitting = true;
        }
        Runnable signal = next(due);
        while (signal != null) {
            signal.run();
            signal = signal instanceof Demand ? null : next(due);
        }
    }

    /** Demand that goes on to the transport: no signal to the reader, and the last thing done. */
    private record Demand(Flow.Subscription source, long items) implements Runnable {

        @Override
        public void run() {
            source.request(items);
        }
    }

    private synchronized @Nullable Runnable next(BodySubscriber<T> due) {
        boolean pending = !given && bytes > 0;
        Throwable why = failure;
        if (!over && why != null) {
            over = true;
            return () -> due.onError(why);
        }
        if (!over && pending && demand > 0) {
            given = true;
            demand -= demand == Long.MAX_VALUE ? 0 : 1;
            return () -> due.onNext(List.copyOf(first));
        }
        if (!over && !pending && complete) {
            over = true;
            return due::onComplete;
        }
        emitting = false;
        if (!over && !pending && demand > 0) {
            long more = demand;
            demand = 0;
            return new Demand(source(), more);
        }
        return null;
    }
}
