package io.fairlead.client;

import io.fairlead.testing.PartnerChecks;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http2.server.HTTP2CServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.SecureRequestCustomizer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/** Jetty over HTTP/1.1 or HTTP/2 that hands on what arrived, raw: no path is decoded or tidied. */
final class JettyServer implements AutoCloseable {

    /** One request. Header names are in lower case; the target is path and query as on the wire. */
    record Arrived(
            String version,
            String method,
            String scheme,
            String authority,
            String target,
            Map<String, List<String>> headers,
            byte[] body)
            implements PartnerChecks.Arrived {

        String header(String name) {
            List<String> values = headers.getOrDefault(name, List.of());
            if (values.size() != 1) {
                throw new AssertionError(name + " is there " + values.size() + " times");
            }
            return values.get(0);
        }

        String path() {
            return target.split("\\?", 2)[0];
        }

        /** Null for none. */
        String query() {
            return target.contains("?") ? target.split("\\?", 2)[1] : null;
        }
    }

    /** What is answered, and with which headers beside. */
    record Answer(int status, String text, Map<String, String> headers) {}

    private final Server server = new Server();
    private final ServerConnector connector;
    private final String scheme;

    /** @param context null for none, and HTTP/2 by upgrade only; over TLS the client chooses between HTTP/1.1 and HTTP/2 */
    JettyServer(SSLContext context, Function<Arrived, Answer> script) throws Exception {
        scheme = context == null ? "http" : "https";
        HttpConfiguration http = new HttpConfiguration();
        http.setUriCompliance(UriCompliance.UNSAFE);
        http.setSendDateHeader(false);
        SecureRequestCustomizer secure = new SecureRequestCustomizer();
        secure.setSniHostCheck(false);
        http.addCustomizer(secure);
        connector = new ServerConnector(server, context == null ? plain(http) : tls(http, context));
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        server.addConnector(connector);
        server.setHandler(new Handler.Abstract() {
            @Override
            public boolean handle(Request request, Response response, Callback callback) throws Exception {
                Answer answer;
                try {
                    answer = script.apply(arrived(request));
                } catch (RuntimeException | AssertionError e) {
                    answer = new Answer(400, String.valueOf(e), Map.of());
                }
                response.setStatus(answer.status());
                answer.headers().forEach(response.getHeaders()::put);
                Content.Sink.write(response, true, answer.text(), callback);
                return true;
            }
        });
        server.start();
    }

    private static ConnectionFactory[] plain(HttpConfiguration http) {
        return new ConnectionFactory[] {new HttpConnectionFactory(http), new HTTP2CServerConnectionFactory(http)};
    }

    private static ConnectionFactory[] tls(HttpConfiguration http, SSLContext context) {
        SslContextFactory.Server tls = new SslContextFactory.Server();
        tls.setSslContext(context);
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
        alpn.setDefaultProtocol("http/1.1");
        return new ConnectionFactory[] {
            new SslConnectionFactory(tls, "alpn"),
            alpn,
            new HTTP2ServerConnectionFactory(http),
            new HttpConnectionFactory(http)
        };
    }

    private Arrived arrived(Request request) throws Exception {
        Map<String, List<String>> headers = new TreeMap<>();
        for (HttpField field : request.getHeaders()) {
            headers.computeIfAbsent(field.getName().toLowerCase(Locale.ROOT), n -> new ArrayList<>())
                    .add(field.getValue());
        }
        ByteBuffer body = Content.Source.asByteBuffer(request);
        byte[] bytes = new byte[body.remaining()];
        body.get(bytes);
        String host = headers.containsKey("host")
                ? headers.get("host").get(0)
                : request.getHttpURI().getAuthority();
        return new Arrived(
                request.getConnectionMetaData().getProtocol(),
                request.getMethod(),
                scheme,
                host,
                request.getHttpURI().getPathQuery(),
                headers,
                bytes);
    }

    int port() {
        return connector.getLocalPort();
    }

    String url() {
        return scheme + "://127.0.0.1:" + connector.getLocalPort();
    }

    @Override
    public void close() {
        try {
            server.stop();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
