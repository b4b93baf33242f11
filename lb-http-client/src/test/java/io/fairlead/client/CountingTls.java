package io.fairlead.client;

import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * The TLS of a server that changes its certificate while it serves, and knows how many of its handshakes were full ones: a client
 * shows its certificate in those, and is believed without it where a session is resumed.
 */
final class CountingTls {

    private volatile TestTls.Identity shown;
    private final List<String> clients = new CopyOnWriteArrayList<>();
    private final X509ExtendedTrustManager trust;

    /** @param clientsOf whose certificates are accepted of clients */
    CountingTls(TestTls.Identity shown, TestTls clientsOf) {
        this.shown = shown;
        this.trust = (X509ExtendedTrustManager) clientsOf.trust().getTrustManagers()[0];
    }

    SSLContext context() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(new X509ExtendedKeyManager[] {new Key()}, new TrustManager[] {new Clients()}, null);
            return context;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    /** Shows another certificate in full handshakes from now on. */
    void show(TestTls.Identity other) {
        shown = other;
    }

    /** The names of the clients of the full handshakes so far, in their order. */
    List<String> clients() {
        return clients;
    }

    private final class Key extends X509ExtendedKeyManager {

        @Override
        public String chooseEngineServerAlias(String type, Principal[] issuers, SSLEngine engine) {
            return chooseServerAlias(type, issuers, null);
        }

        @Override
        public String chooseServerAlias(String type, Principal[] issuers, Socket socket) {
            return type.equals("EC") ? "key" : null;
        }

        @Override
        public X509Certificate[] getCertificateChain(String alias) {
            return new X509Certificate[] {shown.certificate()};
        }

        @Override
        public PrivateKey getPrivateKey(String alias) {
            return shown.keys().getPrivate();
        }

        @Override
        public String[] getClientAliases(String type, Principal[] issuers) {
            return null;
        }

        @Override
        public String chooseClientAlias(String[] types, Principal[] issuers, Socket socket) {
            return null;
        }

        @Override
        public String[] getServerAliases(String type, Principal[] issuers) {
            return null;
        }
    }

    private final class Clients extends X509ExtendedTrustManager {

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            trust.checkClientTrusted(chain, type, socket);
            clients.add(chain[0].getSubjectX500Principal().getName());
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            trust.checkClientTrusted(chain, type, engine);
            clients.add(chain[0].getSubjectX500Principal().getName());
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("not asked by sockets and engines");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
                throws CertificateException {
            throw new CertificateException("a server's");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
                throws CertificateException {
            throw new CertificateException("a server's");
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
            throw new CertificateException("a server's");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return trust.getAcceptedIssuers();
        }
    }
}
