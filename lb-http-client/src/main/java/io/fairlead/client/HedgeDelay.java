package io.fairlead.client;

import io.fairlead.Environment;
import io.fairlead.Hedging;
import io.fairlead.RetryBudget;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;

/**
 * When one service hedges: after a percentile of the latencies it has seen in the last ten to twenty seconds, and as often as its
 * allowance and the retry budget permit. Thread-safe, lock-free but for the allowance.
 *
 * <p>Latencies are counted in buckets a sixteenth of an octave wide, in two windows that take turns: the full one and the one being
 * filled are read together. A call that was cut off by its hedge is counted with the time it had waited by then, which is beyond the
 * delay: so the share of calls beyond the delay stays what it is, and hedging does not lower its own bar.
 */
final class HedgeDelay {

    /** Four bits of mantissa: a delay is at most 1/16 too long. */
    private static final int MANTISSA_BITS = 4;

    private static final int BUCKETS = 64 << MANTISSA_BITS;
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final long REFRESH_NANOS = TimeUnit.SECONDS.toNanos(1);

    /** Fewer say nothing of a 98th percentile. */
    private static final int LEAST_SAMPLES = 100;

    /** No delay is known. */
    static final long NEVER = -1;

    private final Hedging hedging;
    private final RetryBudget allowance;
    private final RetryBudget retryBudget;
    private final Environment env;
    private final AtomicIntegerArray[] windows = {new AtomicIntegerArray(BUCKETS), new AtomicIntegerArray(BUCKETS)};
    private final AtomicLong windowEnds;
    private final AtomicLong refreshAt;
    private volatile int filling;
    private volatile long delayNanos = NEVER;

    HedgeDelay(Hedging hedging, RetryBudget retryBudget, Environment env) {
        this.hedging = hedging;
        this.allowance = new DecayingBudget(hedging.maxExtra(), 0, env);
        this.retryBudget = retryBudget;
        this.env = env;
        this.windowEnds = new AtomicLong(env.nanoTime() + WINDOW_NANOS);
        this.refreshAt = new AtomicLong(env.nanoTime());
    }

    boolean keyedCalls() {
        return hedging.keyedCalls();
    }

    /** A call begins that could be hedged. */
    void deposit() {
        allowance.deposit();
    }

    /** Takes a hedge from the allowance and from the retry budget. */
    boolean withdraw() {
        return allowance.withdraw() && retryBudget.withdraw();
    }

    /** Takes note of the latency of a call's first attempt, or of how long it had waited when its hedge answered. */
    void sample(long nanos) {
        turn(env.nanoTime());
        windows[filling].incrementAndGet(bucket(nanos));
    }

    /** How long a call waits before it is hedged, or {@link #NEVER} while too little is known. */
    long nanos() {
        long now = env.nanoTime();
        long due = refreshAt.get();
        if (now - due >= 0 && refreshAt.compareAndSet(due, now + REFRESH_NANOS)) {
            turn(now);
            delayNanos = percentile();
        }
        return delayNanos;
    }

    private void turn(long now) {
        long end = windowEnds.get();
        if (now - end < 0 || !windowEnds.compareAndSet(end, now + WINDOW_NANOS)) {
            return;
        }
        int next = 1 - filling;
        clear(windows[next]);
        if (now - end >= WINDOW_NANOS) { // nothing came for a whole window: the full one is old, too
            clear(windows[filling]);
        }
        filling = next;
    }

    private static void clear(AtomicIntegerArray window) {
        for (int i = 0; i < BUCKETS; i++) {
            window.set(i, 0);
        }
    }

    private long percentile() {
        long all = 0;
        for (int i = 0; i < BUCKETS; i++) {
            all += windows[0].get(i) + windows[1].get(i);
        }
        if (all < LEAST_SAMPLES) {
            return NEVER;
        }
        long rank = (long) Math.ceil(all * hedging.percentile() / 100);
        long below = 0;
        int bucket = 0;
        for (; bucket < BUCKETS - 1; bucket++) {
            below += windows[0].get(bucket) + windows[1].get(bucket);
            if (below >= rank) {
                break;
            }
        }
        return Math.max(hedging.minDelayNanos(), upperBound(bucket));
    }

    /* The exponent and the first bits of the mantissa of a number, as of a float. */
    static int bucket(long nanos) {
        long n = Math.max(nanos, 1L << MANTISSA_BITS);
        int exponent = 63 - Long.numberOfLeadingZeros(n);
        int mantissa = (int) (n >>> (exponent - MANTISSA_BITS)) & ((1 << MANTISSA_BITS) - 1);
        return (exponent << MANTISSA_BITS) | mantissa;
    }

    static long upperBound(int bucket) {
        int exponent = bucket >>> MANTISSA_BITS;
        long mantissa = bucket & ((1 << MANTISSA_BITS) - 1);
        if (exponent < MANTISSA_BITS) {
            return 1L << MANTISSA_BITS;
        }
        long width = 1L << (exponent - MANTISSA_BITS);
        return (1L << exponent) + mantissa * width + width - 1;
    }
}
