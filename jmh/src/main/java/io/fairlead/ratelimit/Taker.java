package io.fairlead.ratelimit;

/** One try to take a permit, without waiting, of any library's limiter. */
@FunctionalInterface
interface Taker {

    /** Whether it was granted. */
    boolean take();
}
