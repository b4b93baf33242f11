package io.fairlead.health;

import io.fairlead.Target;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;

/** A server on a real socket that does to each connection what the test says. */
final class ProbedServer implements AutoCloseable {

    /** What is done to a connection; it is closed when this returns. */
    @FunctionalInterface
    interface Script {
        void run(Connection connection) throws IOException;
    }

    private final ServerSocket listener;
    private final Script script;
    private final String scheme;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final LinkedBlockingQueue<String> ends = new LinkedBlockingQueue<>();
    private final List<String> requests = new CopyOnWriteArrayList<>();

    private ProbedServer(ServerSocket listener, String scheme, Script script) {
        this.listener = listener;
        this.scheme = scheme;
        this.script = script;
        daemon(this::accept);
    }

    static ProbedServer plain(Script script) throws IOException {
        return new ProbedServer(new ServerSocket(0, 50, InetAddress.getByName("127.0.0.1")), "http", script);
    }

    static ProbedServer tls(SSLContext context, Script script, String... protocols) throws IOException {
        SSLServerSocket listener = (SSLServerSocket)
                context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        var parameters = listener.getSSLParameters();
        parameters.setApplicationProtocols(protocols);
        listener.setSSLParameters(parameters);
        return new ProbedServer(listener, "https", script);
    }

    /** Reads a request and answers it so, again and again. */
    static Script answering(String response) {
        return connection -> {
            while (!connection.request().isEmpty()) {
                connection.write(response);
            }
        };
    }

    static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "probed-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                sockets.add(socket);
                daemon(() -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            script.run(new Connection(socket));
            ends.add("done");
        } catch (IOException e) {
            ends.add("broken");
        }
    }

    Target target() {
        return Target.of(scheme + "://127.0.0.1:" + listener.getLocalPort());
    }

    /** The requests, head and body. */
    List<String> requests() {
        return requests;
    }

    int connections() {
        return sockets.size();
    }

    /** Waits until a script has ended, and says whether it did so by itself ("done") or by the client's closing ("broken"). */
    String end() throws InterruptedException {
        return ends.poll(20, TimeUnit.SECONDS);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    final class Connection {

        private final InputStream in;
        private final OutputStream out;

        Connection(Socket socket) throws IOException {
            in = new BufferedInputStream(socket.getInputStream());
            out = socket.getOutputStream();
        }

        InputStream in() {
            return in;
        }

        OutputStream out() {
            return out;
        }

        void write(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }

        /** Reads until the client closes. */
        void awaitClose() throws IOException {
            while (in.read() >= 0) {
                // what it sends is of no interest
            }
        }

        /** A request with its body, or empty at the end of the connection. */
        String request() throws IOException {
            StringBuilder text = new StringBuilder();
            while (text.indexOf("\r\n\r\n") < 0) {
                int next = in.read();
                if (next < 0) {
                    return "";
                }
                text.append((char) next);
            }
            String head = text.toString().toLowerCase(java.util.Locale.ROOT);
            int at = head.indexOf("content-length: ");
            if (at >= 0) {
                int length = Integer.parseInt(head.substring(at + 16, head.indexOf("\r\n", at)));
                text.append(new String(in.readNBytes(length), StandardCharsets.UTF_8));
            }
            requests.add(text.toString());
            return text.toString();
        }
    }
}
