package io.fairlead.client;

import io.fairlead.Listener;
import java.util.List;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The listeners of one service: what one of them throws is logged and reaches neither the call nor the next listener. */
final class Events {

    private static final Logger LOG = LoggerFactory.getLogger(BalancedClient.class);

    private final Listener[] listeners;

    Events(List<Listener> listeners) {
        this.listeners = listeners.toArray(new Listener[0]);
    }

    void tell(Consumer<Listener> event) {
        for (Listener listener : listeners) {
            guarded("listener " + listener.getClass().getName(), () -> event.accept(listener));
        }
    }

    /** Whether anybody listens: spares the caller the work of describing an event. */
    boolean any() {
        return listeners.length > 0;
    }

    /** Runs users' code that must not disturb a call. */
    static void guarded(String who, Runnable code) {
        try {
            code.run();
        } catch (RuntimeException
                | Error e) { // a missing class of a listener's is no reason to lose a payment's answer
            LOG.warn("{} threw; the call goes on", who, e);
        }
    }
}
