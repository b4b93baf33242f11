package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

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
    private final SSLContext tls;
    private final SSLParameters parameters;
    private final Script script;
    private final List<Request> heads = new CopyOnWriteArrayList<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Connection> connections = new CopyOnWriteArrayList<>();
    private final Map<Integer, CountDownLatch> marks = new ConcurrentHashMap<>();
    private final CountDownLatch firstHead = new CountDownLatch(1);
    private final CountDownLatch firstRequest = new CountDownLatch(1);
    private final CountDownLatch clientGone = new CountDownLatch(1);

    private FaultServer(ServerSocket listener, SSLContext tls, SSLParameters parameters, Script script) {
        this.listener = listener;
        this.tls = tls;
        this.parameters = parameters;
        this.script = script;
    }

    static FaultServer start(Script script) {
        return start(null, null, script);
    }

    static FaultServer startTls(SSLContext context, Script script) {
        // TLS is layered over plain sockets, so that a script can end the connection beneath it. What the context sets
        // on
        // server sockets of its own, such as the demand for a client's certificate, is taken over.
        try (ServerSocket example =
                context.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            return start(context, ((SSLServerSocket) example).getSSLParameters(), script);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static FaultServer start(SSLContext context, SSLParameters parameters, Script script) {
        try {
            ServerSocket listener = new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
            FaultServer server = new FaultServer(listener, context, parameters, script);
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

    /** Sends the headers and a part of the body, then nothing: the JDK's client waits for ever. */
    static Script stallingBody() {
        return connection -> {
            connection.read();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
            connection.stall();
        };
    }

    /** Announces a body of negative length: the JDK's client waits for ever. */
    static Script negativeLength() {
        return connection -> {
            connection.read();
            connection.send("HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n");
            connection.stall();
        };
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
                Socket socket = listener.accept();
                CountDownLatch mark = marks.remove(socket.getPort());
                if (mark != null) {
                    socket.close();
                    mark.countDown();
                    continue;
                }
                Connection connection = new Connection(socket);
                connections.add(connection);
                threads.execute(connection::run);
            } catch (IOException e) {
                threads.shutdown();
                return;
            }
        }
    }

    String url() {
        return (tls == null ? "http" : "https") + "://127.0.0.1:" + listener.getLocalPort();
    }

    int port() {
        return listener.getLocalPort();
    }

    /** The requests that were read whole. */
    List<Request> requests() {
        return requests;
    }

    /** The requests whose head was read, whether or not the body came; they have no body here. */
    List<Request> heads() {
        return heads;
    }

    /** How many connections there were until now: one that is our own, behind them in the queue, is waited for. */
    int connections() {
        try (Socket own = new Socket()) {
            own.bind(new InetSocketAddress(listener.getInetAddress(), 0));
            CountDownLatch mark = new CountDownLatch(1);
            marks.put(own.getLocalPort(), mark);
            own.connect(listener.getLocalSocketAddress());
            mark.await();
        } catch (IOException e) {
            assertThat(listener.isClosed()).isTrue(); // nobody is in the queue
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return connections.size();
    }

    /** Waits until the head of a request was read. */
    void awaitHead() throws InterruptedException {
        firstHead.await();
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
                connection.raw.close(); // not by the farewell of TLS, which could block
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** One connection, as its script sees it; of a TLS server, what is read and sent is inside TLS. */
    final class Connection {

        private final Socket raw;
        private Socket socket;
        private RequestReader in;

        private Connection(Socket raw) {
            this.raw = raw;
        }

        private void run() {
            try (raw) {
                raw.setTcpNoDelay(true);
                socket = tls == null ? raw : layered();
                in = new RequestReader(socket.getInputStream());
                script.run(this);
                socket.close();
            } catch (IOException e) {
                left(); // a reset by the client ends a script, too
            }
        }

        private SSLSocket layered() throws IOException {
            SSLSocket secured = (SSLSocket) tls.getSocketFactory().createSocket(raw, "127.0.0.1", raw.getPort(), true);
            secured.setUseClientMode(false);
            secured.setSSLParameters(parameters);
            return secured;
        }

        /** The TLS socket, for settings before the first byte is read, and for more handshakes. */
        SSLSocket tls() {
            return (SSLSocket) socket;
        }

        /** What the client sends, beyond what was read. */
        InputStream in() {
            return in.stream();
        }

        /** The next request, read whole, or null when the client has closed. */
        Request read() throws IOException {
            Request head = readHead();
            if (head == null) {
                return null;
            }
            Request whole = new Request(head.method(), head.target(), head.headers(), in.body(head));
            requests.add(whole);
            received();
            return whole;
        }

        /** Tells those who wait that a request was read whole. */
        void received() {
            firstRequest.countDown();
        }

        /** Tells those who wait that the client has closed. */
        void left() {
            clientGone.countDown();
        }

        /** The head of the next request only, or null when the client has closed. */
        Request readHead() throws IOException {
            Request head = in.head();
            if (head == null) {
                left();
                return null;
            }
            heads.add(head);
            firstHead.countDown();
            return head;
        }

        void send(String text) throws IOException {
            send(text.getBytes(StandardCharsets.ISO_8859_1));
        }

        void send(byte[] bytes) throws IOException {
            socket.getOutputStream().write(bytes);
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
            while (in().read() != -1) {
                continue; // what it still sends does not matter
            }
            left();
        }

        /** Ends what is sent with FIN; of a TLS server without its farewell, as when its process dies. */
        void finish() throws IOException {
            raw.shutdownOutput();
        }

        /** Closes with RST. */
        void reset() throws IOException {
            raw.setSoLinger(true, 0);
            raw.close();
        }
    }
}
