package io.fairlead.health;

import io.fairlead.Require;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Exact counts of the calls of the last while: all, those that failed, those that were slow.
 *
 * <p>The window slides by buckets: it has the current one and those before it, so it covers between {@code buckets − 1} and
 * {@code buckets} of them. Thread-safe, lock-free; {@link #record} allocates only with the first call of a bucket. It is not
 * emptied: who begins anew makes another one.
 */
final class SlidingWindow {

    /*
     * A ring of buckets, each made for one stretch of time and never used for another: the first call of a new stretch replaces the
     * bucket that has left the window. A thread that still holds the old one adds to what no one counts any more, and nothing that
     * belongs into the window is lost, whoever sleeps wherever. The newest bucket stands in a field of its own, so that most calls
     * are spared a division and the ring.
     *
     * Readings of several threads may be out of order. One that is behind the newest goes into its own bucket while that is in the
     * window, and into the newest when it is older than all of them: the call ended just now, only its clock was read long ago.
     * A clock that leaps ahead, or that nobody read for a long time, leaves the old buckets behind by their numbers alone.
     */
    private static final VarHandle NEWEST = newestHandle();

    private final AtomicReferenceArray<@Nullable Bucket> ring;
    private final long bucketNanos;
    private final long originNanos;
    private volatile Bucket newest;

    /**
     * An empty window.
     *
     * @param windowNanos how far back it reaches, 1 or more; rounded up to whole buckets
     * @param buckets 2 or more: each is a step in which calls leave the window
     * @param nowNanos the clock, in nanoseconds since an arbitrary moment
     */
    SlidingWindow(long windowNanos, int buckets, long nowNanos) {
        Require.between(windowNanos, 1, Long.MAX_VALUE, "length of the window in ns");
        Require.between(buckets, 2, 1_000, "buckets of the window");
        this.bucketNanos = 1 + (windowNanos - 1) / buckets;
        this.originNanos = nowNanos;
        Bucket first = new Bucket(0, nowNanos);
        this.ring = new AtomicReferenceArray<>(buckets);
        this.ring.set(0, first);
        this.newest = first;
    }

    private static VarHandle newestHandle() {
        try {
            return MethodHandles.lookup().findVarHandle(SlidingWindow.class, "newest", Bucket.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Counts one call that ended at this reading of the clock. */
    void record(long nowNanos, boolean failed, boolean slow) {
        Bucket bucket = newest;
        long age = nowNanos - bucket.startNanos;
        if (age < 0 || age >= bucketNanos) {
            bucket = bucketAt(nowNanos);
        }
        bucket.all.increment(); // before the others, so that a reader of the others first never finds more of them
        if (failed || slow) {
            bucket.bad.add((failed ? Bucket.FAILED : 0) + (slow ? Bucket.SLOW : 0));
        }
    }

    /** Calls in the window. Read after {@link #failed} and {@link #slow}, it is at least what those said. */
    long total(long nowNanos) {
        long sum = 0;
        long oldest = oldest(nowNanos);
        for (int i = 0; i < ring.length(); i++) {
            Bucket bucket = ring.get(i);
            if (bucket != null && bucket.number >= oldest) {
                sum += bucket.all.sum();
            }
        }
        return sum;
    }

    /** Calls in the window that failed. */
    long failed(long nowNanos) {
        return bad(nowNanos) & Bucket.FAILED_MASK;
    }

    /** Calls in the window that were slow. */
    long slow(long nowNanos) {
        return bad(nowNanos) >>> Bucket.SLOW_SHIFT;
    }

    private long bad(long nowNanos) {
        long sum = 0;
        long oldest = oldest(nowNanos);
        for (int i = 0; i < ring.length(); i++) {
            Bucket bucket = ring.get(i);
            if (bucket != null && bucket.number >= oldest) {
                sum += bucket.bad.sum();
            }
        }
        return sum;
    }

    private long numberAt(long nowNanos) {
        return Math.floorDiv(nowNanos - originNanos, bucketNanos);
    }

    private long oldest(long nowNanos) {
        return Math.max(newest.number, numberAt(nowNanos)) - ring.length() + 1;
    }

    private Bucket bucketAt(long nowNanos) {
        long number = numberAt(nowNanos);
        int index = Math.floorMod(number, ring.length());
        Bucket held = ring.get(index);
        while (number >= oldest(nowNanos)) {
            if (held != null && held.number >= number) {
                return held;
            }
            Bucket fresh = new Bucket(number, originNanos + number * bucketNanos);
            if (ring.compareAndSet(index, held, fresh)) {
                advanceTo(fresh);
                return fresh;
            }
            held = ring.get(index);
        }
        return newest;
    }

    private void advanceTo(Bucket fresh) {
        Bucket before = newest;
        while (before.number < fresh.number && !NEWEST.compareAndSet(this, before, fresh)) {
            before = newest;
        }
    }

    /** The calls of one stretch of time. The bad ones share an adder, which has room for 2³² of each in the whole window. */
    private static final class Bucket {

        static final int SLOW_SHIFT = 32;
        static final long FAILED = 1;
        static final long FAILED_MASK = (1L << SLOW_SHIFT) - 1;
        static final long SLOW = 1L << SLOW_SHIFT;

        final long number;
        final long startNanos;
        final LongAdder all = new LongAdder();
        final LongAdder bad = new LongAdder();

        Bucket(long number, long startNanos) {
            this.number = number;
            this.startNanos = startNanos;
        }
    }
}
