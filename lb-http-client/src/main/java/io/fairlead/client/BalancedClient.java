// over 300: every method of HttpClient and its builder, with their Javadoc; each is a line or two
package io.fairlead.client;

import io.fairlead.CallException;
import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Endpoint;
import io.fairlead.Environment;
import io.fairlead.Providers;
import io.fairlead.Require;
import io.fairlead.Service;
import io.fairlead.TlsSource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * An {@link HttpClient} whose requests to a {@link Service} are balanced over its servers, limited, signed, and repeated where
 * that is safe; requests to any other host pass through unchanged.
 *
 * <pre>{@code
 * HttpClient client = BalancedClient.builder()
 *         .service(Service.named("payments").targets("http://10.0.0.1:8080", "http://10.0.0.2:8080").build())
 *         .build();
 * client.send(HttpRequest.newBuilder(URI.create("http://payments/charge")).POST(body).build(), BodyHandlers.ofString());
 * }</pre>
 *
 * <p>Thread-safe. The timeout of a request is the deadline of the whole call: waiting, all attempts, and reading the body. A
 * call without a response ends in a {@link CallFailure}: a {@link CallException} or a
 * {@link io.fairlead.CallTimeoutException}, which say whether the server may have acted. {@code docs/design.md} draws the way
 * of a request.
 */
public final class BalancedClient extends HttpClient implements AutoCloseable {

    private final Map<String, ServiceRuntime> services;
    private final Transports transports;
    private final HttpClient shown;
    private final ProxyGuard guard;
    private final OpenCalls open;
    private final AtomicLong calls = new AtomicLong();

    private BalancedClient(
            Environment env, Map<String, ServiceRuntime> services, Transports transports, HttpClient shown) {
        this.services = services;
        this.transports = transports;
        this.shown = shown;
        this.guard = new ProxyGuard(services.keySet(), shown.proxy().orElse(null));
        this.open = new OpenCalls(env);
        open.whenTerminated(this::release);
        try {
            SharedProbes probes = new SharedProbes(env);
            services.values().forEach(service -> service.start(transports, probes));
        } catch (RuntimeException | Error e) {
            services.values().forEach(ServiceRuntime::close);
            throw e;
        }
    }

    /**
     * A client that sends through a client of yours, which stays yours: closing this one does not close it.
     *
     * @throws IllegalArgumentException if the client follows redirects, has an authenticator or a cookie handler (each sends
     *     requests that the balancing does not see; after one, "connection refused" no longer proves that nothing was paid), or
     *     if a service has TLS settings of its own: for those use {@link #builder()}
     */
    public static BalancedClient wrap(HttpClient transport, Service... services) {
        Builder builder = builder().transport(transport);
        for (Service service : Require.notNull(services, "services")) {
            builder.service(service);
        }
        return builder.build();
    }

    /** A builder of a client that makes its own transports. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * The endpoint that gave a response.
     *
     * @throws IllegalArgumentException if the response did not come through a service of a balanced client, or is its fallback's
     */
    public static Endpoint endpointOf(HttpResponse<?> response) {
        Endpoint endpoint = response instanceof LogicalResponse<?> logical ? logical.endpoint() : null;
        if (endpoint == null) {
            throw Require.bad("response", response, "a response of a balanced service's endpoint");
        }
        return endpoint;
    }

    /** Whether a response is no server's but the {@link io.fairlead.Fallback fallback}'s of its service. */
    public static boolean isFallback(HttpResponse<?> response) {
        return response instanceof LogicalResponse<?> logical && logical.endpoint() == null;
    }

    /**
     * What a service looks like from within: its endpoints, where each stands and why, and the levers that operators have.
     *
     * @throws IllegalArgumentException if there is no service of that name
     */
    public ServiceView service(String name) {
        ServiceRuntime service = serviceOf(Require.notNull(name, "service name"));
        if (service == null) {
            throw Require.bad("service name", "\"" + name + "\"", "one of " + services.keySet());
        }
        return new ServiceView(service);
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws IOException, InterruptedException {
        ServiceRuntime service = serviceOf(request, handler);
        if (service == null) {
            return transports.direct().send(request, handler);
        }
        Call call = new Call(service, calls.incrementAndGet(), request);
        if (service.service.attemptTimeoutNanos() > 0 && !Hedge.allows(call)) {
            // An attempt that the transport does not end can be left behind only by a caller who is not inside of it.
            return AsyncDriver.send(new Exchange<>(call, transports, handler, open, null), null, open)
                    .await(call);
        }
        return Hedge.allows(call)
                ? new Hedge<>(call, transports, handler, open).send()
                : new SendDriver<>(call, transports, handler, open).send();
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        return sendAsync(request, handler, null);
    }

    /** As the two-argument form; {@code pushes} may be null. */
    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request,
            HttpResponse.BodyHandler<T> handler,
            HttpResponse.@Nullable PushPromiseHandler<T> pushes) {
        ServiceRuntime service;
        try {
            service = serviceOf(request, handler);
        } catch (IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        if (service == null) {
            HttpClient direct = transports.direct();
            return pushes == null ? direct.sendAsync(request, handler) : direct.sendAsync(request, handler, pushes);
        }
        Call call = new Call(service, calls.incrementAndGet(), request);
        return pushes == null && Hedge.allows(call)
                ? new Hedge<>(call, transports, handler, open).sendAsync()
                : AsyncDriver.send(new Exchange<>(call, transports, handler, open, null), pushes, open);
    }

    private @Nullable ServiceRuntime serviceOf(HttpRequest request, HttpResponse.BodyHandler<?> handler)
            throws IOException {
        Require.notNull(request, "request");
        Require.notNull(handler, "body handler");
        ServiceRuntime service = serviceOf(request.uri().getHost());
        if (open.isShutdown()) {
            throw closed(service == null ? String.valueOf(request.uri().getHost()) : service.name);
        }
        return service;
    }

    private @Nullable ServiceRuntime serviceOf(@Nullable String host) {
        if (host == null) {
            return null;
        }
        ServiceRuntime service = services.get(host);
        return service != null ? service : services.get(host.toLowerCase(Locale.ROOT));
    }

    private long nextCall() {
        if (open.isShutdown()) {
            throw new UncheckedIOException(closed("WebSocket"));
        }
        return calls.incrementAndGet();
    }

    private static IOException closed(String service) {
        return new CallException(
                "the client is closed", new CallFailure.Report(service, Delivery.NOT_PROCESSED, null, List.of()), null);
    }

    /** A builder whose {@code buildAsync} leads a service's host to one of its endpoints, signed as a GET would be. */
    @Override
    public WebSocket.Builder newWebSocketBuilder() {
        return new BalancedWebSocketBuilder(
                () -> transports.direct().newWebSocketBuilder(), this::serviceOf, transports, this::nextCall);
    }

    /** Always empty: cookies are the business of a service's strategy, and would leak between services on one address. */
    @Override
    public Optional<CookieHandler> cookieHandler() {
        return Optional.empty();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return shown.connectTimeout();
    }

    /** Always {@link HttpClient.Redirect#NEVER}: see {@link Service.Builder#followRedirects}. */
    @Override
    public Redirect followRedirects() {
        return Redirect.NEVER;
    }

    /** The proxy selector, which refuses to route to a service: whoever asks it for that is bypassing this client. */
    @Override
    public Optional<ProxySelector> proxy() {
        return Optional.of(guard);
    }

    @Override
    public SSLContext sslContext() {
        return shown.sslContext();
    }

    @Override
    public SSLParameters sslParameters() {
        return shown.sslParameters();
    }

    /** Always empty: an authenticator resends requests that the balancing does not see. */
    @Override
    public Optional<Authenticator> authenticator() {
        return Optional.empty();
    }

    @Override
    public Version version() {
        return shown.version();
    }

    @Override
    public Optional<Executor> executor() {
        return shown.executor();
    }

    /** Takes no more calls; those under way go on. Overrides the method that {@code HttpClient} has since JDK 21. */
    public void shutdown() {
        if (open.shutdown()) {
            services.values().forEach(ServiceRuntime::close);
        }
    }

    /** Takes no more calls, and aborts those under way. Overrides the method that {@code HttpClient} has since JDK 21. */
    public void shutdownNow() {
        shutdown();
        open.abortAll(new IOException("the client is closed"));
    }

    /** Whether it was shut down and the last call is over. Overrides the method that {@code HttpClient} has since JDK 21. */
    public boolean isTerminated() {
        return open.isTerminated();
    }

    /**
     * Waits for the last call after a shutdown. Overrides the method that {@code HttpClient} has since JDK 21.
     *
     * @return whether it came to its end in time
     */
    public boolean awaitTermination(Duration most) throws InterruptedException {
        Require.notNull(most, "duration");
        return open.awaitTermination(most);
    }

    /** Shuts down and waits for the calls under way, bodies included; an interrupt aborts them. Leaves a wrapped client alone. */
    @Override
    public void close() {
        shutdown();
        boolean interrupted = false;
        while (!open.isTerminated()) {
            try {
                boolean over = open.awaitTermination(Duration.ofDays(1));
                assert over || !open.isTerminated();
            } catch (InterruptedException e) {
                interrupted = true;
                shutdownNow();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void release() {
        transports.close();
    }

    @Override
    public String toString() {
        return "BalancedClient" + services.keySet();
    }

    /** Makes a client. */
    public static final class Builder {

        private final Map<String, Service> services = new LinkedHashMap<>();
        private Environment env = Environment.system();
        private @Nullable HttpClient transport;
        private final Map<String, Object> ownSettings = new LinkedHashMap<>();

        private Builder() {}

        /** Adds a service; no two may have the same name. */
        public Builder service(Service service) {
            if (services.putIfAbsent(Require.notNull(service, "service").name(), service) != null) {
                throw Require.bad("service name", service.name(), "a name that no other service of the client has");
            }
            return this;
        }

        /** Sets where time, chance and threads come from; default {@link Environment#system()}. */
        public Builder environment(Environment env) {
            this.env = Require.notNull(env, "environment");
            return this;
        }

        /** Sets the client to send through: see {@link BalancedClient#wrap}. Excludes the settings of own transports below. */
        public Builder transport(HttpClient transport) {
            this.transport = Require.notNull(transport, "transport");
            return this;
        }

        /**
         * Sets the longest time for a connection to be made, TLS included. Default 2 s: within one data centre a connection takes
         * milliseconds, and a lost SYN is repeated after one second.
         */
        public Builder connectTimeout(Duration connectTimeout) {
            Require.positiveNanos(connectTimeout, "connect timeout");
            return own("connectTimeout", connectTimeout);
        }

        /** Sets TLS keys and trust for services without their own, and for hosts that are no service; default the JDK's. */
        public Builder sslContext(SSLContext sslContext) {
            return tls(TlsSource.of(sslContext));
        }

        /** Sets where they come from, if they are exchanged while in use. */
        public Builder tls(TlsSource tls) {
            return own("tls", Require.notNull(tls, "TLS"));
        }

        /** Sets TLS parameters for services without their own, and for hosts that are no service. */
        public Builder sslParameters(SSLParameters sslParameters) {
            TransportRules.checkVersions(Require.notNull(sslParameters, "SSL parameters"), "SSL parameters");
            return own("sslParameters", sslParameters);
        }

        /** Sets the preferred version over TLS; default HTTP/2. Plain http is always HTTP/1.1: upgrades confuse servers. */
        public Builder version(Version version) {
            return own("version", Require.notNull(version, "version"));
        }

        /** Sets the executor of the transports; default the environment's. */
        public Builder executor(Executor executor) {
            return own("executor", Require.notNull(executor, "executor"));
        }

        /** Sets the proxy selector, which is asked with the endpoint's URI; default the JDK's. */
        public Builder proxy(ProxySelector proxy) {
            return own("proxy", Require.notNull(proxy, "proxy"));
        }

        /** Sets the age at which connections are replaced by new ones, so that new DNS and trust take effect; default never. */
        public Builder maxConnectionAge(Duration age) {
            Require.positiveNanos(age, "max connection age");
            return own("maxConnectionAge", age);
        }

        private Builder own(String name, Object value) {
            ownSettings.put(name, value);
            return this;
        }

        /**
         * The client; discovery begins.
         *
         * @throws IllegalArgumentException for settings that do not go together, an unknown provider, or a bad setting of one
         */
        public BalancedClient build() {
            TransportRules.checkProcess();
            HttpClient wrapped = transport;
            OwnTransports own = new OwnTransports(ownSettings, env);
            services.values()
                    .forEach(service -> TransportRules.checkVersions(
                            service.sslParameters(), "SSL parameters of " + service.name()));
            if (wrapped != null) {
                TransportRules.checkWrapped(wrapped, services.values(), ownSettings.keySet());
            }
            Providers providers = Providers.load();
            Map<String, ServiceRuntime> runtimes = new LinkedHashMap<>();
            services.forEach(
                    (name, service) -> runtimes.put(name, new ServiceRuntime(service.resolve(providers, env), env)));
            return wrapped != null
                    ? new BalancedClient(env, runtimes, Transports.wrapped(wrapped, env), wrapped)
                    : new BalancedClient(env, runtimes, own.transports(), own.shown());
        }
    }
}
