package io.fairlead.client;

import io.fairlead.Require;
import io.fairlead.Service;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.NoSuchAlgorithmException;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/** What the client underneath must not do, because each would send requests that nobody here knows of. */
final class TransportRules {

    private static final String RESEND_ALL = "jdk.httpclient.enableAllMethodRetry";

    private TransportRules() {}

    /** Refuses a process whose JDK client resends POSTs by itself. */
    static void checkProcess() {
        String value = System.getProperty(RESEND_ALL);
        if (value == null) {
            value = netProperty(Path.of(System.getProperty("java.home"), "conf", "net.properties"));
        }
        if (value != null && (value.isEmpty() || Boolean.parseBoolean(value))) { // an empty value switches it on, too
            throw Require.bad(
                    "system property " + RESEND_ALL,
                    "\"" + value + "\"",
                    "unset or false: the JDK would resend a POST that the server has processed, and pay twice");
        }
    }

    /* The JDK's client reads its properties from this file as well. */
    private static @Nullable String netProperty(Path file) {
        Properties properties = new Properties();
        try (InputStream in = Files.newInputStream(file)) {
            properties.load(in);
        } catch (IOException e) {
            return null; // a JDK image without the file has no such setting
        }
        return properties.getProperty(RESEND_ALL);
    }

    static void checkWrapped(HttpClient client, Collection<Service> services, Set<String> ownSettings) {
        if (client.followRedirects() != HttpClient.Redirect.NEVER) {
            throw Require.bad(
                    "followRedirects of the wrapped client",
                    client.followRedirects(),
                    "NEVER: a redirect sends requests past the balancing; see Service.followRedirects");
        }
        if (client.authenticator().isPresent()) {
            throw Require.bad(
                    "authenticator of the wrapped client",
                    "set",
                    "none: it resends requests past the balancing; use a signer");
        }
        if (client.cookieHandler().isPresent()) {
            throw Require.bad(
                    "cookie handler of the wrapped client",
                    "set",
                    "none: cookies are kept by address and would cross services");
        }
        if (!ownSettings.isEmpty()) {
            throw Require.bad(
                    String.join(", ", ownSettings),
                    "set together with a transport",
                    "one or the other: a wrapped client has its own");
        }
        services.forEach(TransportRules::checkNoTls);
    }

    private static void checkNoTls(Service service) {
        if (service.tlsName() != null || service.tls() != null || service.sslParameters() != null) {
            throw Require.bad(
                    "TLS name, keys, trust or parameters of " + service.name(),
                    "set",
                    "unset with a wrapped client, whose TLS is its own: use BalancedClient.builder()");
        }
    }

    /** Refuses parameters whose protocols are all or in part older than TLS 1.2, which must not be used (RFC 8996). */
    static void checkVersions(@Nullable SSLParameters parameters, String setting) {
        String[] protocols = parameters == null ? null : parameters.getProtocols();
        if (protocols != null && !Stream.of(protocols).allMatch(TransportRules::isAllowed)) {
            throw Require.bad("protocols of the " + setting, List.of(protocols), "TLSv1.2 and TLSv1.3 (RFC 8996)");
        }
    }

    static boolean isAllowed(String protocol) {
        return protocol.equals("TLSv1.3") || protocol.equals("TLSv1.2");
    }

    static SSLContext defaultContext() {
        try {
            return SSLContext.getDefault();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has no default SSL context", e);
        }
    }
}
