package io.fairlead.crypto;

import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertStore;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import javax.net.ssl.CertPathTrustManagerParameters;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What one generation of connections goes by.
 *
 * @param key of the client; null for none
 * @param authorities that are trusted; null for the JDK's
 * @param pins one of which a server must have; null for any key
 * @param revoked lists that say of every certificate below an authority whether it is revoked; null not to ask
 * @param ocsp whether OCSP must say that the server's own certificate is good
 */
record TlsRules(
        KeyStore.@Nullable PrivateKeyEntry key,
        @Nullable Set<X509Certificate> authorities,
        @Nullable Pins pins,
        @Nullable List<X509CRL> revoked,
        boolean ocsp) {

    /** A resumed session is not verified again, so that the end of a certificate's life would be noticed a day late with the JDK's 24 h. */
    private static final int SESSION_SECONDS = 3600;

    /**
     * A context of its own, with no session of another's.
     *
     * @param own of the client's certificate; null if it has none
     */
    SSLContext context(@Nullable Validity own) {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            X509ExtendedTrustManager trust = trust();
            context.init(
                    key == null ? new KeyManager[0] : new KeyManager[] {new OneKey(key)},
                    new TrustManager[] {
                        pins == null && own == null && !ocsp ? trust : new ServerTrust(trust, pins, own, ocsp)
                    },
                    null);
            context.getClientSessionContext().setSessionTimeout(SESSION_SECONDS);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("TLS keys and trust cannot be used together", e);
        }
    }

    private X509ExtendedTrustManager trust() throws GeneralSecurityException {
        Set<X509Certificate> trusted = authorities;
        if (trusted == null) {
            TrustManagerFactory jdk = TrustManagerFactory.getInstance("PKIX");
            jdk.init((KeyStore) null);
            X509ExtendedTrustManager trust = only(jdk);
            if (revoked == null && !ocsp) {
                return trust;
            }
            trusted = Set.copyOf(Arrays.asList(trust.getAcceptedIssuers()));
        }
        TrustManagerFactory ours = TrustManagerFactory.getInstance("PKIX");
        ours.init(new CertPathTrustManagerParameters(parameters(trusted)));
        return only(ours);
    }

    private PKIXBuilderParameters parameters(Set<X509Certificate> trusted) throws GeneralSecurityException {
        Set<TrustAnchor> anchors =
                trusted.stream().map(one -> new TrustAnchor(one, null)).collect(Collectors.toSet());
        PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, new X509CertSelector());
        parameters.setRevocationEnabled(revoked != null || ocsp);
        if (revoked != null) {
            parameters.addCertStore(CertStore.getInstance("Collection", new CollectionCertStoreParameters(revoked)));
            // The lists given, and nothing from the network in the middle of a handshake; what they do not tell is
            // refused.
            parameters.addCertPathChecker(checker(Option.PREFER_CRLS, Option.NO_FALLBACK));
        } else if (ocsp) {
            // The JDK hands it what the server has stapled; what nobody tells is refused, as is what the responder does
            // not know.
            parameters.addCertPathChecker(checker(Option.ONLY_END_ENTITY, Option.NO_FALLBACK));
        }
        return parameters;
    }

    private static PKIXRevocationChecker checker(Option... options) throws GeneralSecurityException {
        PKIXRevocationChecker checker =
                (PKIXRevocationChecker) CertPathBuilder.getInstance("PKIX").getRevocationChecker();
        checker.setOptions(EnumSet.copyOf(List.of(options)));
        return checker;
    }

    private static X509ExtendedTrustManager only(TrustManagerFactory factory) {
        return (X509ExtendedTrustManager) factory.getTrustManagers()[0];
    }

    @Override
    public String toString() {
        return "TlsRules[" + (key == null ? "no key" : CertificateRules.name((X509Certificate) key.getCertificate()))
                + "]";
    }
}
