package io.fairlead.client;

import io.fairlead.Require;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * A client's engine that cannot be talked out of its server name, nor into a second handshake or a version before TLS 1.2;
 * everything else is the engine's beneath.
 *
 * <p>TLS 1.2 lets a server that has read a request ask for another handshake. The JDK's client tells its failure in the very
 * words of a first handshake that failed, which would pass for proof that nothing was sent. TLS 1.3 has no such thing, and HTTP/2
 * forbids it (RFC 9113, section 9.2.1).
 */
final class ClientEngine extends SSLEngine {

    private final SSLEngine engine;
    private final @Nullable String name;
    private volatile boolean established;
    private volatile boolean refused;

    /** With a name of ours in place of the one that the HTTP client derives from its URI, unless it is null. */
    ClientEngine(SSLEngine engine, @Nullable String name) {
        this.engine = engine;
        this.name = name;
        engine.setUseClientMode(true); // first: until then its parameters are a server's, wider than a client's
        setSSLParameters(engine.getSSLParameters());
    }

    /** Whatever names the HTTP client derives from its URI: the server is asked for ours, and its certificate checked for ours. */
    @Override
    public void setSSLParameters(SSLParameters parameters) {
        if (name != null) {
            parameters.setServerNames(List.of(new SNIHostName(name)));
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        if (parameters.getProtocols() != null) {
            parameters.setProtocols(allowed(parameters.getProtocols()));
        }
        engine.setSSLParameters(parameters);
    }

    /* TLS 1.0 and 1.1 must not be used (RFC 8996), even where a security property of the process has them back. */
    private static String[] allowed(String[] protocols) {
        String[] allowed =
                Stream.of(protocols).filter(TransportRules::isAllowed).toArray(String[]::new);
        if (allowed.length == 0) {
            throw Require.bad("TLS versions", List.of(protocols), "TLSv1.2 and TLSv1.3");
        }
        return allowed;
    }

    private SSLEngineResult checked(SSLEngineResult result) throws SSLException {
        HandshakeStatus status = result.getHandshakeStatus();
        if (status == HandshakeStatus.FINISHED) {
            established = true;
        } else if (established
                && status != HandshakeStatus.NOT_HANDSHAKING
                && result.getStatus() == SSLEngineResult.Status.OK
                && !isClosing()
                && !"TLSv1.3".equals(engine.getSession().getProtocol())) {
            refused = true;
            throw new SSLException("the server asked for another TLS handshake on a connection in use");
        }
        return result;
    }

    private boolean isClosing() {
        return engine.isInboundDone() || engine.isOutboundDone();
    }

    @Override
    public String getPeerHost() {
        return engine.getPeerHost();
    }

    @Override
    public int getPeerPort() {
        return engine.getPeerPort();
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer src, ByteBuffer dst) throws SSLException {
        return checked(engine.wrap(src, dst));
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer[] srcs, ByteBuffer dst) throws SSLException {
        return checked(engine.wrap(srcs, dst));
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer[] srcs, int offset, int length, ByteBuffer dst) throws SSLException {
        return checked(engine.wrap(srcs, offset, length, dst));
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer src, ByteBuffer dst) throws SSLException {
        return checked(engine.unwrap(src, dst));
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer src, ByteBuffer[] dsts) throws SSLException {
        return checked(engine.unwrap(src, dsts));
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer src, ByteBuffer[] dsts, int offset, int length) throws SSLException {
        return checked(engine.unwrap(src, dsts, offset, length));
    }

    @Override
    public @Nullable Runnable getDelegatedTask() {
        return engine.getDelegatedTask();
    }

    @Override
    public void closeInbound() throws SSLException {
        engine.closeInbound();
    }

    @Override
    public boolean isInboundDone() {
        return engine.isInboundDone();
    }

    @Override
    public void closeOutbound() {
        engine.closeOutbound();
    }

    @Override
    public boolean isOutboundDone() {
        return engine.isOutboundDone();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return engine.getSupportedCipherSuites();
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return engine.getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        engine.setEnabledCipherSuites(suites);
    }

    @Override
    public String[] getSupportedProtocols() {
        return engine.getSupportedProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
        return engine.getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        engine.setEnabledProtocols(allowed(protocols));
    }

    @Override
    public SSLSession getSession() {
        return engine.getSession();
    }

    @Override
    public SSLSession getHandshakeSession() {
        return engine.getHandshakeSession();
    }

    @Override
    public void beginHandshake() throws SSLException {
        engine.beginHandshake();
    }

    @Override
    public HandshakeStatus getHandshakeStatus() {
        return refused ? HandshakeStatus.NOT_HANDSHAKING : engine.getHandshakeStatus();
    }

    @Override
    public void setUseClientMode(boolean mode) {
        engine.setUseClientMode(mode);
    }

    @Override
    public boolean getUseClientMode() {
        return engine.getUseClientMode();
    }

    @Override
    public void setNeedClientAuth(boolean need) {
        engine.setNeedClientAuth(need);
    }

    @Override
    public boolean getNeedClientAuth() {
        return engine.getNeedClientAuth();
    }

    @Override
    public void setWantClientAuth(boolean want) {
        engine.setWantClientAuth(want);
    }

    @Override
    public boolean getWantClientAuth() {
        return engine.getWantClientAuth();
    }

    @Override
    public void setEnableSessionCreation(boolean flag) {
        engine.setEnableSessionCreation(flag);
    }

    @Override
    public boolean getEnableSessionCreation() {
        return engine.getEnableSessionCreation();
    }

    @Override
    public SSLParameters getSSLParameters() {
        return engine.getSSLParameters();
    }

    @Override
    public String getApplicationProtocol() {
        return engine.getApplicationProtocol();
    }

    @Override
    public String getHandshakeApplicationProtocol() {
        return engine.getHandshakeApplicationProtocol();
    }

    @Override
    public void setHandshakeApplicationProtocolSelector(BiFunction<SSLEngine, List<String>, String> selector) {
        engine.setHandshakeApplicationProtocolSelector(selector);
    }

    @Override
    public BiFunction<SSLEngine, List<String>, String> getHandshakeApplicationProtocolSelector() {
        return engine.getHandshakeApplicationProtocolSelector();
    }
}
