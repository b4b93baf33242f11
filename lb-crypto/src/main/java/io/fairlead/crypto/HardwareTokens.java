package io.fairlead.crypto;

import io.fairlead.Environment;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.InvalidParameterException;
import java.security.KeyStore;
import java.security.KeyStore.PrivateKeyEntry;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Private keys in PKCS#11 tokens (HSMs, smart cards) by way of the JDK's own provider. A key stays in its token. */
final class HardwareTokens {

    private static final Pattern CODE = Pattern.compile("\\bCKR_[A-Z_]{1,40}\\b");

    private HardwareTokens() {}

    /**
     * The provider of one slot of one library.
     *
     * @param slot its place in the library's list, from 0
     */
    static Provider provider(Path library, int slot) {
        if (!Files.isRegularFile(library)) {
            throw new Refusal("PKCS#11 library " + library + " is no file");
        }
        if (library.toString().matches("(?s).*[\"\n\r].*")) {
            throw new Refusal("PKCS#11 library has a quote or line end in its path");
        }
        Provider jdk = Security.getProvider("SunPKCS11");
        if (jdk == null) {
            throw new Refusal("PKCS#11 is not in this JDK: the module jdk.crypto.cryptoki is required");
        }
        try {
            return jdk.configure("--name=fairlead-" + Integer.toHexString(library.hashCode()) + "-" + slot
                    + "\nlibrary=\"" + library + "\"\nslotListIndex=" + slot + "\n");
        } catch (InvalidParameterException | ProviderException | UnsupportedOperationException e) {
            throw new IllegalArgumentException(
                    "PKCS#11 library " + library + " cannot be used with slot " + slot
                            + ": wrong library, or no token in this slot",
                    e);
        }
    }

    static PrivateKeyEntry entry(Provider provider, char[] pin, @Nullable String alias, Environment env) {
        KeyStore store;
        try {
            store = KeyStore.getInstance("PKCS11", provider);
            store.load(null, pin);
        } catch (GeneralSecurityException | ProviderException e) {
            throw new IllegalArgumentException("PKCS#11 token of " + provider.getName() + " cannot be opened", e);
        } catch (IOException e) {
            // Not tried again, as a token locks itself after a few; what else the causes say is left out.
            throw new Refusal("PKCS#11 token of " + provider.getName() + " cannot be opened: wrong PIN, or not ready"
                    + code(e) + "; the PIN was tried once");
        }
        PrivateKeyEntry entry = KeyStores.entry(store, "PKCS#11 token of " + provider.getName(), pin, alias, env.now());
        X509Certificate own = (X509Certificate) entry.getCertificate();
        PrivateKey key = key(entry.getPrivateKey(), own.getPublicKey(), provider);
        KeyPairs.checkFit(key, own);
        return new PrivateKeyEntry(key, entry.getCertificateChain());
    }

    /* The token's own word for it, as CKR_PIN_INCORRECT or CKR_PIN_LOCKED. */
    private static String code(Throwable failure) {
        for (Throwable e = failure; e != null; e = e.getCause()) {
            Matcher code = CODE.matcher(String.valueOf(e.getMessage()));
            if (code.find()) {
                return " (" + code.group() + ")";
            }
        }
        return "";
    }

    private static PrivateKey key(PrivateKey inside, PublicKey open, Provider provider) {
        if (open instanceof RSAPublicKey rsa) {
            return new TokenKey.Rsa(inside, rsa, provider);
        }
        if (open instanceof ECPublicKey ec) {
            return new TokenKey.Ec(inside, ec, provider);
        }
        throw new Refusal("PKCS#11 key is " + open.getAlgorithm() + ": allowed are RSA and EC");
    }
}
