package io.fairlead.client;

import java.lang.reflect.Method;
import java.net.http.HttpClient;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The lifecycle methods that {@code HttpClient} has since JDK 21, called from code that is compiled for 17. */
final class Lifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(BalancedClient.class);

    private Lifecycle() {}

    /** Lets a JDK client end its threads; nothing is in flight, and {@code close()} would wait on the calling thread. */
    static void shutdown(AutoCloseable client) {
        try {
            Method shutdown = HttpClient.class.getMethod("shutdown");
            shutdown.invoke(client);
        } catch (ReflectiveOperationException e) {
            LOG.warn("cannot shut down the HTTP client underneath", e);
        }
    }
}
