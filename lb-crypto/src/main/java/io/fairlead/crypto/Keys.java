package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
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
     * A private key in a PKCS#11 token (an HSM, a smart card), and its certificates there; the key stays in the token.
     *
     * <p>It signs for every signer here. For {@link Tls} the token's provider must also be registered; see {@link #tokenProvider}.
     *
     * @param provider of the token, as {@link #tokenProvider} makes it
     * @param pin of the token's user; tried once, as tokens lock themselves after a few wrong ones. Not looked at where this process has logged in
     *     to the token before
     * @param alias of the key, its CKA_LABEL; null for the only one. It must have a certificate under the same CKA_ID
     */
    public static KeyStore.PrivateKeyEntry token(
            Provider provider, char[] pin, @Nullable String alias, Environment env) {
        return HardwareTokens.entry(
                Require.notNull(provider, "PKCS#11 provider"),
                Require.notNull(pin, "PIN"),
                alias,
                Require.notNull(env, "environment"));
    }

    /**
     * The JDK's provider (SunPKCS11) of one token. It is not registered: {@link java.security.Security#addProvider} does that, for TLS.
     *
     * @param library of the token's maker, as {@code /usr/lib/softhsm/libsofthsm2.so}
     * @param slot the token's place in the library's list of slots, from 0
     */
    public static Provider tokenProvider(Path library, int slot) {
        Require.between(slot, 0, Integer.MAX_VALUE, "PKCS#11 slot");
        return HardwareTokens.provider(Require.notNull(library, "PKCS#11 library"), slot);
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

    /** The private keys of a JSON Web Key Set (RFC 7517, section 5) by key id, in the order of the set. */
    public static Map<String, PrivateKey> privateJwks(String json) {
        return Jwks.set(Require.notNull(json, "JWK Set"), Keys::privateJwk);
    }

    /** The public keys of a JSON Web Key Set by key id, in the order of the set. */
    public static Map<String, PublicKey> publicJwks(String json) {
        return Jwks.set(Require.notNull(json, "JWK Set"), Keys::publicJwk);
    }

    /** The secrets (oct) of a JSON Web Key Set by key id, in the order of the set. */
    public static Map<String, byte[]> secretJwks(String json) {
        return Jwks.set(Require.notNull(json, "JWK Set"), Keys::secretJwk);
    }

    /**
     * Private keys by the serials of their certificates, in upper-case hexadecimal.
     *
     * @param pem the keys, not encrypted, and a certificate of each, valid and for digital signatures, in any order
     */
    public static Map<String, PrivateKey> privateKeysBySerial(String pem, Environment env) {
        return KeyPairs.bySerial(
                Pem.privateKeys(Require.notNull(pem, "private keys"), null),
                Pem.certificates(pem),
                Require.notNull(env, "environment"));
    }

    /**
     * The private key of a key store or token under the serial of its certificate, in upper-case hexadecimal: for a {@link KeyRing}, which
     * stops signing with it when the certificate ends.
     */
    public static Map<String, PrivateKey> privateKeyBySerial(KeyStore.PrivateKeyEntry entry, Environment env) {
        return KeyPairs.bySerial(
                List.of(Require.notNull(entry, "private key entry").getPrivateKey()),
                List.of((X509Certificate) entry.getCertificate()),
                Require.notNull(env, "environment"));
    }

    /**
     * Public keys by the serials of their certificates, in upper-case hexadecimal.
     *
     * @param pem certificates, each valid and for digital signatures, of whose origin the caller is sure
     */
    public static Map<String, PublicKey> publicKeysBySerial(String pem, Environment env) {
        return KeyPairs.bySerial(
                Pem.certificates(Require.notNull(pem, "certificates")), Require.notNull(env, "environment"));
    }

    /** As {@link #watched(List, Function, Duration, Environment)}, for one file that is looked at every 10 s. */
    public static <K> KeyRing<K> watched(Path file, Function<String, Map<String, K>> reader) {
        return watched(List.of(Require.notNull(file, "key file")), reader, FileWatch.EVERY, Environment.system());
    }

    /**
     * A ring of the keys in some files, which follows them while in use: what is exchanged there is in use within the interval and a
     * second. A file that cannot be read or used changes nothing: the keys before stay, a warning is logged, and
     * {@link KeyRing#onFailure} is told.
     *
     * @param files whose texts are joined, as a key and its certificate; small
     * @param reader from the text to the keys by id, the one that signs first: {@link #privateJwks}, {@link #privateKeysBySerial}, or {@code
     *     text -> Map.of("key-1", Keys.privateKey(text))}. It must not quote the text where it fails
     * @param every how often to look
     */
    public static <K> KeyRing<K> watched(
            List<Path> files, Function<String, Map<String, K>> reader, Duration every, Environment env) {
        Require.notNull(reader, "key reader");
        AtomicReference<@Nullable KeyRing<K>> ring = new AtomicReference<>();
        FileWatch watch = FileWatch.start(
                Require.notNull(files, "key files"),
                every,
                Require.notNull(env, "environment"),
                contents -> {
                    Map<String, K> keys = reader.apply(FileWatch.text(contents));
                    KeyRing<K> known = ring.get();
                    if (known == null) {
                        ring.set(KeyRing.of(keys));
                    } else {
                        known.replace(keys);
                    }
                },
                e -> Objects.requireNonNull(ring.get()).failed(e));
        return Objects.requireNonNull(ring.get()).following(watch);
    }
}
