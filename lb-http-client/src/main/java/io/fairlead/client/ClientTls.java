package io.fairlead.client;

import java.security.KeyManagementException;
import java.security.SecureRandom;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * An SSL context whose engines refuse a second handshake, and which can be for servers that are reached by address and bear
 * another name: it asks them for that name (SNI) and accepts no other, whatever host the HTTP client believes to talk to.
 *
 * <p>Verification is the JDK's own, not weakened but pointed at the right name. The engine is made for that name and port, so
 * that sessions are cached under it: a session of one name is never resumed for another, which would skip the check.
 */
final class ClientTls extends SSLContextSpi {

    private final SSLContext base;
    private final @Nullable String name;

    private ClientTls(SSLContext base, @Nullable String name) {
        this.base = base;
        this.name = name;
    }

    /** The base context, whose keys and trust are used; for servers of this name, or of the host in the URI if null. */
    static SSLContext wrap(SSLContext base, @Nullable String name) {
        return new Wrapped(new ClientTls(base, name), base);
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
        return new ClientEngine(base.createSSLEngine(name != null ? name : host, port), name);
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
        return new ClientEngine(name != null ? base.createSSLEngine(name, 443) : base.createSSLEngine(), name);
    }

    @Override
    protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
            throws KeyManagementException {
        throw new KeyManagementException("the context is initialised already");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
        throw new UnsupportedOperationException("the context is for the engines of an HTTP client");
    }

    @Override
    protected SSLServerSocketFactory engineGetServerSocketFactory() {
        return base.getServerSocketFactory();
    }

    @Override
    protected SSLSessionContext engineGetServerSessionContext() {
        return base.getServerSessionContext();
    }

    @Override
    protected SSLSessionContext engineGetClientSessionContext() {
        return base.getClientSessionContext();
    }

    @Override
    protected SSLParameters engineGetDefaultSSLParameters() {
        return base.getDefaultSSLParameters();
    }

    @Override
    protected SSLParameters engineGetSupportedSSLParameters() {
        return base.getSupportedSSLParameters();
    }

    private static final class Wrapped extends SSLContext {
        Wrapped(SSLContextSpi spi, SSLContext base) {
            super(spi, base.getProvider(), base.getProtocol());
        }
    }
}
