package io.fairlead.client;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;

/** A real TCP (or TLS) server on loopback whose connections follow a script, down to the byte and the RST. */
final class FaultServer implements AutoCloseable {

    /** What happens on one connection; it is closed when the script returns. */
    @FunctionalInterface
    interface Script {
        void run(Connection connection) throws IOException;
    }

    /** One request as it was read. */
    record Request(String method, String target, Map<String, String> headers, byte[] body) {
        String text() {
            return new String(body, StandardCharsets.UTF_8);
        }
    }

    private final ServerSocket listener;
    private final String scheme;
    private final Script script;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final CountDownLatch firstRequest = new CountDownLatch(1);
    private final CountDownLatch clientGone = new CountDownLatch(1);

    private FaultServer(ServerSocket listener, String scheme, Script script) {
        this.listener = listener;
        this.scheme = scheme;
        this.script = script;
    }

    static FaultServer start(Script script) {
        return start(ServerSocketFactory.getDefault(), "http", script);
    }

    static FaultServer startTls(SSLContext context, Script script) {
        return start(context.getServerSocketFactory(), "https", script);
    }

    private static FaultServer start(ServerSocketFactory sockets, String scheme, Script script) {
        try {
            ServerSocket listener = sockets.createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
            FaultServer server = new FaultServer(listener, scheme, script);
            Thread acceptor = new Thread(server::accept, "fault-server-" + listener.getLocalPort());
            acceptor.setDaemon(true);
            acceptor.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A port on which nobody listens: connections are refused. */
    static String refusing() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return "http://127.0.0.1:" + socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Answers every request on a connection with this status and body. */
    static Script answering(int status, String body, String... headers) {
        return connection -> {
            while (connection.read() != null) {
                connection.answer(status, body, headers);
            }
        };
    }

    static Script ok(String body) {
        return answering(200, body);
    }

    private void accept() {
        var threads = Executors.newCachedThreadPool(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        while (!listener.isClosed()) {
            try {
                Connection connection = new Connection(listener.accept());
                connections.add(connection);
                threads.execute(connection::run);
            } catch (IOException e) {
                threads.shutdown();
                return;
            }
        }
    }

    String url() {
        return scheme + "://127.0.0.1:" + listener.getLocalPort();
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The requests that were read whole. */
    List<Request> requests() {
        return requests;
    }

    int connections() {
        return connections.size();
    }

    /** Waits until a request was read whole. */
    void awaitRequest() throws InterruptedException {
        firstRequest.await();
    }

    /** Waits until the client has closed a connection on which the script was stalling. */
    void awaitClientGone() throws InterruptedException {
        clientGone.await();
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Connection connection : connections) {
                connection.socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One connection, as its script sees it. */
    final class Connection {

        private final Socket socket;
        private InputStream in;

        private Connection(Socket socket) {
            this.socket = socket;
        }

        private void run() {
            try (socket) {
                socket.setTcpNoDelay(true);
                in = new BufferedInputStream(socket.getInputStream());
                script.run(this);
            } catch (IOException e) {
                clientGone.countDown(); // a reset by the client ends a script, too
            }
        }

        /** The next request, read whole, or null when the client has closed. */
        Request read() throws IOException {
            Request head = readHead();
            if (head == null) {
                return null;
            }
            byte[] body = "chunked".equals(head.headers().get("transfer-encoding"))
                    ? readChunked()
                    : in.readNBytes(Integer.parseInt(head.headers().getOrDefault("content-length", "0")));
            Request whole = new Request(head.method(), head.target(), head.headers(), body);
            requests.add(whole);
            firstRequest.countDown();
            return whole;
        }

        /** The head of the next request only. */
        Request readHead() throws IOException {
            String first = line();
            if (first == null) {
                clientGone.countDown();
                return null;
            }
            Map<String, String> headers = new TreeMap<>();
            for (String line = line(); line != null && !line.isEmpty(); line = line()) {
                int colon = line.indexOf(':');
                headers.merge(
                        line.substring(0, colon).toLowerCase(Locale.ROOT),
                        line.substring(colon + 1).trim(),
                        (a, b) -> a + ", " + b);
            }
            String[] parts = first.split(" ");
            return new Request(parts[0], parts[1], headers, new byte[0]);
        }

        private byte[] readChunked() throws IOException {
            ByteArrayOutputStream body = new ByteArrayOutputStream();
            for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
                body.write(in.readNBytes(size));
                line();
            }
            line();
            return body.toByteArray();
        }

        private String line() throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c == -1) {
                    return line.length() == 0 ? null : line.toString();
                }
                if (c != '\r') {
                    line.append((char) c);
                }
            }
            return line.toString();
        }

        void send(String text) throws IOException {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
            socket.getOutputStream().flush();
        }

        void answer(int status, String body, String... headers) throws IOException {
            StringBuilder head = new StringBuilder("HTTP/1.1 " + status + " Some\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            send(head + "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
        }

        /** Holds the connection until the client closes it. */
        void stall() throws IOException {
            while (in.read() != -1) {
                continue; // what it still sends does not matter
            }
            clientGone.countDown();
        }

        /** Closes with RST. */
        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }
    }
}
