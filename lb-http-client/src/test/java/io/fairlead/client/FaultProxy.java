package io.fairlead.client;

import io.fairlead.client.FaultServer.Connection;
import io.fairlead.client.FaultServer.Request;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A forward proxy on loopback, for plain requests (an absolute URI in the request line) and for tunnels (CONNECT). */
final class FaultProxy implements AutoCloseable {

    private final FaultServer server;

    private FaultProxy(FaultServer.Script script) {
        server = FaultServer.start(script);
    }

    /** A proxy of one's own making; its requests are read as a server's. */
    static FaultProxy start(FaultServer.Script script) {
        return new FaultProxy(script);
    }

    /** Passes requests and tunnels on to where they want to go. */
    static FaultProxy relaying() {
        return start(connection -> {
            Request request = connection.read();
            if (request != null && request.method().equals("CONNECT")) {
                tunnel(connection, request.target());
            } else if (request != null) {
                forward(connection, request);
            }
        });
    }

    /** Answers in the server's place, plain requests and CONNECT alike. */
    static FaultProxy answering(int status, String body, String... headers) {
        return start(FaultServer.answering(status, body, headers));
    }

    ProxySelector selector() {
        return ProxySelector.of(new InetSocketAddress("127.0.0.1", server.port()));
    }

    int connections() {
        return server.connections();
    }

    /** The requests that the proxy itself could read: CONNECT, but nothing of what went through the tunnel. */
    List<Request> requests() {
        return server.requests();
    }

    @Override
    public void close() {
        server.close();
    }

    private static void forward(Connection connection, Request request) throws IOException {
        URI uri = URI.create(request.target());
        StringBuilder head = new StringBuilder(request.method() + " " + uri.getRawPath() + " HTTP/1.1\r\n");
        request.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
        try (Socket origin = new Socket(uri.getHost(), uri.getPort())) {
            OutputStream out = origin.getOutputStream();
            out.write((head + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            out.write(request.body());
            out.flush();
            origin.shutdownOutput(); // the server answers, reads the end and closes
            pump(origin.getInputStream(), connection);
        }
    }

    private static void tunnel(Connection connection, String authority) throws IOException {
        URI uri = URI.create("tunnel://" + authority);
        try (Socket origin = new Socket(uri.getHost(), uri.getPort())) {
            connection.send("HTTP/1.1 200 Connection established\r\n\r\n");
            Thread upstream = new Thread(() -> upstream(connection, origin));
            upstream.setDaemon(true);
            upstream.start();
            pump(origin.getInputStream(), connection);
        }
    }

    private static void upstream(Connection connection, Socket origin) {
        try {
            connection.in().transferTo(origin.getOutputStream());
            origin.shutdownOutput();
        } catch (IOException e) {
            return; // either side has gone: so does the tunnel
        }
    }

    private static void pump(InputStream from, Connection to) throws IOException {
        byte[] buffer = new byte[8192];
        for (int n = from.read(buffer); n != -1; n = from.read(buffer)) {
            to.send(java.util.Arrays.copyOf(buffer, n));
        }
    }
}
