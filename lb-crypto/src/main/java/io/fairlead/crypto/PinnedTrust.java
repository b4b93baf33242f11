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

/**
 * Trusts a server that is trusted anyway and whose path has a pinned key.
 *
 * <p>The path that counts is one that leads from the server's certificate to an authority, never the list that the server has sent: anybody may send
 * the certificate of a pinned authority along with a certificate of another one (RFC 7469, section 2.6).
 */
final class PinnedTrust extends X509ExtendedTrustManager {

    private final X509ExtendedTrustManager trust;
    private final Pins pins;
    private final Set<TrustAnchor> anchors;

    PinnedTrust(X509ExtendedTrustManager trust, Pins pins) {
        this.trust = trust;
        this.pins = pins;
        this.anchors = Arrays.stream(trust.getAcceptedIssuers())
                .map(authority -> new TrustAnchor(authority, null))
                .collect(Collectors.toSet());
    }

    @Override
    public void checkServerTrusted(X509Certificate[] sent, String keyExchange, SSLEngine engine)
            throws CertificateException {
        trust.checkServerTrusted(sent, keyExchange, engine);
        checkPin(sent);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] sent, String keyExchange, Socket socket)
            throws CertificateException {
        trust.checkServerTrusted(sent, keyExchange, socket);
        checkPin(sent);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] sent, String keyExchange) throws CertificateException {
        trust.checkServerTrusted(sent, keyExchange);
        checkPin(sent);
    }

    private void checkPin(X509Certificate[] sent) throws CertificateException {
        if (!pins.matches(sent[0]) && !pins.matches(path(sent))) {
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
