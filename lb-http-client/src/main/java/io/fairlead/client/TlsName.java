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

/**
 * An SSL context for servers that are reached by address and bear another name: asks them for that name (SNI) and accepts no
 * other, whatever host the HTTP client believes to talk to.
 *
 * <p>Verification is the JDK's own, not weakened but pointed at the right name. The engine is made for that name and port, so
 * that sessions are cached under it: a session of one name is never resumed for another, which would skip the check.
 */
final class TlsName extends SSLContextSpi {

    private final SSLContext base;
    private final String name;

    private TlsName(SSLContext base, String name) {
        this.base = base;
        this.name = name;
    }

    /** The base context, whose keys and trust are used, for servers of this name. */
    static SSLContext wrap(SSLContext base, String name) {
        return new Named(new TlsName(base, name), base);
    }

    @Override
    protected SSLEngine engineCreateSSLEngine(String host, int port) {
        return new NamedEngine(base.createSSLEngine(name, port), name);
    }

    @Override
    protected SSLEngine engineCreateSSLEngine() {
        return new NamedEngine(base.createSSLEngine(name, 443), name);
    }

    @Override
    protected void engineInit(KeyManager[] keys, TrustManager[] trust, SecureRandom random)
            throws KeyManagementException {
        throw new KeyManagementException("the context is initialised already");
    }

    @Override
    protected SSLSocketFactory engineGetSocketFactory() {
        throw new UnsupportedOperationException("sockets of this context would not check the TLS name " + name);
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

    private static final class Named extends SSLContext {
        Named(SSLContextSpi spi, SSLContext base) {
            super(spi, base.getProvider(), base.getProtocol());
        }
    }
}
