package io.fairlead.crypto;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEDecrypter;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.crypto.DirectDecrypter;
import com.nimbusds.jose.crypto.ECDHDecrypter;
import com.nimbusds.jose.crypto.impl.DeflateHelper;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.PrivateKey;
import java.security.interfaces.ECPrivateKey;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Opens JWE in its compact form, under the algorithms and keys that were chosen: those that the message names must be the same, and keys
 * and addresses of keys inside it are not looked at. Immutable and thread-safe.
 *
 * <p>A content key that cannot be unwrapped is replaced by a random one (RFC 7516, section 11.5), so that a wrong key fails where a wrong
 * content does, and as late.
 */
record JweOpener(JweSuite suite) {

    private static final int PARTS = 5;

    /** What compressed content may grow to; the same as nimbus's own limit. */
    private static final int MOST_INFLATED = 1_000_000;

    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    /** A message taken apart: each part as it stood, and what it stands for. */
    private record Message(JWEHeader header, List<String> text, List<byte[]> bytes) {
        byte[] data() {
            return text.get(0).getBytes(StandardCharsets.US_ASCII);
        }
    }

    byte[] open(BodyKeys keys, byte[] compact) throws GeneralSecurityException {
        try {
            Message message = parsed(new String(compact, StandardCharsets.ISO_8859_1));
            Key key = keys.own(message.header().getKeyID());
            if (key == null || !isAsChosen(message)) {
                throw new Unopened();
            }
            return content(message, key, keys);
        } catch (JOSEException | ParseException | RuntimeException e) {
            throw new Unopened();
        }
    }

    private static Message parsed(String compact) throws GeneralSecurityException, ParseException {
        List<String> text = List.of(compact.split("\\.", PARTS + 1));
        if (text.size() != PARTS) {
            throw new Unopened();
        }
        List<byte[]> bytes = new ArrayList<>(PARTS);
        for (String part : text) {
            bytes.add(decoded(part));
        }
        Json.check(bytes.get(0)); // a member that is there twice would be read by one so and by another so
        return new Message(JWEHeader.parse(new Base64URL(text.get(0))), text, bytes);
    }

    /* The one right form only: no padding, and nothing in the bits that the last character leaves over. */
    private static byte[] decoded(String part) throws GeneralSecurityException {
        byte[] bytes = Base64.getUrlDecoder().decode(part);
        int rest = part.length() % 4;
        if (!part.isEmpty()) {
            int last = ALPHABET.indexOf(part.charAt(part.length() - 1));
            if (last < 0 || (rest == 2 && (last & 0xf) != 0) || (rest == 3 && (last & 3) != 0)) {
                throw new Unopened();
            }
        }
        return bytes;
    }

    private boolean isAsChosen(Message message) {
        JWEHeader header = message.header();
        boolean gcm = JweSuite.isGcm(header.getEncryptionMethod());
        return suite.algorithm().equals(header.getAlgorithm())
                && suite.accepted().contains(header.getEncryptionMethod())
                && header.getCriticalParams() == null
                && message.bytes().get(2).length == (gcm ? Aead.NONCE_BYTES : 16)
                && message.bytes().get(4).length
                        == (gcm ? Aead.TAG_BYTES : Jwe.contentKeyBytes(header.getEncryptionMethod()) / 2)
                && (!suite.isDirect() || message.text().get(1).isEmpty());
    }

    private byte[] content(Message message, Key key, BodyKeys keys) throws GeneralSecurityException, JOSEException {
        EncryptionMethod encryption = message.header().getEncryptionMethod();
        SecretKey content = contentKey(message, key, keys);
        if (content == null) {
            return decrypted(message, new ECDHDecrypter((ECPrivateKey) key));
        }
        if (!JweSuite.isGcm(encryption)) {
            return decrypted(message, new DirectDecrypter(content, true));
        }
        List<byte[]> bytes = message.bytes();
        byte[] sealed = Arrays.copyOf(bytes.get(3), bytes.get(3).length + Aead.TAG_BYTES);
        System.arraycopy(bytes.get(4), 0, sealed, bytes.get(3).length, Aead.TAG_BYTES);
        byte[] plain = Aead.AES.open(content, bytes.get(2), message.data(), sealed);
        return DeflateHelper.applyDecompression(message.header(), plain, MOST_INFLATED);
    }

    /* Null where it does not come without the content. */
    private @Nullable SecretKey contentKey(Message message, Key key, BodyKeys keys) {
        if (key instanceof ECPrivateKey) {
            return null;
        }
        int length = Jwe.contentKeyBytes(message.header().getEncryptionMethod());
        byte[] otherwise = keys.random(length);
        byte[] opened;
        try {
            opened = unwrapped(message, key);
        } catch (GeneralSecurityException e) {
            opened = otherwise;
        }
        return new SecretKeySpec(opened.length == length ? opened : otherwise, "AES");
    }

    private byte[] unwrapped(Message message, Key key) throws GeneralSecurityException {
        byte[] wrapped = message.bytes().get(1);
        if (suite.isDirect()) {
            return key.getEncoded();
        }
        if (suite.isRsa()) {
            return suite.oaep().open((PrivateKey) key, wrapped);
        }
        if (suite.isWrappedByGcm()) {
            return gcmUnwrapped((SecretKey) key, message.header(), wrapped);
        }
        Cipher cipher = Cipher.getInstance("AESWrap");
        cipher.init(Cipher.UNWRAP_MODE, key);
        return cipher.unwrap(wrapped, "AES", Cipher.SECRET_KEY).getEncoded();
    }

    private static byte[] gcmUnwrapped(SecretKey key, JWEHeader header, byte[] wrapped)
            throws GeneralSecurityException {
        Base64URL nonce = header.getIV();
        Base64URL tag = header.getAuthTag();
        if (nonce == null || tag == null || tag.decode().length != Aead.TAG_BYTES) {
            throw new Unopened();
        }
        byte[] sealed = Arrays.copyOf(wrapped, wrapped.length + Aead.TAG_BYTES);
        System.arraycopy(tag.decode(), 0, sealed, wrapped.length, Aead.TAG_BYTES);
        return Aead.AES.open(key, nonce.decode(), new byte[0], sealed);
    }

    private static byte[] decrypted(Message message, JWEDecrypter decrypter) throws JOSEException {
        List<String> text = message.text();
        return decrypter.decrypt(
                message.header(),
                text.get(1).isEmpty() ? null : new Base64URL(text.get(1)),
                new Base64URL(text.get(2)),
                new Base64URL(text.get(3)),
                new Base64URL(text.get(4)),
                message.data());
    }
}
