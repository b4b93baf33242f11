package io.fairlead.crypto;

import com.nimbusds.jose.EncryptionMethod;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * How the content of a JWE is encrypted: AES-GCM (RFC 7518, section 5.3), or AES-CBC with HMAC, the code over the ciphertext (section 5.2;
 * the first half of the key is the code's). The ciphertext goes into base64 as it comes, so that a message is held once. Immutable and
 * thread-safe.
 */
record JweContent(EncryptionMethod method) {

    private static final int BLOCK = 16;

    boolean isGcm() {
        return method.getName().endsWith("GCM");
    }

    int keyBytes() {
        return method.cekBitLength() / 8;
    }

    int nonceBytes() {
        return isGcm() ? Aead.NONCE_BYTES : BLOCK;
    }

    int tagBytes() {
        return isGcm() ? Aead.TAG_BYTES : keyBytes() / 2;
    }

    /** Of the ciphertext without its tag. */
    long length(long plain) {
        return isGcm() ? plain : (plain / BLOCK + 1) * BLOCK;
    }

    /**
     * A message: the ciphertext and the tag in base64, and what is around them.
     *
     * @param nonce never used before with this key
     * @param data authenticated with the content
     */
    byte[] seal(SecretKey key, byte[] nonce, byte[] data, byte[] plain, byte[] before, byte[] between, byte[] after) {
        long text = Base64Text.length(length(plain.length));
        byte[] all = Arrays.copyOf(
                before,
                Math.toIntExact(before.length + text + between.length + Base64Text.length(tagBytes()) + after.length));
        try {
            byte[] tag = Base64Text.encoded(encrypt(key, nonce, data, plain, new Base64Text(all, before.length)));
            int at = before.length + (int) text;
            System.arraycopy(between, 0, all, at, between.length);
            System.arraycopy(tag, 0, all, at + between.length, tag.length);
            System.arraycopy(after, 0, all, all.length - after.length, after.length);
            return all;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK cannot encrypt with " + method, e);
        }
    }

    /* The tag. In pieces, as the JDK's encryption never reaches its intrinsic in one long call. */
    private byte[] encrypt(SecretKey key, byte[] nonce, byte[] data, byte[] plain, Base64Text text)
            throws GeneralSecurityException {
        Cipher cipher = isGcm() ? Aead.AES.encrypting(key, nonce, data) : cbc(Cipher.ENCRYPT_MODE, key, nonce);
        Mac mac = isGcm() ? null : mac(key, nonce, data);
        byte[] piece = new byte[Base64Text.PIECE];
        int at = 0;
        for (; plain.length - at > piece.length; at += piece.length) {
            int some = cipher.update(plain, at, piece.length, piece, 0);
            add(mac, text, piece, some);
        }
        byte[] rest = cipher.doFinal(plain, at, plain.length - at);
        int left = isGcm() ? rest.length - Aead.TAG_BYTES : rest.length;
        add(mac, text, rest, left);
        text.end();
        return mac == null ? Arrays.copyOfRange(rest, left, rest.length) : tag(mac, data);
    }

    private static void add(@Nullable Mac mac, Base64Text text, byte[] bytes, int length) {
        text.add(bytes, length);
        if (mac != null) {
            mac.update(bytes, 0, length);
        }
    }

    /**
     * The plain text, once the tag was found right.
     *
     * @param nonce of a length that was looked at
     * @param sealed the ciphertext with the tag at its end
     * @throws GeneralSecurityException the same for whatever reason
     */
    byte[] open(SecretKey key, byte[] nonce, byte[] data, byte[] sealed) throws GeneralSecurityException {
        if (isGcm()) {
            return Aead.AES.openWithAny(key, nonce, data, sealed, 0, sealed.length);
        }
        int length = sealed.length - tagBytes();
        try {
            Mac mac = mac(key, nonce, data);
            mac.update(sealed, 0, length);
            if (!MessageDigest.isEqual(tag(mac, data), Arrays.copyOfRange(sealed, length, sealed.length))) {
                throw new Unopened();
            }
            return cbc(Cipher.DECRYPT_MODE, key, nonce).doFinal(sealed, 0, length);
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new Unopened();
        }
    }

    private Cipher cbc(int mode, SecretKey key, byte[] nonce) throws GeneralSecurityException {
        Cipher cipher = Cipher.getInstance("AES/CBC/PKCS5Padding");
        byte[] both = key.getEncoded();
        SecretKey second = new SecretKeySpec(both, both.length / 2, both.length - both.length / 2, "AES");
        cipher.init(mode, second, new IvParameterSpec(nonce));
        return cipher;
    }

    private Mac mac(SecretKey key, byte[] nonce, byte[] data) throws GeneralSecurityException {
        String name = "HmacSHA" + 8 * keyBytes();
        Mac mac = Mac.getInstance(name);
        mac.init(new SecretKeySpec(key.getEncoded(), 0, keyBytes() / 2, name));
        mac.update(data);
        mac.update(nonce);
        return mac;
    }

    private byte[] tag(Mac mac, byte[] data) {
        mac.update(ByteBuffer.allocate(8).putLong(8L * data.length).flip());
        return Arrays.copyOf(mac.doFinal(), tagBytes());
    }

    @Override
    public String toString() {
        return method.getName();
    }
}
