package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads keys and certificates in the forms that partners hand out, and refuses what proves nothing.
 *
 * <p>Refused, with the reason: RSA under 2048 bits or with an exponent that is even or 1, curves under 224 bits, points off the
 * curve, keys that cannot sign, certificates that are expired, not yet valid or for another use (NIST SP 800-131A, RFC 5280). Every
 * failure is an {@link IllegalArgumentException} that shows nothing of a key or password. Thread-safe.
 */
public final class Keys {

    private Keys() {}

    /**
     * A private key that is not encrypted, from PEM or from the bare base64 that some partners' consoles give.
     *
     * @param pem PKCS#8 ({@code PRIVATE KEY}), PKCS#1 ({@code RSA PRIVATE KEY}) or SEC 1 ({@code EC PRIVATE KEY}): RSA, EC, EdDSA, SM2
     */
    public static PrivateKey privateKey(String pem) {
        return Pem.privateKey(Require.notNull(pem, "private key"), null);
    }

    /**
     * A private key from PEM, decrypted if it is encrypted: PKCS#8 ({@code ENCRYPTED PRIVATE KEY}) or OpenSSL's older form
     * ({@code Proc-Type: 4,ENCRYPTED}).
     *
     * @param password may be overwritten afterwards
     */
    public static PrivateKey privateKey(String pem, char[] password) {
        return Pem.privateKey(Require.notNull(pem, "private key"), Require.notNull(password, "password"));
    }

    /**
     * A public key from PEM or bare base64.
     *
     * @param pem SubjectPublicKeyInfo ({@code PUBLIC KEY}) or PKCS#1 ({@code RSA PUBLIC KEY})
     */
    public static PublicKey publicKey(String pem) {
        return Pem.publicKey(Require.notNull(pem, "public key"));
    }

    /** As {@link #certificates(String, Environment)}, valid today. */
    public static List<X509Certificate> certificates(String pem) {
        return certificates(pem, Environment.system());
    }

    /**
     * A certificate and those that lead to its issuer, each issued by the next.
     *
     * <p>The first must be for digital signatures, the others must be of authorities, all must be valid. Whether the last is one
     * to trust is for the caller to know: a file of one's own, or a reply that was verified.
     *
     * @param pem one or more {@code CERTIFICATE}, the signer's own first
     * @param env whose date they must be valid at
     */
    public static List<X509Certificate> certificates(String pem, Environment env) {
        List<X509Certificate> chain = Pem.certificates(Require.notNull(pem, "certificates"));
        return CertificateRules.checked(
                chain, Require.notNull(env, "environment").now());
    }

    /** As {@link #keyStore(Path, char[], String, Environment)}, with the only key of the file, valid today. */
    public static KeyStore.PrivateKeyEntry keyStore(Path file, char[] password) {
        return KeyStores.entry(file, password, null, Environment.system());
    }

    /**
     * A private key and its certificates from a PKCS#12 or JKS file.
     *
     * @param password of the file and of the key
     * @param alias of the key; null for the only one
     * @param env whose date the certificates must be valid at
     */
    public static KeyStore.PrivateKeyEntry keyStore(
            Path file, char[] password, @Nullable String alias, Environment env) {
        return KeyStores.entry(file, password, alias, Require.notNull(env, "environment"));
    }

    /**
     * The private key of a JSON Web Key (RFC 7517; RFC 8037 for Ed25519).
     *
     * @param json an RSA, EC or OKP key that is not for encryption only
     */
    public static PrivateKey privateJwk(String json) {
        return Jwks.privateKey(Require.notNull(json, "JWK"));
    }

    /** The public key of a JSON Web Key (RFC 7517), private or not. */
    public static PublicKey publicJwk(String json) {
        return Jwks.publicKey(Require.notNull(json, "JWK"));
    }

    /** The secret of a JSON Web Key of type oct (RFC 7518, section 6.4). */
    public static byte[] secretJwk(String json) {
        return Jwks.secret(Require.notNull(json, "JWK"));
    }
}
