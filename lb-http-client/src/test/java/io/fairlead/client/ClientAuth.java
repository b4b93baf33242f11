package io.fairlead.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLServerSocketFactory;

/** A server's context whose sockets demand a certificate of the client. */
final class ClientAuth extends SSLContextSpi {

    private final SSLContext base;

    ClientAuth(SSLContext base) {
        this.base = base;
    }

    SSLContext context() {
        return new SSLContext(this, base.getProvider(), base.getProtocol()) {};
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
        SSLServerSocketFactory plain = base.getServerSocketFactory();
        return new SSLServerSocketFactory() {
            @Override
            public ServerSocket createServerSocket(int port) throws IOException {
                return demanding(plain.createServerSocket(port));
            }

            @Override
            public ServerSocket createServerSocket(int port, int backlog) throws IOException {
                return demanding(plain.createServerSocket(port, backlog));
            }

            @Override
            public ServerSocket createServerSocket(int port, int backlog, InetAddress address) throws IOException {
                return demanding(plain.createServerSocket(port, backlog, address));
            }

            @Override
            public String[] getDefaultCipherSuites() {
                return plain.getDefaultCipherSuites();
            }

            @Override
            public String[] getSupportedCipherSuites() {
                return plain.getSupportedCipherSuites();
            }
        };
    }

    private static ServerSocket demanding(ServerSocket socket) {
        ((SSLServerSocket) socket).setNeedClientAuth(true);
        return socket;
    }

    @Override
    protected void engineInit(
            javax.net.ssl.KeyManager[] keys, javax.net.ssl.TrustManager[] trust, java.security.SecureRandom random) {
        throw new UnsupportedOperationException();
    }

    @Override
    protected javax.net.ssl.SSLSocketFactory engineGetSocketFactory() {
        return base.getSocketFactory();
    }

    @Override
    protected javax.net.ssl.SSLEngine engineCreateSSLEngine() {
        return base.createSSLEngine();
    }

    @Override
    protected javax.net.ssl.SSLEngine engineCreateSSLEngine(String host, int port) {
        return base.createSSLEngine(host, port);
    }

    @Override
    protected javax.net.ssl.SSLSessionContext engineGetServerSessionContext() {
        return base.getServerSessionContext();
    }

    @Override
    protected javax.net.ssl.SSLSessionContext engineGetClientSessionContext() {
        return base.getClientSessionContext();
    }
}
