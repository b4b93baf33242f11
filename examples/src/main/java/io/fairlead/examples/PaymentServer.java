package io.fairlead.examples;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One server of the partner: HTTP/1.1 on a real socket, with a speed and a fault of its own that change while it runs. */
final class PaymentServer implements AutoCloseable {

    /** How it misbehaves. */
    enum Fault {
        NONE,
        SLOW,
        FAILS_FAST,
        COMMITS_AND_DROPS
    }

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long SLOW_MILLIS = 700;

    private final Ledger ledger;
    private final Gate gate;
    private final long workMillis;
    private final Set<Socket> connections = ConcurrentHashMap.newKeySet();
    private final ExecutorService threads = Executors.newCachedThreadPool(PaymentServer::daemon);
    private final int port;
    private volatile Fault fault = Fault.NONE;
    private volatile ServerSocket listener;

    PaymentServer(Ledger ledger, Gate gate, long workMillis) {
        this.ledger = ledger;
        this.gate = gate;
        this.workMillis = workMillis;
        this.listener = listen(0);
        this.port = listener.getLocalPort();
        threads.execute(() -> accept(listener));
    }

    private static Thread daemon(Runnable task) {
        Thread thread = new Thread(task, "payment-server");
        thread.setDaemon(true);
        return thread;
    }

    private static ServerSocket listen(int port) {
        try {
            ServerSocket socket = new ServerSocket();
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 200);
            return socket;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    String url() {
        return "http://127.0.0.1:" + port;
    }

    void fault(Fault fault) {
        this.fault = fault;
    }

    /** Dies as a process dies: no more listening, every connection reset. */
    void kill() {
        try {
            listener.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        connections.forEach(PaymentServer::reset);
    }

    /** Comes back on the same port. */
    void restart() {
        ServerSocket again = listen(port);
        listener = again;
        threads.execute(() -> accept(again));
    }

    @Override
    public void close() {
        kill();
        threads.shutdown();
    }

    private static void reset(Socket socket) {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            System.err.println("closing a connection failed: " + e.getMessage());
        }
    }

    private void accept(ServerSocket from) {
        while (!from.isClosed()) {
            try {
                Socket socket = from.accept();
                connections.add(socket);
                threads.execute(() -> serve(socket));
            } catch (IOException e) {
                return; // killed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            for (Head head = Head.read(in); head != null; head = Head.read(in)) {
                byte[] body = in.readNBytes(Integer.parseInt(head.header("content-length", "0")));
                if (!answer(socket, head, body)) {
                    reset(socket);
                    return;
                }
            }
        } catch (IOException | InterruptedException e) {
            return; // the client went away, or we were killed
        } finally {
            connections.remove(socket);
        }
    }

    /** Returns false to drop the connection. */
    private boolean answer(Socket socket, Head head, byte[] body) throws IOException, InterruptedException {
        Fault now = fault;
        if (now == Fault.FAILS_FAST) {
            send(socket, new Ledger.Answer(502, "{\"error\":\"acquirer link down\"}"));
            return true;
        }
        TimeUnit.MILLISECONDS.sleep(now == Fault.SLOW ? SLOW_MILLIS : workMillis);
        Ledger.Answer answer = decide(head, body);
        if (now == Fault.COMMITS_AND_DROPS) {
            return false;
        }
        send(socket, answer);
        return true;
    }

    private Ledger.Answer decide(Head head, byte[] body) throws IOException {
        URI target = URI.create(head.target());
        byte[] opened;
        try {
            Gate.Arrival arrival = new Gate.Arrival(
                    head.method(), head.header("host", ""), target.getRawPath(), target.getRawQuery(), head.headers());
            opened = gate.open(arrival, body);
        } catch (GeneralSecurityException e) {
            return new Ledger.Answer(401, "{\"error\":\"" + e.getMessage() + "\"}");
        }
        if (!head.method().equals("POST")) {
            return new Ledger.Answer(200, "{\"status\":\"ok\"}");
        }
        String key = head.header("idempotency-key", "");
        if (key.isEmpty()) {
            return new Ledger.Answer(400, "{\"error\":\"Idempotency-Key is missing\"}");
        }
        JsonNode payment = JSON.readTree(opened);
        return ledger.once(key, () -> pay(payment));
    }

    private Ledger.Answer pay(JsonNode payment) {
        String id = payment.path("paymentId").asText();
        long amount = payment.path("amount").asLong();
        if (amount % 100 == 13) { // the test amount of declined cards
            return new Ledger.Answer(402, "{\"paymentId\":\"" + id + "\",\"status\":\"declined\"}");
        }
        ledger.book(id, amount);
        return new Ledger.Answer(201, "{\"paymentId\":\"" + id + "\",\"status\":\"booked\"}");
    }

    private static void send(Socket socket, Ledger.Answer answer) throws IOException {
        byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + answer.status() + " \r\nContent-Type: application/json\r\nContent-Length: "
                + body.length + "\r\n\r\n";
        socket.getOutputStream().write((head + answer.body()).getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /** The head of a request. */
    private record Head(String method, String target, Map<String, List<String>> headers) {

        static @Nullable Head read(InputStream in) throws IOException {
            String first = line(in);
            if (first == null) {
                return null;
            }
            Map<String, List<String>> headers = new TreeMap<>();
            for (String line = line(in); line != null && !line.isEmpty(); line = line(in)) {
                int colon = line.indexOf(':');
                headers.computeIfAbsent(line.substring(0, colon).toLowerCase(Locale.ROOT), name -> new ArrayList<>())
                        .add(line.substring(colon + 1).trim());
            }
            String[] parts = first.split(" ", -1);
            return new Head(parts[0], parts[1], headers);
        }

        String header(String name, String whenAbsent) {
            return headers.getOrDefault(name, List.of(whenAbsent)).get(0);
        }

        private static @Nullable String line(InputStream in) throws IOException {
            StringBuilder line = new StringBuilder();
            for (int c = in.read(); c != '\n'; c = in.read()) {
                if (c == -1) {
                    return null;
                }
                if (c != '\r') {
                    line.append((char) c);
                }
            }
            return line.toString();
        }
    }
}
