package io.fairlead.crypto;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a few instances of what is for one thread at a time and costs much to make; while all are in use, others are made. Without
 * lock and without thread locals, which would multiply by virtual threads.
 *
 * @param <T> returned in its initial state, ready for the next use
 */
final class Spare<T> {

    private final AtomicReferenceArray<@Nullable T> spares;
    private final Supplier<T> maker;

    Spare(Supplier<T> maker) {
        this(1, maker);
    }

    /** @param most how many are kept */
    Spare(int most, Supplier<T> maker) {
        this.spares = new AtomicReferenceArray<>(most);
        this.maker = maker;
    }

    T take() {
        for (int i = 0; i < spares.length(); i++) {
            T taken = spares.get(i) == null ? null : spares.getAndSet(i, null);
            if (taken != null) {
                return taken;
            }
        }
        return maker.get();
    }

    /** Keeps it where there is room. */
    void giveBack(T used) {
        for (int i = 0; i < spares.length(); i++) {
            if (spares.get(i) == null && spares.compareAndSet(i, null, used)) {
                return;
            }
        }
    }
}
