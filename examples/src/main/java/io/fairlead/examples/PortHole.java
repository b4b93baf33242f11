package io.fairlead.examples;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/** Ports whose backlog is full and of which nobody accepts: the kernel leaves connections to them without an answer. */
final class PortHole implements Closeable {

    private static final int LOOPBACK_MILLIS = 200;

    private final List<Closeable> sockets = new ArrayList<>();

    PortHole(int... ports) throws IOException {
        for (int port : ports) {
            open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        }
    }

    private void open(InetSocketAddress address) throws IOException {
        ServerSocket listener = new ServerSocket();
        sockets.add(listener);
        listener.setReuseAddress(true);
        listener.bind(address, 1);
        boolean answers = true;
        while (answers) {
            answers = connects(address);
        }
    }

    private boolean connects(InetSocketAddress address) throws IOException {
        Socket filler = new Socket();
        sockets.add(filler);
        try {
            filler.connect(address, LOOPBACK_MILLIS);
            return true;
        } catch (SocketTimeoutException e) {
            return false; // full
        }
    }

    @Override
    public void close() throws IOException {
        for (Closeable socket : sockets) {
            socket.close();
        }
    }
}
