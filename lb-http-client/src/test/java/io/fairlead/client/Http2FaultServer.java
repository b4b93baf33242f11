package io.fairlead.client;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;

/** A TLS server on loopback that speaks just enough HTTP/2 (RFC 9113) to follow a script, frame by frame. */
final class Http2FaultServer implements AutoCloseable {

    /** Error codes of RST_STREAM and GOAWAY (RFC 9113, section 7). */
    static final int NO_ERROR = 0x0;

    static final int INTERNAL_ERROR = 0x2;
    static final int REFUSED_STREAM = 0x7;
    static final int CANCEL = 0x8;
    static final int HTTP_1_1_REQUIRED = 0xd;

    /** The last stream of a graceful GOAWAY, which leaves open how many are still served. */
    static final int ANY_STREAM = Integer.MAX_VALUE;

    private static final int DATA = 0x0;
    private static final int HEADERS = 0x1;
    private static final int RST_STREAM = 0x3;
    private static final int SETTINGS = 0x4;
    private static final int PING = 0x6;
    private static final int GOAWAY = 0x7;

    private static final int ACK = 0x1;
    private static final int END_STREAM = 0x1;
    private static final int END_HEADERS = 0x4;

    private static final int MAX_CONCURRENT_STREAMS = 0x3;
    private static final int PREFACE_BYTES = 24;

    /** What happens on one connection, after its preface; it is closed when the script returns. */
    @FunctionalInterface
    interface Script {
        void run(Peer peer) throws IOException;
    }

    /** A request that came whole: its stream and its body. The headers are not decoded. */
    record Request(int stream, String body) {}

    private final List<Integer> streams = new CopyOnWriteArrayList<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final FaultServer server;

    private Http2FaultServer(SSLContext context, int maxStreams, Script script) {
        server = FaultServer.startTls(context, connection -> {
            SSLParameters parameters = connection.tls().getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            connection.tls().setSSLParameters(parameters);
            Peer peer = new Peer(connection);
            peer.greet(maxStreams);
            script.run(peer);
        });
    }

    static Http2FaultServer start(SSLContext context, Script script) {
        return start(context, 100, script);
    }

    static Http2FaultServer start(SSLContext context, int maxStreams, Script script) {
        return new Http2FaultServer(context, maxStreams, script);
    }

    /** Answers every request with this status and body. */
    static Script answering(int status, String body) {
        return peer -> {
            for (Request request = peer.read(); request != null; request = peer.read()) {
                peer.answer(request.stream(), status, body);
            }
        };
    }

    String url() {
        return server.url();
    }

    int connections() {
        return server.connections();
    }

    /** The streams whose HEADERS came, whether or not their body did; several connections may use the same number. */
    List<Integer> streams() {
        return streams;
    }

    /** The requests that were read whole. */
    List<Request> requests() {
        return requests;
    }

    /** Waits until a request was read whole. */
    void awaitRequest() throws InterruptedException {
        server.awaitRequest();
    }

    /** Waits until the client has closed a connection on which the script was stalling. */
    void awaitClientGone() throws InterruptedException {
        server.awaitClientGone();
    }

    @Override
    public void close() {
        server.close();
    }

    /** One connection, as its script sees it. */
    final class Peer {

        private final FaultServer.Connection connection;
        private final Map<Integer, ByteArrayOutputStream> open = new HashMap<>();

        private int lastStream;
        private Request lastRequest;

        private Peer(FaultServer.Connection connection) {
            this.connection = connection;
        }

        private void greet(int maxStreams) throws IOException {
            if (in().readNBytes(PREFACE_BYTES).length < PREFACE_BYTES) {
                throw new EOFException("no preface");
            }
            byte[] setting = ByteBuffer.allocate(6)
                    .putShort((short) MAX_CONCURRENT_STREAMS)
                    .putInt(maxStreams)
                    .array();
            frame(SETTINGS, 0, 0, setting);
        }

        private DataInputStream in() {
            return new DataInputStream(connection.in());
        }

        /** The stream of the next HEADERS, without waiting for its body; 0 when the client has closed. */
        int readHeaders() throws IOException {
            lastStream = 0;
            while (lastStream == 0 && readFrame()) {
                continue; // settings, window updates
            }
            return lastStream;
        }

        /** The next request, read whole, or null when the client has closed. */
        Request read() throws IOException {
            lastRequest = null;
            while (lastRequest == null && readFrame()) {
                continue; // settings, window updates, parts of requests
            }
            return lastRequest;
        }

        /** Holds the connection, served as far as HTTP/2 itself is concerned, until the client closes it. */
        void stall() throws IOException {
            while (readFrame()) {
                continue; // settings and pings are acknowledged, requests are counted
            }
        }

        private boolean readFrame() throws IOException {
            byte[] head = in().readNBytes(9);
            if (head.length < 9) {
                connection.left();
                return false;
            }
            ByteBuffer buffer = ByteBuffer.wrap(head);
            int length = buffer.getShort() << 8 & 0xffff00 | buffer.get() & 0xff;
            int type = buffer.get();
            int flags = buffer.get();
            int stream = buffer.getInt();
            byte[] payload = new byte[length];
            in().readFully(payload);
            handle(type, flags, stream, payload);
            return true;
        }

        private void handle(int type, int flags, int stream, byte[] payload) throws IOException {
            if ((type == SETTINGS || type == PING) && (flags & ACK) == 0) {
                frame(type, ACK, 0, type == PING ? payload : new byte[0]);
            } else if (type == HEADERS) {
                open.put(stream, new ByteArrayOutputStream());
                streams.add(stream);
                lastStream = stream;
            } else if (type == DATA) {
                open.get(stream).write(payload);
            }
            if ((type == HEADERS || type == DATA) && (flags & END_STREAM) != 0) {
                lastRequest = new Request(stream, open.remove(stream).toString(StandardCharsets.UTF_8));
                requests.add(lastRequest);
                connection.received();
            }
        }

        private void frame(int type, int flags, int stream, byte[] payload) throws IOException {
            connection.send(ByteBuffer.allocate(9 + payload.length)
                    .put((byte) (payload.length >> 16))
                    .putShort((short) payload.length)
                    .put((byte) type)
                    .put((byte) flags)
                    .putInt(stream)
                    .put(payload)
                    .array());
        }

        void answer(int stream, int status, String body) throws IOException {
            headers(stream, status);
            data(stream, body, true);
        }

        /** HEADERS with the status alone. */
        void headers(int stream, int status) throws IOException {
            // HPACK (RFC 7541, section 6.2.2): literal without indexing, name ":status" of static index 8, value plain
            byte[] value = Integer.toString(status).getBytes(StandardCharsets.US_ASCII);
            byte[] block = ByteBuffer.allocate(2 + value.length)
                    .put((byte) 0x08)
                    .put((byte) value.length)
                    .put(value)
                    .array();
            frame(HEADERS, END_HEADERS, stream, block);
        }

        void data(int stream, String body, boolean last) throws IOException {
            frame(DATA, last ? END_STREAM : 0, stream, body.getBytes(StandardCharsets.UTF_8));
        }

        void resetStream(int stream, int errorCode) throws IOException {
            frame(
                    RST_STREAM,
                    0,
                    stream,
                    ByteBuffer.allocate(4).putInt(errorCode).array());
        }

        /** Says that streams above {@code lastStream} were not and will not be processed. */
        void goAway(int lastStream, int errorCode) throws IOException {
            frame(
                    GOAWAY,
                    0,
                    0,
                    ByteBuffer.allocate(8).putInt(lastStream).putInt(errorCode).array());
        }

        /** Ends the TCP connection with FIN, without GOAWAY. */
        void finish() throws IOException {
            connection.finish();
        }

        /** Ends the TCP connection with RST. */
        void reset() throws IOException {
            connection.reset();
        }
    }
}
