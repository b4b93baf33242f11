package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.KeyStore.PrivateKeyEntry;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Private keys out of PKCS#12 and JKS files. */
final class KeyStores {

    private KeyStores() {}

    static PrivateKeyEntry entry(Path file, char[] password, @Nullable String alias, Environment env) {
        Require.notNull(file, "key store");
        Require.notNull(password, "password");
        if (!Files.isRegularFile(file)) {
            throw new Refusal("key store " + file + " is no file");
        }
        try {
            KeyStore store = KeyStore.getInstance(file.toFile(), password); // finds the type by itself
            return entry(store, "key store " + file, password, alias, env.now());
        } catch (IOException | GeneralSecurityException e) {
            // The cause tells of the file and its password, not of the key.
            throw new IllegalArgumentException("key store " + file + " cannot be opened: wrong file or password", e);
        }
    }

    /**
     * The key of a store that was opened.
     *
     * @param what the store is called in exceptions
     */
    static PrivateKeyEntry entry(KeyStore store, String what, char[] password, @Nullable String alias, Instant now) {
        try {
            String name = alias != null ? alias : onlyKey(store, what);
            if (!store.isKeyEntry(name)
                    || !(store.getEntry(name, new KeyStore.PasswordProtection(password))
                            instanceof PrivateKeyEntry entry)) {
                throw new Refusal(what + " has no private key " + name);
            }
            KeyRules.checked(entry.getPrivateKey());
            CertificateRules.checked(chain(entry), now);
            return entry;
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(what + " cannot be opened: wrong file or password", e);
        }
    }

    private static String onlyKey(KeyStore store, String what) throws GeneralSecurityException {
        List<String> keys = new ArrayList<>();
        for (String alias : Collections.list(store.aliases())) {
            if (store.isKeyEntry(alias)) {
                keys.add(alias);
            }
        }
        if (keys.size() != 1) {
            throw new Refusal(what + " has " + keys.size() + " keys " + keys + ": an alias is required");
        }
        return keys.get(0);
    }

    static List<X509Certificate> chain(PrivateKeyEntry entry) {
        List<X509Certificate> chain = new ArrayList<>();
        for (Certificate one : entry.getCertificateChain()) {
            chain.add((X509Certificate) one);
        }
        return chain;
    }
}
