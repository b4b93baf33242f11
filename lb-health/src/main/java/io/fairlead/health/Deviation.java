package io.fairlead.health;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Whether an endpoint fails far more often than the others, found as soon as can be, however long it was well before: a cumulative sum
 * (E. S. Page, "Continuous inspection schemes", Biometrika 41, 1954).
 *
 * <p>Each call adds the logarithm of how much likelier it is if the endpoint has turned bad (a share of failures halfway between the others'
 * share p and all) than if it is as the others are; the sum never falls below 0. At the threshold h a well endpoint arrives once in e^h
 * calls or more seldom, whatever p is and however few the endpoints; one that fails always, after h / ln(q/p) calls: nine where the others
 * fail in 5 % of theirs. Where all fail alike, p is as high for all, and nobody stands out.
 *
 * <p>Thread-safe, lock-free, without allocation; a success costs one read while the sum is 0.
 */
final class Deviation {

    /** Once in a thousand million calls by chance. */
    private static final double THRESHOLD = Math.log(1e9);

    /** Fewer calls of the others say nothing about what is usual. */
    static final long LEAST_OTHERS = 20;

    private final AtomicLong sum = new AtomicLong(); // the bits of a double; 0 is 0.0
    private volatile double goodStep;

    /**
     * A call that failed.
     *
     * @param othersBad failures of the other endpoints in the window
     * @param others their calls
     * @return whether that is beyond chance
     */
    boolean bad(long othersBad, long others) {
        if (others < LEAST_OTHERS) {
            return false;
        }
        double p = usual(othersBad, others);
        double q = p + (1 - p) / 2;
        goodStep = Math.log((1 - q) / (1 - p));
        return add(Math.log(q / p)) > THRESHOLD;
    }

    /** A call that did not fail. */
    void good() {
        if (sum.get() != 0) {
            add(goodStep);
        }
    }

    /**
     * The share of failures that is usual, taken two standard deviations higher, as it is known from a sample only. By Laplace's rule
     * it is never 0.
     */
    static double usual(long bad, long calls) {
        double mean = (Math.max(0, Math.min(bad, calls)) + 1.0) / (calls + 2.0);
        return Math.min(0.99, mean + 2 * Math.sqrt(mean * (1 - mean) / calls));
    }

    private double add(double step) {
        long before;
        double after;
        do {
            before = sum.get();
            after = Math.max(0, Double.longBitsToDouble(before) + step);
        } while (!sum.compareAndSet(before, Double.doubleToRawLongBits(after)));
        return after;
    }
}
