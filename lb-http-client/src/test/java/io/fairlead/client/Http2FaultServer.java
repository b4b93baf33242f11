package io.fairlead.client;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;

/** A server that speaks just enough HTTP/2 over TLS (RFC 9113) to fail in each of its ways. */
final class Http2FaultServer implements AutoCloseable {

    static final int REFUSED_STREAM = 7;
    static final int INTERNAL_ERROR = 2;
    static final int CANCEL = 8;

    /** What happens when a request has come whole. */
    @FunctionalInterface
    interface Script {
        void run(Connection connection, int stream) throws IOException;
    }

    private final SSLServerSocket listener;
    private final int maxStreams;
    private final Script script;
    private final AtomicInteger requests = new AtomicInteger();
    private final List<SSLSocket> sockets = new CopyOnWriteArrayList<>();

    Http2FaultServer(SSLContext context, int maxStreams, Script script) {
        this(context, maxStreams, false, script);
    }

    /** @param needClientAuth whether clients must show a certificate */
    Http2FaultServer(SSLContext context, int maxStreams, boolean needClientAuth, Script script) {
        this.maxStreams = maxStreams;
        this.script = script;
        try {
            listener = (SSLServerSocket)
                    context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getByName("127.0.0.1"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        SSLParameters parameters = listener.getSSLParameters();
        parameters.setNeedClientAuth(needClientAuth);
        parameters.setApplicationProtocols(new String[] {"h2"});
        listener.setSSLParameters(parameters);
        daemon(this::accept);
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "http2-fault-server");
        thread.setDaemon(true);
        thread.start();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                SSLSocket socket = (SSLSocket) listener.accept();
                sockets.add(socket);
                daemon(() -> serve(socket));
            } catch (IOException e) {
                return;
            }
        }
    }

    private void serve(SSLSocket socket) {
        try (socket) {
            new Connection(socket).run();
        } catch (IOException e) {
            return; // the client has closed
        }
    }

    String url() {
        return "https://127.0.0.1:" + listener.getLocalPort();
    }

    int connections() {
        return sockets.size();
    }

    /** Requests that came whole. */
    int requests() {
        return requests.get();
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (SSLSocket socket : sockets) {
            socket.close();
        }
    }

    /** One connection. */
    final class Connection {

        private final SSLSocket socket;
        private final DataInputStream in;
        private final OutputStream out;

        private Connection(SSLSocket socket) throws IOException {
            this.socket = socket;
            this.in = new DataInputStream(socket.getInputStream());
            this.out = socket.getOutputStream();
        }

        private void run() throws IOException {
            in.readFully(new byte[24]); // the client's preface
            frame(
                    4,
                    0,
                    0,
                    ByteBuffer.allocate(6)
                            .putShort((short) 3)
                            .putInt(maxStreams)
                            .array());
            while (true) {
                int length = (in.readUnsignedByte() << 16) | in.readUnsignedShort();
                int type = in.readUnsignedByte();
                int flags = in.readUnsignedByte();
                int stream = in.readInt();
                byte[] payload = new byte[length];
                in.readFully(payload);
                if (type == 4 && flags == 0) {
                    frame(4, 1, 0, new byte[0]); // acknowledges the settings
                } else if (type == 6 && flags == 0) {
                    frame(6, 1, 0, payload); // ping
                } else if ((type == 0 || type == 1) && (flags & 1) != 0) {
                    requests.incrementAndGet();
                    script.run(this, stream);
                }
            }
        }

        private synchronized void frame(int type, int flags, int stream, byte[] payload) throws IOException {
            out.write(ByteBuffer.allocate(9 + payload.length)
                    .put((byte) (payload.length >> 16))
                    .putShort((short) payload.length)
                    .put((byte) type)
                    .put((byte) flags)
                    .putInt(stream)
                    .put(payload)
                    .array());
            out.flush();
        }

        /** 200 without body: the static table's entry for {@code :status: 200}. */
        void ok(int stream) throws IOException {
            frame(1, 4 | 1, stream, new byte[] {(byte) 0x88});
        }

        void reset(int stream, int code) throws IOException {
            frame(3, 0, stream, ByteBuffer.allocate(4).putInt(code).array());
        }

        void goAway(int lastStream) throws IOException {
            frame(7, 0, 0, ByteBuffer.allocate(8).putInt(lastStream).putInt(0).array());
        }

        void end() throws IOException {
            socket.close();
            throw new EOFException("ended by the script");
        }
    }
}
