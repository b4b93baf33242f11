package io.fairlead.examples;

import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A ledger that servers in other processes share, over loopback: what one of them has told is booked, even if it is killed in that very
 * moment. One line asks, {@code payment key} or {@code payment -}, one answers.
 */
final class LedgerPort implements Closeable {

    private final Ledger ledger = new Ledger();
    private final ServerSocket listener;

    LedgerPort() throws IOException {
        listener = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
        ChildProcess.daemon("ledger", this::accept);
    }

    Ledger ledger() {
        return ledger;
    }

    int port() {
        return listener.getLocalPort();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket socket = listener.accept();
                ChildProcess.daemon("ledger", () -> serve(socket));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            OutputStream out = socket.getOutputStream();
            ChildProcess.readLines(socket.getInputStream(), line -> {
                book(line.split(" ", 2));
                out.write('\n');
            });
        } catch (IOException e) {
            return; // the server was killed
        }
    }

    private void book(String[] paymentAndKey) {
        String payment = paymentAndKey[0];
        if (paymentAndKey[1].equals("-")) {
            ledger.book(payment, 1);
        } else {
            ledger.once(paymentAndKey[1], () -> {
                ledger.book(payment, 1);
                return new Ledger.Answer(200, "");
            });
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
    }

    /** The end of a server. Thread-safe: one booking at a time. */
    static final class Client {

        private final Socket socket;
        private final BufferedReader in;

        Client(int port) throws IOException {
            socket = new Socket(InetAddress.getLoopbackAddress(), port);
            socket.setTcpNoDelay(true);
            in = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        }

        /** Returns when it is booked. */
        synchronized void book(String payment, @Nullable String key) {
            try {
                String line = payment + " " + (key == null ? "-" : key) + "\n";
                socket.getOutputStream().write(line.getBytes(StandardCharsets.UTF_8));
                if (in.readLine() == null) {
                    throw new IOException("the ledger is gone");
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
