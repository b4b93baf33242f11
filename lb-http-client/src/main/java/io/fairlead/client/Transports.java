package io.fairlead.client;

import io.fairlead.Environment;
import io.fairlead.Service;
import io.fairlead.TlsSource;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP clients underneath: one per TLS identity, never per endpoint (each costs a thread), renewed by generations.
 */
final class Transports {

    /** What must not share a connection or a TLS session. Sources and parameters count as equal only if they are the same. */
    record Identity(
            boolean plain,
            @Nullable String tlsName,
            @Nullable TlsSource tls,
            @Nullable SSLParameters parameters) {

        /** Endpoints without TLS. */
        static final Identity PLAIN = new Identity(true, null, null, null);

        /** The context of now; null for the JDK's default. */
        @Nullable
        SSLContext context() {
            return tls == null ? null : tls.context();
        }
    }

    /** Makes the client of one generation. */
    @FunctionalInterface
    interface Maker {
        /**
         * A client of its own.
         *
         * @param context that the identity has now; null for the JDK's default
         */
        HttpClient make(Identity identity, @Nullable SSLContext context);
    }

    private final Maker maker;
    private final boolean owned;
    private final Identity others;
    private final long maxAgeNanos;
    private final @Nullable ProxySelector proxy;
    private final Environment env;
    private final Map<Identity, Transport> current = new HashMap<>();
    private volatile Map<Identity, Transport> published = Map.of();

    private Transports(
            Maker maker,
            boolean owned,
            @Nullable TlsSource tls,
            long maxAgeNanos,
            @Nullable ProxySelector proxy,
            Environment env) {
        this.maker = maker;
        this.owned = owned;
        this.others = new Identity(false, null, tls, null);
        this.maxAgeNanos = maxAgeNanos;
        this.proxy = proxy;
        this.env = env;
    }

    /** The user's own client for everything, which is not closed. */
    static Transports wrapped(HttpClient client, Environment env) {
        return new Transports(
                (identity, context) -> client,
                false,
                null,
                Long.MAX_VALUE,
                client.proxy().orElse(null),
                env);
    }

    /**
     * Clients made here, the first of each identity when it is needed.
     *
     * @param tls of services without their own, and of hosts that are no service; null for the JDK's default
     */
    static Transports owned(
            Maker maker, @Nullable TlsSource tls, long maxAgeNanos, @Nullable ProxySelector proxy, Environment env) {
        return new Transports(maker, true, tls, maxAgeNanos, proxy, env);
    }

    /** The client for an attempt at this URI, which must release it at its end. */
    Transport lease(Service service, URI uri) {
        return lease(owned ? identity(service, uri) : others);
    }

    private Identity identity(Service service, URI uri) {
        TlsSource tls = service.tls();
        return "https".equals(uri.getScheme())
                ? new Identity(false, service.tlsName(), tls != null ? tls : others.tls(), service.sslParameters())
                : Identity.PLAIN;
    }

    /** Retires the connections by which this URI is reached: the next attempts make new ones. False for a client of the user's own. */
    synchronized boolean leave(Service service, URI uri) {
        if (!owned) {
            return false;
        }
        Transport old = current.remove(identity(service, uri));
        published = Map.copyOf(current);
        if (old != null) {
            old.retire();
        }
        return true;
    }

    /** The client for hosts that are no service, whatever their scheme. */
    HttpClient direct() {
        Transport transport = lease(others);
        HttpClient client = transport.client();
        transport.release();
        return client;
    }

    private Transport lease(Identity identity) {
        SSLContext context = identity.context();
        Transport transport = published.get(identity);
        if (transport != null && isCurrent(transport, context) && transport.acquire()) {
            return transport;
        }
        return renew(identity);
    }

    /* Whoever has the rules of now and is not too old. */
    private boolean isCurrent(Transport transport, @Nullable SSLContext context) {
        return transport.context() == context && env.nanoTime() - transport.bornNanos() <= maxAgeNanos;
    }

    private synchronized Transport renew(Identity identity) {
        SSLContext context = identity.context(); // again: a thread that was held up must not bring an older one back
        Transport old = current.get(identity);
        if (old != null && isCurrent(old, context) && old.acquire()) {
            return old; // another thread was first
        }
        Transport fresh = new Transport(maker.make(identity, context), context, owned, env.nanoTime());
        if (!fresh.acquire()) {
            throw new IllegalStateException("a new transport is closed");
        }
        current.put(identity, fresh);
        published = Map.copyOf(current);
        if (old != null) {
            old.retire();
        }
        return fresh;
    }

    /** Whether an endpoint is reached through a proxy, whose answers are not the endpoint's. */
    boolean isProxied(URI uri) {
        ProxySelector selector = proxy != null ? proxy : ProxySelector.getDefault(); // as the JDK's client does
        for (Proxy choice : selector == null ? List.<Proxy>of() : selector.select(uri)) {
            return choice.type() != Proxy.Type.DIRECT;
        }
        return false;
    }

    synchronized void close() {
        current.values().forEach(Transport::retire);
        current.clear();
        published = Map.of();
    }
}
