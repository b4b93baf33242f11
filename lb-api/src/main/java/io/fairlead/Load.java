package io.fairlead;

/**
 * The gauge of one endpoint, told of each attempt three times, each exactly once and in this order: {@link #started},
 * {@link #answered}, {@link #finished}.
 *
 * <p>Called by many threads at once, on every attempt: it must not block or lock, and should not allocate.
 * {@link Attempt#eventNanos()} is the time of the event, so that no clock is read. An exception is logged and otherwise ignored.
 */
public interface Load {

    /** A gauge that records nothing and always reads 0, for strategies that need none. */
    Load NONE = new Load() {};

    /** The attempt is about to be sent to this endpoint. */
    default void started(Attempt attempt) {}

    /** The response headers are here, or the failure before them: latency and a first verdict are known. */
    default void answered(Attempt attempt) {}

    /** The attempt is over: its body is complete, failed, cancelled or given up. The verdict is final. */
    default void finished(Attempt attempt) {}

    /** The load as {@link Endpoint#load()} reports it; lower is better. */
    default double value() {
        return 0;
    }
}
