package io.fairlead.health;

import io.fairlead.HealthProbe;
import io.fairlead.Target;
import java.net.http.HttpClient;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** Asks by a TLS handshake. */
final class TlsProbe implements HealthProbe {

    /*
     * The engine is made for port 0: the JDK caches sessions by host and port, and a session of the traffic that was resumed would
     * skip the certificate, which is what the probe is for. The port has no part in the verification.
     */
    private static final int NO_SESSIONS = 0;

    private final @Nullable SSLContext context;
    private final @Nullable String name;

    TlsProbe(@Nullable SSLContext context, @Nullable String name) {
        this.context = context;
        this.name = name;
    }

    @Override
    public CompletionStage<Void> probe(Target target, HttpClient transport) {
        CompletableFuture<Void> result = new CompletableFuture<>();
        Executor executor = TcpProbe.executor(transport);
        TcpProbe.connect(
                target,
                executor,
                result,
                channel -> new TlsHandshake(channel, engine(target, transport), executor, result).begin());
        return result;
    }

    private SSLEngine engine(Target target, HttpClient transport) {
        String host = target.uri().getHost().replaceAll("^\\[|]$", "");
        String expected = name != null ? name : host;
        SSLContext tls = context != null ? context : transport.sslContext();
        SSLEngine engine = tls.createSSLEngine(expected, NO_SESSIONS);
        engine.setUseClientMode(true);
        SSLParameters parameters = context != null ? engine.getSSLParameters() : transport.sslParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        if (!address(expected)) {
            parameters.setServerNames(List.of(new SNIHostName(expected)));
        }
        if (parameters.getApplicationProtocols().length == 0) { // what the traffic would offer: some servers insist
            parameters.setApplicationProtocols(new String[] {"h2", "http/1.1"});
        }
        engine.setSSLParameters(parameters);
        return engine;
    }

    /** An address has no place in SNI (RFC 6066 §3). */
    private static boolean address(String host) {
        return host.contains(":") || host.matches("[0-9.]+");
    }

    @Override
    public String toString() {
        return name == null ? "TlsProbe" : "TlsProbe[" + name + "]";
    }
}
