package io.fairlead.crypto;

import io.fairlead.Environment;

/**
 * A value that may be used for a while.
 *
 * @param refreshAt from when on a successor is fetched, on the nano clock
 * @param endsAt from when on it is not to be used, on the nano clock
 * @param <T> what it is
 */
record Lease<T>(T value, long refreshAt, long endsAt) {

    /** Where in its life a value is refreshed at the latest: the fifth that is left outlives a server's restart. */
    private static final double REFRESH = 0.8;

    /** So much earlier at most: processes that were started together do not refresh together. */
    private static final double JITTER = 0.1;

    /**
     * Refreshed after 70 to 80 % of its life.
     *
     * @param from when it was asked for, which is before its life began, whatever the server's clock says
     * @param lifeNanos how long it lives
     * @param usableNanos how long it is used if no successor is to be had
     */
    static <T> Lease<T> of(T value, long from, long lifeNanos, long usableNanos, Environment env) {
        double part = REFRESH - JITTER * env.random().nextDouble();
        return new Lease<>(value, from + (long) (lifeNanos * part), from + usableNanos);
    }
}
