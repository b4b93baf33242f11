package io.fairlead;

import java.util.Collection;
import java.util.List;

/**
 * Where the targets of a service come from: reports the whole set each time it changes, or that it failed to find out.
 *
 * <p>A definition: shareable between services. The client calls {@link #watch} once per service when it is built.
 */
@FunctionalInterface
public interface Discovery {

    /**
     * Begins to report. The first report may come before this method returns, or later on any thread; a call made before it
     * waits for it. Must not block.
     *
     * @throws RuntimeException fails the build of the client
     */
    Watch watch(Environment env, Sink sink);

    /** Targets that never change. */
    static Discovery fixed(Collection<Target> targets) {
        List<Target> copy = List.copyOf(Require.notNull(targets, "targets"));
        return (env, sink) -> {
            sink.targets(copy);
            return () -> {};
        };
    }

    /** Takes the reports; safe on any thread, never blocks, never throws. */
    interface Sink {

        /** The targets as they are now, all of them. An empty set is not believed: the last good one stays in use. */
        void targets(Collection<Target> targets);

        /** Could not find out; the last good set stays in use. */
        void failed(Throwable why);
    }

    /** An ongoing report. */
    @FunctionalInterface
    interface Watch extends AutoCloseable {

        /** Ends it; called once, when the client is closed. Must not block for long. */
        @Override
        void close();
    }
}
