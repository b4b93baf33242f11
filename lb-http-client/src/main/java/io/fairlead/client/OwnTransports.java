package io.fairlead.client;

import io.fairlead.Environment;
import io.fairlead.TlsSource;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.Executor;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** How the transports of a client that makes its own are made. */
final class OwnTransports {

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private final Map<String, Object> settings;
    private final Environment env;

    /** Settings by the name of the builder's method. */
    OwnTransports(Map<String, Object> settings, Environment env) {
        this.settings = Map.copyOf(settings);
        this.env = env;
    }

    Transports transports() {
        Duration age = get("maxConnectionAge", Duration.class);
        return Transports.owned(
                this::make,
                tls(),
                age == null ? Long.MAX_VALUE : age.toNanos(),
                get("proxy", ProxySelector.class),
                env);
    }

    /** A client with the settings that the façade reports; it sends nothing and costs a selector thread until collected. */
    HttpClient shown() {
        return builder().build();
    }

    private HttpClient make(Transports.Identity identity, @Nullable SSLContext context) {
        HttpClient.Builder builder = builder();
        if (identity.plain()) {
            return builder.version(HttpClient.Version.HTTP_1_1).build(); // each request would ask for an upgrade (h2c)
        }
        builder.sslContext(
                ClientTls.wrap(context != null ? context : TransportRules.defaultContext(), identity.tlsName()));
        if (identity.parameters() != null) {
            builder.sslParameters(identity.parameters());
        }
        return builder.build();
    }

    private HttpClient.Builder builder() {
        Executor executor = get("executor", Executor.class);
        Duration timeout = get("connectTimeout", Duration.class);
        HttpClient.Builder builder = HttpClient.newBuilder()
                .followRedirects(HttpClient.Redirect.NEVER)
                .connectTimeout(timeout != null ? timeout : CONNECT_TIMEOUT)
                .executor(executor != null ? executor : env.executor());
        TlsSource tls = tls();
        SSLParameters parameters = get("sslParameters", SSLParameters.class);
        ProxySelector proxy = get("proxy", ProxySelector.class);
        HttpClient.Version version = get("version", HttpClient.Version.class);
        if (tls != null) {
            builder.sslContext(tls.context());
        }
        if (parameters != null) {
            builder.sslParameters(parameters);
        }
        if (proxy != null) {
            builder.proxy(proxy);
        }
        return version != null ? builder.version(version) : builder;
    }

    private @Nullable TlsSource tls() {
        return get("tls", TlsSource.class);
    }

    private <T> @Nullable T get(String name, Class<T> type) {
        return type.cast(settings.get(name));
    }
}
