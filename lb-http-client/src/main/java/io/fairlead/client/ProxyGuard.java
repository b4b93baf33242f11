package io.fairlead.client;

import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The proxy selector that a balanced client shows to the outside. Whoever asks it for the way to a service has copied the
 * settings of the balanced client into a client of its own and is about to send past the balancing: it is told so, loudly.
 */
final class ProxyGuard extends ProxySelector {

    private final Set<String> services;
    private final @Nullable ProxySelector user;

    ProxyGuard(Set<String> services, @Nullable ProxySelector user) {
        this.services = services;
        this.user = user;
    }

    @Override
    public List<Proxy> select(URI uri) {
        String host = uri.getHost();
        if (host != null && services.contains(host.toLowerCase(Locale.ROOT))) {
            throw new IllegalStateException(
                    "a request to service " + host + " bypassed its BalancedClient: somebody built"
                            + " an HTTP client of its own from its settings. Feign does so unless its Request.Options have the"
                            + " client's connect timeout and followRedirects = false: see docs/clients.md");
        }
        ProxySelector next = user != null ? user : ProxySelector.getDefault();
        return next == null ? List.of(Proxy.NO_PROXY) : next.select(uri);
    }

    @Override
    public void connectFailed(URI uri, SocketAddress address, IOException why) {
        ProxySelector next = user != null ? user : ProxySelector.getDefault();
        if (next != null) {
            next.connectFailed(uri, address, why);
        }
    }
}
