package io.fairlead.crypto;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one instance of what is for one thread at a time and costs much to make; while that is in use, others are made. Without
 * lock and without thread locals, which would multiply by virtual threads.
 *
 * @param <T> returned in its initial state, ready for the next use
 */
final class Spare<T> {

    private final AtomicReference<@Nullable T> spare = new AtomicReference<>();
    private final Supplier<T> maker;

    Spare(Supplier<T> maker) {
        this.maker = maker;
    }

    T take() {
        T taken = spare.getAndSet(null);
        return taken != null ? taken : maker.get();
    }

    void giveBack(T used) {
        spare.set(used);
    }
}
