package io.fairlead.client;

import java.net.http.HttpClient;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** One HTTP client underneath: a generation of one TLS identity. Closed when it is retired and its last attempt is over. */
final class Transport {

    private static final int CLOSED = -1;

    private volatile @Nullable HttpClient
            client; // null when closed: whoever remembers the attempt must not keep its connections open
    private final @Nullable SSLContext context;
    private final boolean owned;
    private final long bornNanos;
    private final AtomicInteger inUse = new AtomicInteger();
    private volatile boolean retired;

    /** @param context that the client was made with; null for the JDK's default */
    Transport(HttpClient client, @Nullable SSLContext context, boolean owned, long bornNanos) {
        this.client = client;
        this.context = context;
        this.owned = owned;
        this.bornNanos = bornNanos;
    }

    HttpClient client() {
        return Objects.requireNonNull(client);
    }

    /** What its connections were made under; another one of the same identity makes it old. */
    @Nullable
    SSLContext context() {
        return context;
    }

    long bornNanos() {
        return bornNanos;
    }

    /** Counts one more attempt; false if it is closed already. */
    boolean acquire() {
        return inUse.getAndUpdate(n -> n == CLOSED ? n : n + 1) != CLOSED;
    }

    void release() {
        if (inUse.decrementAndGet() == 0 && retired) {
            closeIfUnused();
        }
    }

    /** No new attempt comes; the last one closes it. */
    void retire() {
        retired = true;
        closeIfUnused();
    }

    private void closeIfUnused() {
        if (inUse.compareAndSet(0, CLOSED)) {
            close();
        }
    }

    /* JDK 21 made HttpClient closeable; an older one ends its thread when nothing refers to it any more. */
    private void close() {
        if (owned && client instanceof AutoCloseable closeable) {
            Lifecycle.shutdown(closeable);
        }
        client = null;
    }
}
