package io.fairlead;

/**
 * The definition of how many attempts may be in flight at once, learnt from what becomes of them: shareable between services and
 * endpoints, without state of its own.
 *
 * <p>Where the limit is reached callers wait, in order and within their time. See {@link Service.Builder#endpointLimit}.
 */
@FunctionalInterface
public interface ConcurrencyLimit {

    /** The limit of one endpoint, or of one service as a whole, at its beginning. */
    Cap start(Environment env);

    /** No limit that is learnt: one endpoint may have any number in flight. */
    static ConcurrencyLimit none() {
        return env -> Cap.NONE;
    }

    /** The limit of one endpoint, or of one service. Called by many threads, on every attempt: it must not block and should not allocate. */
    interface Cap {

        /** Without limit. */
        Cap NONE = () -> Integer.MAX_VALUE;

        /** How many may be in flight now, 1 or more. */
        int limit();

        /**
         * An attempt was answered, or failed before that: its latency and its verdict are known.
         *
         * @param wanted the attempts in flight, this one included, and those that wait: how much of the limit is made use of
         */
        default void answered(Attempt attempt, int wanted) {}

        /**
         * The other side takes no more than it has, and has said so of one attempt beyond ("too many concurrent streams").
         *
         * @param inFlight the attempts in flight without that one
         */
        default void full(int inFlight) {}

        /** Attempts wait, and it is about a second since this was called before. */
        default void waitedFor(long nowNanos) {}
    }
}
