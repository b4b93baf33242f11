package io.fairlead.crypto;

import com.nimbusds.jose.EncryptionMethod;
import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWECryptoParts;
import com.nimbusds.jose.JWEEncrypter;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.JWEObject;
import com.nimbusds.jose.Payload;
import com.nimbusds.jose.crypto.AESEncrypter;
import com.nimbusds.jose.crypto.DirectEncrypter;
import com.nimbusds.jose.crypto.ECDHEncrypter;
import com.nimbusds.jose.crypto.RSAEncrypter;
import com.nimbusds.jose.crypto.impl.AAD;
import com.nimbusds.jose.util.Base64URL;
import io.fairlead.Environment;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.util.Base64;
import java.util.function.BiFunction;
import javax.crypto.SecretKey;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Makes JWE in its compact form (RFC 7516, section 7.1).
 *
 * <p>The keys, the header and all but GCM are nimbus's; the content is put through GCM and base64 by the JDK, many times faster. Never
 * compressed (RFC 8725, section 3.6). Immutable and thread-safe.
 *
 * @param suite the algorithms
 * @param profile adds the header parameters of a partner, some of them the date
 */
record Jwe(JweSuite suite, BiFunction<JWEHeader.Builder, Environment, JWEHeader.Builder> profile) {

    private static final byte[] NOTHING = new byte[0];

    /** As many bytes as base64url without padding makes of so many. */
    static long base64(long bytes) {
        return (bytes * 4 + 2) / 3;
    }

    byte[] seal(BodyKeys keys, byte[] plain) {
        JWEHeader.Builder builder = new JWEHeader.Builder(suite.algorithm(), suite.encryption());
        if (!keys.keyId().isEmpty()) {
            builder.keyID(keys.keyId());
        }
        JWEHeader header = profile.apply(builder, keys.env()).build();
        try {
            if (suite.isAgreedDirectly() || !JweSuite.isGcm(suite.encryption())) {
                JWEObject object = new JWEObject(header, new Payload(plain));
                object.encrypt(encrypter(keys.required(), null));
                return object.serialize().getBytes(StandardCharsets.US_ASCII);
            }
            return gcm(keys, header, plain);
        } catch (JOSEException e) {
            throw new IllegalStateException("the body cannot be encrypted with " + suite, e);
        }
    }

    /** How many bytes a message has whose plain text has so many; the header's are of one length by and by. */
    long length(BodyKeys keys, long plain) {
        boolean gcm = JweSuite.isGcm(suite.encryption());
        long bare = seal(keys, NOTHING).length - (gcm ? 0 : base64(16));
        return bare + base64(gcm ? plain : plain / 16 * 16 + 16);
    }

    /* Nimbus makes the header and the encrypted key around no content at all, which is thrown away: it is under a nonce of its own. */
    private byte[] gcm(BodyKeys keys, JWEHeader header, byte[] plain) throws JOSEException {
        Key recipient = keys.required();
        SecretKey content = suite.isDirect()
                ? (SecretKey) recipient
                : new SecretKeySpec(keys.random(contentKeyBytes(suite.encryption())), "AES");
        JWECryptoParts parts = encrypter(recipient, content).encrypt(header, NOTHING, AAD.compute(header));
        byte[] data = AAD.compute(parts.getHeader());
        byte[] nonce = keys.random(Aead.NONCE_BYTES);
        byte[] sealed = Aead.AES.seal(content, nonce, data, plain);
        return joined(data, parts.getEncryptedKey(), nonce, sealed);
    }

    private static byte[] joined(byte[] header, @Nullable Base64URL key, byte[] nonce, byte[] sealed) {
        Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
        int text = sealed.length - Aead.TAG_BYTES;
        byte[] start = ("." + (key == null ? "" : key) + "." + base64.encodeToString(nonce) + ".")
                .getBytes(StandardCharsets.US_ASCII);
        byte[] body = base64.encode(text == 0 ? NOTHING : java.util.Arrays.copyOf(sealed, text));
        byte[] tag = base64.encode(java.util.Arrays.copyOfRange(sealed, text, sealed.length));
        byte[] all = java.util.Arrays.copyOf(header, header.length + start.length + body.length + 1 + tag.length);
        int at = header.length;
        System.arraycopy(start, 0, all, at, start.length);
        at += start.length;
        System.arraycopy(body, 0, all, at, body.length);
        at += body.length;
        all[at] = '.';
        System.arraycopy(tag, 0, all, at + 1, tag.length);
        return all;
    }

    static int contentKeyBytes(EncryptionMethod encryption) {
        return encryption.cekBitLength() / 8;
    }

    /** @param content the key of the content; null to have one made */
    private JWEEncrypter encrypter(Key recipient, @Nullable SecretKey content) throws JOSEException {
        if (suite.isRsa()) {
            return new RSAEncrypter((RSAPublicKey) recipient, content);
        }
        if (recipient instanceof ECPublicKey open) {
            return new ECDHEncrypter(open, content);
        }
        SecretKey secret = (SecretKey) recipient;
        if (suite.isDirect()) {
            return new DirectEncrypter(secret);
        }
        return content == null ? new AESEncrypter(secret) : new AESEncrypter(secret, content);
    }
}
