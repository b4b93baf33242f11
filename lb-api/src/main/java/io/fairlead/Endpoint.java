package io.fairlead;

/**
 * One live server: one object for as long as discovery lists its {@link Target}, and a while longer.
 *
 * <p>Implemented by the client, not by users. Every method is a plain read: safe on any thread, without lock or allocation.
 */
public interface Endpoint {

    /** What discovery says of it now; the object may change (a new weight), its {@link Target#uri()} never does. */
    Target target();

    /** What the strategy's {@link Load} says: comparable between endpoints of one cluster only; lower is better. */
    double load();

    /** Attempts that have chosen it and are not finished: they wait for their signature, their answer, or the end of its body. */
    int inFlight();

    /** Whether it is listed by discovery and not ejected. The endpoints of a snapshot may turn unhealthy while it is in use. */
    boolean healthy();

    /** {@link Environment#nanoTime()} of the moment since which it is healthy without a break: what slow start counts from. */
    long readySinceNanos();
}
