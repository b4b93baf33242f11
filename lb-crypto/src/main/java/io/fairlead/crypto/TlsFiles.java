package io.fairlead.crypto;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStore.PrivateKeyEntry;
import java.security.PrivateKey;
import java.security.cert.CRL;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Keys, trust and revocation lists out of what files hold; what is wrong is refused with the reason and without a secret. */
final class TlsFiles {

    private TlsFiles() {}

    /** A private key and its chain in PEM, in one file or several. */
    static PrivateKeyEntry pemKey(List<byte[]> files, char @Nullable [] password, Instant now) {
        String pem = FileWatch.text(files);
        PrivateKey key = Pem.privateKey(pem, password);
        List<X509Certificate> chain = Pem.certificates(pem);
        return checked(new PrivateKeyEntry(key, chain.toArray(X509Certificate[]::new)), now);
    }

    /** The key of a PKCS#12 or JKS file. */
    static PrivateKeyEntry keyStoreKey(byte[] file, char[] password, @Nullable String alias, Instant now) {
        return checked(KeyStores.entry(store(file, password), "key store", password, alias, now), now);
    }

    /** A key that servers can take for a client's. */
    static PrivateKeyEntry checked(PrivateKeyEntry entry, Instant now) {
        CertificateRules.checked(KeyStores.chain(entry), now);
        X509Certificate own = (X509Certificate) entry.getCertificate();
        CertificateRules.checkForClients(own);
        KeyPairs.checkFit(entry.getPrivateKey(), own);
        return entry;
    }

    /** Authorities in PEM. */
    static Set<X509Certificate> pemTrust(List<byte[]> files, Instant now) {
        return trusted(Pem.certificates(FileWatch.text(files)), now);
    }

    /** The authorities of a PKCS#12 or JKS file: its certificates without a key. */
    static Set<X509Certificate> storeTrust(byte[] file, char[] password, Instant now) {
        KeyStore store = store(file, password);
        List<X509Certificate> found = new ArrayList<>();
        try {
            for (String alias : Collections.list(store.aliases())) {
                if (store.isCertificateEntry(alias) && store.getCertificate(alias) instanceof X509Certificate one) {
                    found.add(one);
                }
            }
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("trust store cannot be read", e);
        }
        return trusted(found, now);
    }

    private static Set<X509Certificate> trusted(List<X509Certificate> certificates, Instant now) {
        if (certificates.isEmpty()) {
            throw new Refusal("trust has no certificate");
        }
        certificates.forEach(one -> CertificateRules.checkTrusted(one, now));
        return new HashSet<>(certificates);
    }

    /** Revocation lists (RFC 5280, section 5), each file one in DER or some in PEM. */
    static List<X509CRL> revocationLists(List<byte[]> files, Instant now) {
        List<X509CRL> lists = new ArrayList<>();
        for (byte[] file : files) {
            try {
                for (CRL one : CertificateFactory.getInstance("X.509").generateCRLs(new ByteArrayInputStream(file))) {
                    lists.add((X509CRL) one);
                }
            } catch (GeneralSecurityException e) {
                throw new IllegalArgumentException("revocation list cannot be read: allowed is PEM or DER", e);
            }
        }
        if (lists.isEmpty()) {
            throw new Refusal("revocation lists: none in the files");
        }
        for (X509CRL list : lists) {
            String name = "revocation list of " + list.getIssuerX500Principal().getName();
            if (list.getNextUpdate() == null || now.isAfter(list.getNextUpdate().toInstant())) {
                throw new Refusal(name + " was to be replaced at " + list.getNextUpdate());
            }
        }
        return lists;
    }

    /** Pins, one a line. */
    static Pins pins(List<byte[]> files) {
        return Pins.read(FileWatch.text(files));
    }

    private static KeyStore store(byte[] file, char[] password) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12"); // the JDK's reads JKS, too
            store.load(new ByteArrayInputStream(file), password);
            return store;
        } catch (IOException | GeneralSecurityException e) {
            // The cause tells of the file and its password, not of the key.
            throw new IllegalArgumentException("key store cannot be opened: wrong file or password", e);
        }
    }
}
