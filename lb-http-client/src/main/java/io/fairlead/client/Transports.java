package io.fairlead.client;

import io.fairlead.Environment;
import io.fairlead.Service;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP clients underneath: one per TLS identity, never per endpoint (each costs a thread), renewed by generations.
 */
final class Transports {

    /** What must not share a connection or a TLS session. Contexts and parameters count as equal only if they are the same. */
    record Identity(
            boolean plain,
            @Nullable String tlsName,
            @Nullable SSLContext context,
            @Nullable SSLParameters parameters) {

        /** Endpoints without TLS. */
        static final Identity PLAIN = new Identity(true, null, null, null);

        /** Hosts that are no service, whatever their scheme. */
        static final Identity OTHERS = new Identity(false, null, null, null);
    }

    private final Function<Identity, HttpClient> maker;
    private final boolean owned;
    private final long maxAgeNanos;
    private final @Nullable ProxySelector proxy;
    private final Environment env;
    private final Map<Identity, Transport> current = new HashMap<>();
    private volatile Map<Identity, Transport> published = Map.of();

    private Transports(
            Function<Identity, HttpClient> maker,
            boolean owned,
            long maxAgeNanos,
            @Nullable ProxySelector proxy,
            Environment env) {
        this.maker = maker;
        this.owned = owned;
        this.maxAgeNanos = maxAgeNanos;
        this.proxy = proxy;
        this.env = env;
    }

    /** The user's own client for everything, which is not closed. */
    static Transports wrapped(HttpClient client, Environment env) {
        return new Transports(
                identity -> client, false, Long.MAX_VALUE, client.proxy().orElse(null), env);
    }

    /** Clients made here, the first of each identity when it is needed. */
    static Transports owned(
            Function<Identity, HttpClient> maker, long maxAgeNanos, @Nullable ProxySelector proxy, Environment env) {
        return new Transports(maker, true, maxAgeNanos, proxy, env);
    }

    /** The client for an attempt at this URI, which must release it at its end. */
    Transport lease(Service service, URI uri) {
        if (!owned) {
            return lease(Identity.OTHERS);
        }
        boolean tls = "https".equals(uri.getScheme());
        return lease(
                tls
                        ? new Identity(false, service.tlsName(), service.sslContext(), service.sslParameters())
                        : Identity.PLAIN);
    }

    /** The client for hosts that are no service. */
    HttpClient direct() {
        Transport transport = lease(Identity.OTHERS);
        transport.release();
        return transport.client();
    }

    private Transport lease(Identity identity) {
        Transport transport = published.get(identity);
        if (transport != null && env.nanoTime() - transport.bornNanos() <= maxAgeNanos && transport.acquire()) {
            return transport;
        }
        return renew(identity);
    }

    private synchronized Transport renew(Identity identity) {
        Transport old = current.get(identity);
        if (old != null && env.nanoTime() - old.bornNanos() <= maxAgeNanos && old.acquire()) {
            return old; // another thread was first
        }
        Transport fresh = new Transport(maker.apply(identity), owned, env.nanoTime());
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
