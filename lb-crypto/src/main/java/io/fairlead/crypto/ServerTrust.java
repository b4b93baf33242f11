package io.fairlead.crypto;

import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXCertPathBuilderResult;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Trusts a server that is trusted anyway and whose path has a pinned key, as long as the client's own certificate lasts.
 *
 * <p>The client's own is looked at here, for each handshake, since what is thrown here is what the caller reads; a server that is shown a certificate
 * that has ended answers with an alert at best.
 *
 * <p>The path that counts is one that leads from the server's certificate to an authority, never the list that the server has sent: anybody may send
 * the certificate of a pinned authority along with a certificate of another one (RFC 7469, section 2.6).
 */
final class ServerTrust extends X509ExtendedTrustManager {

    private final X509ExtendedTrustManager trust;
    private final @Nullable Pins pins;
    private final @Nullable Validity own;
    private final boolean ocsp;
    private final Set<TrustAnchor> anchors;

    /**
     * @param pins null for any key
     * @param own of the client's certificate; null if it has none
     * @param ocsp whether the trust below asks OCSP of the server's own certificate
     */
    ServerTrust(X509ExtendedTrustManager trust, @Nullable Pins pins, @Nullable Validity own, boolean ocsp) {
        this.trust = trust;
        this.pins = pins;
        this.own = own;
        this.ocsp = ocsp;
        this.anchors = Arrays.stream(trust.getAcceptedIssuers())
                .map(authority -> new TrustAnchor(authority, null))
                .collect(Collectors.toSet());
    }

    @Override
    public void checkServerTrusted(X509Certificate[] sent, String keyExchange, SSLEngine engine)
            throws CertificateException {
        checkBefore(sent);
        trust.checkServerTrusted(sent, keyExchange, engine);
        checkPin(sent);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] sent, String keyExchange, Socket socket)
            throws CertificateException {
        checkBefore(sent);
        trust.checkServerTrusted(sent, keyExchange, socket);
        checkPin(sent);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] sent, String keyExchange) throws CertificateException {
        checkBefore(sent);
        trust.checkServerTrusted(sent, keyExchange);
        checkPin(sent);
    }

    private void checkBefore(X509Certificate[] sent) throws CertificateException {
        if (ocsp
                && sent[0].getBasicConstraints()
                        >= 0) { // which the JDK's check of the last certificate alone passes over
            throw new CertificateException(
                    CertificateRules.name(sent[0]) + " is an authority's, of which OCSP says nothing");
        }
        if (own != null && own.isOver()) {
            throw new CertificateException(own.reason());
        }
    }

    private void checkPin(X509Certificate[] sent) throws CertificateException {
        if (pins != null && !pins.matches(sent[0]) && !pins.matches(path(sent))) {
            throw new CertificateException("no key on the path of " + CertificateRules.name(sent[0])
                    + " is pinned; its own is " + Pins.of(sent[0]));
        }
    }

    /* The certificates above the server's own, up to the authority that is trusted. */
    private X509Certificate[] path(X509Certificate[] sent) throws CertificateException {
        try {
            X509CertSelector own = new X509CertSelector();
            own.setCertificate(sent[0]);
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, own);
            parameters.setRevocationEnabled(false); // the trust below has checked it
            parameters.addCertStore(
                    CertStore.getInstance("Collection", new CollectionCertStoreParameters(List.of(sent))));
            PKIXCertPathBuilderResult result = (PKIXCertPathBuilderResult)
                    CertPathBuilder.getInstance("PKIX").build(parameters);
            List<X509Certificate> path = result.getCertPath().getCertificates().stream()
                    .map(X509Certificate.class::cast)
                    .collect(Collectors.toList());
            path.add(result.getTrustAnchor().getTrustedCert());
            return path.toArray(X509Certificate[]::new);
        } catch (GeneralSecurityException e) {
            throw new CertificateException("no path from " + CertificateRules.name(sent[0]) + " to a pinned key", e);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] sent, String keyExchange, SSLEngine engine)
            throws CertificateException {
        throw clients();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] sent, String keyExchange, Socket socket)
            throws CertificateException {
        throw clients();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] sent, String keyExchange) throws CertificateException {
        throw clients();
    }

    private static CertificateException clients() {
        return new CertificateException("this trust is for clients, which check servers");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return trust.getAcceptedIssuers();
    }
}
