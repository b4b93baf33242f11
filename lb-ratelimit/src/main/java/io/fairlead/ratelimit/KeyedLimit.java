package io.fairlead.ratelimit;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.RateLimiter;
import io.fairlead.Require;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A token bucket for each key, in a bounded cache.
 *
 * <p>A key whose bucket was evicted begins no better than it ended: a bucket leaves its debt behind, and a new one takes it over.
 */
final class KeyedLimit implements Admission {

    /*
     * Debts are dates, the latest moment at which an evicted bucket of that row would have been full. Keys share a row by their hash, as
     * in a count-min sketch of one row, so a debt may be put down to a stranger and is never forgotten before its time. There are four
     * rows or more for each key that is kept, up to a million.
     *
     * A bucket may be evicted between being found and being asked. Who evicts it marks it first and then reads its debt; who asks it
     * takes the permits first and then looks for the mark. So either the debt holds the permits or the mark is seen, and then the key is
     * asked again within the cache's own lock, where there is no eviction.
     */
    private static final int MOST_ROWS = 1 << 20;

    /**
     * The cache is told of each 64th time that a key is used, less one in this mask: with a million keys, to keep them in order costs ten
     * times what it costs to find one.
     */
    private static final int TOLD_EVERY = 63;

    /** The key of attempts that have none. */
    private static final Object NO_KEY = new Object();

    /** The bucket of one key. */
    private static final class Bucket extends Gcra {

        private volatile boolean evicted;

        /** How often it was asked, or so: what racing threads lose does not matter. */
        private int asked;

        Bucket(GcraRate rate, long missingDrops, Environment env) {
            super(rate, missingDrops, env);
        }
    }

    private final Function<? super Attempt, ? extends @Nullable Object> keyOf;
    private final GcraRate rate;
    private final Environment env;
    private final Cache<Object, Bucket> buckets;
    private final Function<Object, Bucket> maker = this::make;
    private final AtomicLongArray debts;
    private final int hashShift;
    private final long start;

    KeyedLimit(
            Function<? super Attempt, ? extends @Nullable Object> keyOf,
            GcraRate rate,
            long maximumKeys,
            Environment env) {
        this.keyOf = Require.notNull(keyOf, "key of the limit");
        this.rate = rate;
        this.env = env;
        this.start = env.nanoTime();
        Require.between(maximumKeys, 1, Integer.MAX_VALUE, "maximum keys of the limit");
        int rows = Math.max(1024, Integer.highestOneBit((int) Math.min(MOST_ROWS, 8 * maximumKeys - 1)));
        this.debts = new AtomicLongArray(rows);
        this.hashShift = Integer.numberOfLeadingZeros(rows) + 1;
        this.buckets = Caffeine.newBuilder()
                .maximumSize(maximumKeys)
                .executor(Runnable::run)
                .evictionListener(this::evicted)
                .build();
    }

    // ---- the cache --------------------------------------------------------------------------------------------------

    /** As {@link RateLimiter#reserve} for one key. */
    long reserve(Object key, int permits, long maxWaitNanos) {
        Bucket bucket = buckets.policy().getIfPresentQuietly(key);
        if (bucket == null || (++bucket.asked & TOLD_EVERY) == 0) {
            bucket = buckets.get(key, maker);
        }
        long wait = bucket.reserve(permits, maxWaitNanos);
        return bucket.evicted ? reserveLocked(key, permits, maxWaitNanos) : wait;
    }

    private long reserveLocked(Object key, int permits, long maxWaitNanos) {
        long[] wait = new long[1];
        buckets.asMap().compute(key, (k, found) -> {
            Bucket bucket = found == null ? make(k) : found;
            wait[0] = bucket.reserve(permits, maxWaitNanos);
            return bucket;
        });
        return wait[0];
    }

    /** Gives a reservation back, unless its bucket is gone. */
    void refund(Object key, int permits, long reservedNanos, long waitNanos) {
        Bucket bucket = buckets.getIfPresent(key);
        if (bucket != null) {
            bucket.refund(permits, reservedNanos, waitNanos);
        }
    }

    private Bucket make(Object key) {
        long debt = debts.get(row(key)) - (env.nanoTime() - start);
        return new Bucket(rate, Math.max(0, debt) * rate.dropsPerNano, env);
    }

    private void evicted(@Nullable Object key, @Nullable Bucket bucket, RemovalCause why) {
        if (key == null || bucket == null) {
            return;
        }
        bucket.evicted = true;
        long missing = bucket.missing();
        if (missing > 0) {
            long fullAt = env.nanoTime() - start + rate.nanos(missing);
            debts.accumulateAndGet(row(key), fullAt, Math::max);
        }
    }

    private int row(Object key) {
        return (key.hashCode() * 0x9E3779B9) >>> hashShift; // Fibonacci hashing: Knuth, TAOCP 3, 6.4
    }

    // ---- the admission ----------------------------------------------------------------------------------------------

    @Override
    public CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos) {
        Object found = keyOf.apply(attempt);
        Object key = found == null ? NO_KEY : found;
        long now = env.nanoTime();
        long wait = reserve(key, attempt.permits(), maxWaitNanos);
        if (wait < 0) {
            return CompletableFuture.failedFuture(
                    Refusal.of(attempt, "rate limit of its key: no permit within " + maxWaitNanos / 1_000_000 + " ms"));
        }
        Permit permit = new Granted(this, key, attempt.permits(), now, wait);
        if (wait == 0) {
            return CompletableFuture.completedFuture(permit);
        }
        CompletableFuture<Permit> later = new CompletableFuture<>();
        // Away from the timer's thread: what follows may be a user's code.
        env.scheduler().schedule(() -> env.handOver(() -> later.complete(permit)), wait, TimeUnit.NANOSECONDS);
        return later;
    }

    private record Granted(KeyedLimit limit, Object key, int permits, long reservedNanos, long waitNanos)
            implements Permit {

        @Override
        public void release(Attempt attempt) {}

        @Override
        public void cancel() {
            limit.refund(key, permits, reservedNanos, waitNanos);
        }

        @Override
        public String toString() {
            return "Permit[" + permits + "]"; // not the key, which may be a secret
        }
    }

    @Override
    public String toString() {
        return "KeyedLimit[" + rate + "]";
    }
}
