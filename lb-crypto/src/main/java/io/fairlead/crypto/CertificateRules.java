package io.fairlead.crypto;

import java.security.GeneralSecurityException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** What a chain of certificates must be for its first to prove a signature (RFC 5280, sections 4.1 and 4.2). */
final class CertificateRules {

    private static final int DIGITAL_SIGNATURE = 0;
    private static final int NON_REPUDIATION = 1; // all that many a qualified seal (eIDAS) has
    private static final int KEY_CERT_SIGN = 5;
    private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
    private static final String ANY_USE = "2.5.29.37.0";

    private CertificateRules() {}

    static List<X509Certificate> checked(List<X509Certificate> chain, Instant now) {
        for (int i = 0; i < chain.size(); i++) {
            X509Certificate one = chain.get(i);
            validAt(now, one);
            KeyRules.checked(one.getPublicKey());
            if (i == 0) {
                usage(one, "digital signatures", DIGITAL_SIGNATURE, NON_REPUDIATION);
            } else {
                usage(one, "issuing", KEY_CERT_SIGN);
                authority(one);
                issued(chain.get(i - 1), one);
            }
        }
        return List.copyOf(chain);
    }

    /** Refuses a certificate whose extended usage leaves out the clients of TLS (RFC 5280, section 4.2.1.12). */
    static void checkForClients(X509Certificate one) {
        List<String> uses;
        try {
            uses = one.getExtendedKeyUsage();
        } catch (CertificateParsingException e) {
            throw new Refusal(name(one) + " has an extended key usage that cannot be read");
        }
        if (uses != null && !uses.contains(CLIENT_AUTH) && !uses.contains(ANY_USE)) {
            throw new Refusal(name(one) + " is not for clients of TLS");
        }
        usage(one, "digital signatures", DIGITAL_SIGNATURE);
    }

    /** Refuses an authority that is out of its time or weak. A server's own certificate may be trusted in its place. */
    static void checkTrusted(X509Certificate one, Instant now) {
        validAt(now, one);
        KeyRules.checked(one.getPublicKey());
        if (one.getBasicConstraints() >= 0) {
            usage(one, "issuing", KEY_CERT_SIGN);
        }
    }

    private static void validAt(Instant now, X509Certificate one) {
        if (now.isAfter(one.getNotAfter().toInstant())) {
            throw new Refusal(name(one) + " expired at " + one.getNotAfter().toInstant());
        }
        if (now.isBefore(one.getNotBefore().toInstant())) {
            throw new Refusal(
                    name(one) + " is not valid before " + one.getNotBefore().toInstant());
        }
    }

    /* Without the extension a certificate is for every use. */
    private static void usage(X509Certificate one, String what, int... anyOf) {
        boolean[] usage = one.getKeyUsage();
        for (int bit : anyOf) {
            if (usage == null || (bit < usage.length && usage[bit])) {
                return;
            }
        }
        throw new Refusal(name(one) + " is not for " + what);
    }

    private static void authority(X509Certificate one) {
        if (one.getBasicConstraints() < 0) {
            throw new Refusal(name(one) + " is not of an authority");
        }
    }

    private static void issued(X509Certificate one, X509Certificate issuer) {
        if (!one.getIssuerX500Principal().equals(issuer.getSubjectX500Principal())) {
            throw new Refusal(name(one) + " was not issued by " + name(issuer));
        }
        try {
            one.verify(issuer.getPublicKey(), Providers.BC);
        } catch (GeneralSecurityException e) {
            throw new Refusal(name(one) + " was not signed by " + name(issuer));
        }
    }

    static String name(X509Certificate one) {
        return "certificate " + one.getSubjectX500Principal().getName() + " (serial " + serial(one) + ")";
    }

    /** In upper-case hexadecimal, as partners write it. */
    static String serial(X509Certificate one) {
        return one.getSerialNumber().toString(16).toUpperCase(Locale.ROOT);
    }
}
