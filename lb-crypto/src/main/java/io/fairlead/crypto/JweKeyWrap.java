package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.util.Base64URL;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;

/**
 * How a recipient comes to the content key of a JWE (RFC 7518, section 4): encrypted, wrapped, agreed on, or known before. Immutable and
 * thread-safe.
 *
 * <p>A content key that cannot be unwrapped is replaced by a random one (RFC 7516, section 11.5), so that a wrong key fails where a wrong
 * content does, and as late.
 */
record JweKeyWrap(JweSuite suite) {

    private static final byte[] NOTHING = new byte[0];

    /**
     * What is sealed with, and what the recipient is told of it.
     *
     * @param header with the parameters that the recipient needs
     * @param encrypted empty where there is nothing to tell
     */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Wrapped(JWEHeader header, SecretKey content, byte[] encrypted) {}

    Wrapped wrap(BodyKeys keys, JWEHeader.Builder header) {
        try {
            Key recipient = keys.required();
            if (suite.isDirect()) {
                return new Wrapped(header.build(), (SecretKey) recipient, NOTHING);
            }
            if (suite.isAgreed()) {
                return agreed(keys, (PublicKey) recipient, header);
            }
            SecretKey content = fresh(keys);
            if (suite.isRsa()) {
                byte[] encrypted = suite.oaep().seal((PublicKey) recipient, content.getEncoded());
                return new Wrapped(header.build(), content, encrypted);
            }
            return suite.isWrappedByGcm()
                    ? byGcm(keys, (SecretKey) recipient, content, header)
                    : new Wrapped(header.build(), content, aes((SecretKey) recipient, content));
        } catch (GeneralSecurityException | JOSEException e) {
            throw new IllegalStateException("the body cannot be encrypted with " + suite, e);
        }
    }

    private SecretKey fresh(BodyKeys keys) {
        return new SecretKeySpec(keys.random(suite.content().keyBytes()), "AES");
    }

    private Wrapped agreed(BodyKeys keys, PublicKey recipient, JWEHeader.Builder header)
            throws GeneralSecurityException, JOSEException {
        KeyPair ephemeral = Agreement.fresh(recipient);
        JWEHeader told =
                header.ephemeralPublicKey(Agreement.epk(ephemeral.getPublic())).build();
        SecretKey derived = Agreement.derived(told, ephemeral.getPrivate(), recipient);
        if (suite.isAgreedDirectly()) {
            return new Wrapped(told, derived, NOTHING);
        }
        SecretKey content = fresh(keys);
        return new Wrapped(told, content, aes(derived, content));
    }

    private static Wrapped byGcm(BodyKeys keys, SecretKey recipient, SecretKey content, JWEHeader.Builder header) {
        byte[] nonce = keys.random(Aead.NONCE_BYTES);
        byte[] sealed = Aead.AES.seal(recipient, nonce, NOTHING, content.getEncoded());
        int length = sealed.length - Aead.TAG_BYTES;
        header.iv(Base64URL.encode(nonce)).authTag(Base64URL.encode(Arrays.copyOfRange(sealed, length, sealed.length)));
        return new Wrapped(header.build(), content, Arrays.copyOf(sealed, length));
    }

    /* RFC 3394. */
    private static byte[] aes(SecretKey key, SecretKey content) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AESWrap");
        cipher.init(Cipher.WRAP_MODE, key);
        return cipher.wrap(content);
    }

    /** The content key, or a random one in its place. */
    SecretKey unwrap(JweMessage message, Key own, BodyKeys keys) {
        int length = new JweContent(message.header().getEncryptionMethod()).keyBytes();
        byte[] otherwise = keys.random(length);
        byte[] opened;
        try {
            opened = unwrapped(message, own);
        } catch (GeneralSecurityException | JOSEException | RuntimeException e) {
            opened = otherwise;
        }
        return new SecretKeySpec(opened.length == length ? opened : otherwise, "AES");
    }

    private byte[] unwrapped(JweMessage message, Key own) throws GeneralSecurityException, JOSEException {
        if (suite.isDirect()) {
            return own.getEncoded();
        }
        JWEHeader header = message.header();
        byte[] encrypted = message.encryptedKey();
        if (suite.isRsa()) {
            return suite.oaep().open((PrivateKey) own, encrypted);
        }
        if (suite.isWrappedByGcm()) {
            return byGcm((SecretKey) own, header, encrypted);
        }
        if (!suite.isAgreed()) {
            return aes((SecretKey) own, encrypted);
        }
        SecretKey derived = Agreement.derived(header, (PrivateKey) own, Agreement.of(header, own));
        return suite.isAgreedDirectly() ? derived.getEncoded() : aes(derived, encrypted);
    }

    private static byte[] byGcm(SecretKey key, JWEHeader header, byte[] encrypted) throws GeneralSecurityException {
        Base64URL nonce = header.getIV();
        Base64URL tag = header.getAuthTag();
        if (nonce == null || tag == null || tag.decode().length != Aead.TAG_BYTES) {
            throw new Unopened();
        }
        byte[] sealed = Arrays.copyOf(encrypted, encrypted.length + Aead.TAG_BYTES);
        System.arraycopy(tag.decode(), 0, sealed, encrypted.length, Aead.TAG_BYTES);
        return Aead.AES.open(key, nonce.decode(), NOTHING, sealed);
    }

    private static byte[] aes(SecretKey key, byte[] encrypted) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AESWrap");
        cipher.init(Cipher.UNWRAP_MODE, key);
        return cipher.unwrap(encrypted, "AES", Cipher.SECRET_KEY).getEncoded();
    }
}
