package io.fairlead.examples;

import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.eclipse.jetty.alpn.server.ALPNServerConnectionFactory;
import org.eclipse.jetty.http2.server.HTTP2ServerConnectionFactory;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.ssl.SslContextFactory;

/**
 * One server of the fault table, a process of its own: HTTP/1.1 on one port, TLS with HTTP/2 or HTTP/1.1 on another. Whatever its fault, it books
 * a payment before it misbehaves: a fault after the booking is the one that pays twice.
 *
 * <p>Commands are lines of its input: the name of a {@link Fault}, or {@code certificate} and the file of one. Ends with its input, and so
 * with its parent.
 */
final class FaultyJetty extends Handler.Abstract {

    /** How it misbehaves once it has booked. */
    enum Fault {
        NONE,
        RESET,
        SLOW_FIRST_BYTE,
        SLOW_BODY,
        STATUS_500,
        STATUS_503,
        GARBAGE,
        KILLED_AFTER_COMMIT
    }

    /** Longer than the calls of the table wait. */
    private static final long SLOW_SECONDS = 4;

    private static final String PASSWORD = RunCertificates.PASSWORD;

    private final LedgerPort.Client ledger;
    private final Server server = new Server();
    private final SslContextFactory.Server tls = new SslContextFactory.Server();
    private final ServerConnector plain;
    private final ServerConnector secure;
    private volatile Fault fault = Fault.NONE;

    private FaultyJetty(int ledgerPort, int plainPort, int securePort, String certificate) throws Exception {
        ledger = new LedgerPort.Client(ledgerPort);
        HttpConfiguration http = new HttpConfiguration();
        plain = connector(plainPort, new ServerConnector(server, new HttpConnectionFactory(http)));
        tls.setKeyStorePath(certificate);
        tls.setKeyStorePassword(PASSWORD);
        ALPNServerConnectionFactory alpn = new ALPNServerConnectionFactory();
        alpn.setDefaultProtocol("http/1.1");
        secure = connector(
                securePort,
                new ServerConnector(
                        server,
                        new SslConnectionFactory(tls, "alpn"),
                        alpn,
                        new HTTP2ServerConnectionFactory(http),
                        new HttpConnectionFactory(http)));
        server.setHandler(this);
        server.start();
    }

    private ServerConnector connector(int port, ServerConnector connector) {
        connector.setHost("127.0.0.1");
        connector.setPort(port);
        server.addConnector(connector);
        return connector;
    }

    /** Arguments: ports of the ledger, of HTTP/1.1 and of TLS (0 for any), and the file of the certificate. */
    public static void main(String[] args) throws Exception {
        FaultyJetty jetty = new FaultyJetty(
                Integer.parseInt(args[0]), Integer.parseInt(args[1]), Integer.parseInt(args[2]), args[3]);
        System.out.println("ready " + jetty.plain.getLocalPort() + " " + jetty.secure.getLocalPort());
        ChildProcess.readLines(System.in, jetty::obey);
        Runtime.getRuntime().halt(0);
    }

    private void obey(String command) throws Exception {
        if (command.startsWith("certificate ")) {
            tls.reload(factory -> factory.setKeyStorePath(command.substring("certificate ".length())));
            secure.getConnectedEndPoints().forEach(EndPoint::close); // whoever is connected has seen the old one
        } else {
            fault = Fault.valueOf(command);
        }
        System.out.println("done");
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Fault now = fault;
        String body = Content.Source.asString(request, StandardCharsets.UTF_8);
        if (request.getMethod().equals("POST")) {
            ledger.book(body, request.getHeaders().get("Idempotency-Key"));
        }
        misbehave(now, request, response, callback);
        return true;
    }

    private static void misbehave(Fault now, Request request, Response response, Callback callback) throws Exception {
        switch (now) {
            case NONE -> answer(response, 200, "booked", callback);
            case RESET -> reset(endPoint(request));
            case SLOW_FIRST_BYTE -> {
                TimeUnit.SECONDS.sleep(SLOW_SECONDS);
                answer(response, 200, "booked", callback);
            }
            case SLOW_BODY -> slowBody(response, callback);
            case STATUS_500 -> answer(response, 500, "broken", callback);
            case STATUS_503 -> {
                response.getHeaders().put("Retry-After", "1");
                answer(response, 503, "busy", callback);
            }
            case GARBAGE -> garbage(endPoint(request));
            case KILLED_AFTER_COMMIT -> Runtime.getRuntime().halt(137);
        }
    }

    private static void answer(Response response, int status, String text, Callback callback) {
        response.setStatus(status);
        Content.Sink.write(response, true, text, callback);
    }

    private static void slowBody(Response response, Callback callback) throws Exception {
        response.getHeaders().put("Content-Length", 6);
        Content.Sink.write(response, false, ByteBuffer.wrap(new byte[] {'b', 'o', 'o'}));
        TimeUnit.SECONDS.sleep(SLOW_SECONDS);
        Content.Sink.write(response, true, "ked", callback);
    }

    private static EndPoint endPoint(Request request) {
        return request.getConnectionMetaData().getConnection().getEndPoint();
    }

    /* SO_LINGER of 0: the kernel answers with RST instead of FIN. */
    private static void reset(EndPoint endPoint) throws Exception {
        Object transport = endPoint.getTransport();
        while (transport instanceof EndPoint beneath) {
            transport = beneath.getTransport(); // TLS stands upon another
        }
        SocketChannel channel = (SocketChannel) transport;
        SocketOption<Integer> linger = StandardSocketOptions.SO_LINGER;
        channel.setOption(linger, 0);
        channel.close();
    }

    /* Within TLS where there is TLS: what is no HTTP of either version. */
    private static void garbage(EndPoint endPoint) throws Exception {
        ByteBuffer bytes = ByteBuffer.wrap(
                "\u0000\u0001garbage!\u0002\u0003 no HTTP at all\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
        while (bytes.hasRemaining() && !endPoint.flush(bytes)) {
            Thread.onSpinWait();
        }
        endPoint.close();
    }
}
