package io.fairlead.crypto;

import java.util.Objects;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A subscription to one item, or to none, after the rules of Reactive Streams: the item once it was asked for, then the end; an empty end
 * needs no demand (rule 1.5), and demand of zero or less is an error (rule 3.9). Thread-safe.
 *
 * @param <T> of the item
 */
final class OneItem<T> implements Flow.Subscription {

    private final AtomicBoolean signalled = new AtomicBoolean();
    private final Flow.Subscriber<? super T> to;
    private final @Nullable T item;
    private volatile boolean cancelled;

    private OneItem(Flow.Subscriber<? super T> to, @Nullable T item) {
        this.to = Objects.requireNonNull(to);
        this.item = item;
    }

    static <T> void publish(T item, Flow.Subscriber<? super T> to) {
        to.onSubscribe(new OneItem<>(to, item));
    }

    static <T> void none(Flow.Subscriber<? super T> to) {
        OneItem<T> nothing = new OneItem<>(to, null);
        to.onSubscribe(nothing);
        if (nothing.signalled.compareAndSet(false, true)) {
            to.onComplete();
        }
    }

    static <T> void failed(Throwable why, Flow.Subscriber<? super T> to) {
        OneItem<T> nothing = new OneItem<>(to, null);
        to.onSubscribe(nothing);
        if (nothing.signalled.compareAndSet(false, true)) {
            to.onError(why);
        }
    }

    @Override
    public void request(long n) {
        if (n > 0 && item == null) {
            return; // the end is coming without
        }
        if (!signalled.compareAndSet(false, true)) {
            return;
        }
        if (n <= 0) {
            to.onError(new IllegalArgumentException("demand is " + n + ": allowed is at least 1"));
            return;
        }
        to.onNext(Objects.requireNonNull(item));
        if (!cancelled) {
            to.onComplete();
        }
    }

    @Override
    public void cancel() {
        cancelled = true;
        signalled.set(true);
    }
}
