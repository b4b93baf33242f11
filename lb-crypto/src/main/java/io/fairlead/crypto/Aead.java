package io.fairlead.crypto;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.Provider;
import javax.crypto.Cipher;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.jspecify.annotations.Nullable;

/**
 * Galois/Counter Mode (NIST SP 800-38D; RFC 8998 for SM4) with nonces of 96 bits and tags of 128, the only sizes that are safe by
 * themselves. AES is the JDK's, which has it in hardware; SM4 is Bouncy Castle's.
 */
enum Aead {
    /** With keys of 128, 192 or 256 bits. */
    AES(null),
    /** With keys of 128 bits. */
    SM4(Providers.BC);

    static final int NONCE_BYTES = 12;
    static final int TAG_BYTES = 16;

    /* In one long call the JDK's encryption never reaches its intrinsic: 60 MB/s instead of 2 GB/s. */
    private static final int PIECE = 16 * 1024;

    /*
     * Decryption cannot be fed in pieces, as nothing may come out before the tag is checked. Of a buffer that is read-only the JDK works off
     * a KiB at a time, which reaches the intrinsic at once; of an array all of it, which does so after some 600 calls: 0.8 ms for a MiB
     * instead of 14, and 0.7 instead of 0.3 from then on. Large bodies are seldom so many.
     */
    private static final int LONG = 64 * 1024 + TAG_BYTES;

    @SuppressWarnings("ImmutableEnumChecker") // a provider is used as a value
    private final @Nullable Provider provider;

    Aead(@Nullable Provider provider) {
        this.provider = provider;
    }

    SecretKey key(byte[] bytes) {
        return new SecretKeySpec(bytes, name());
    }

    private Cipher cipher(int mode, SecretKey key, byte[] nonce, byte[] data) throws GeneralSecurityException {
        String name = name() + "/GCM/NoPadding";
        Cipher cipher = provider == null ? Cipher.getInstance(name) : Cipher.getInstance(name, provider);
        cipher.init(mode, key, new GCMParameterSpec(8 * TAG_BYTES, nonce));
        cipher.updateAAD(data);
        return cipher;
    }

    /** A cipher that encrypts in pieces; what it ends with is the tag. */
    Cipher encrypting(SecretKey key, byte[] nonce, byte[] data) throws GeneralSecurityException {
        if (nonce.length != NONCE_BYTES) {
            throw new GeneralSecurityException("nonce has " + nonce.length + " bytes: allowed are " + NONCE_BYTES);
        }
        return cipher(Cipher.ENCRYPT_MODE, key, nonce, data);
    }

    /**
     * The ciphertext of a part of an array, with the tag at its end.
     *
     * @param nonce never used before with this key
     * @param data authenticated with it
     */
    byte[] seal(SecretKey key, byte[] nonce, byte[] data, byte[] plain, int from, int length) {
        byte[] sealed = new byte[Math.addExact(length, TAG_BYTES)];
        seal(key, nonce, data, plain, from, length, sealed, 0);
        return sealed;
    }

    /** The same into an array that is there. */
    void seal(SecretKey key, byte[] nonce, byte[] data, byte[] plain, int from, int length, byte[] sealed, int to) {
        try {
            Cipher cipher = encrypting(key, nonce, data);
            int at = from;
            int done = to;
            for (int end = from + length; end - at > PIECE; at += PIECE) {
                done += cipher.update(plain, at, PIECE, sealed, done);
            }
            cipher.doFinal(plain, at, from + length - at, sealed, done);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK or Bouncy Castle cannot encrypt with " + this, e);
        }
    }

    byte[] seal(SecretKey key, byte[] nonce, byte[] data, byte[] plain) {
        return seal(key, nonce, data, plain, 0, plain.length);
    }

    /**
     * The plain text, once the tag was found right.
     *
     * @throws GeneralSecurityException the same for whatever reason
     */
    byte[] open(SecretKey key, byte[] nonce, byte[] data, byte[] sealed, int from, int length)
            throws GeneralSecurityException {
        if (nonce.length != NONCE_BYTES) {
            throw new Unopened();
        }
        return openWithAny(key, nonce, data, sealed, from, length);
    }

    /** The same under a nonce of any length, which GCM has too: for partners who write such. */
    byte[] openWithAny(SecretKey key, byte[] nonce, byte[] data, byte[] sealed, int from, int length)
            throws GeneralSecurityException {
        try {
            Cipher cipher = cipher(Cipher.DECRYPT_MODE, key, nonce, data);
            if (provider != null || length <= LONG) {
                return cipher.doFinal(sealed, from, length);
            }
            byte[] plain = new byte[length - TAG_BYTES];
            cipher.doFinal(ByteBuffer.wrap(sealed, from, length).asReadOnlyBuffer(), ByteBuffer.wrap(plain));
            return plain;
        } catch (GeneralSecurityException | RuntimeException e) {
            throw new Unopened();
        }
    }

    byte[] open(SecretKey key, byte[] nonce, byte[] data, byte[] sealed) throws GeneralSecurityException {
        return open(key, nonce, data, sealed, 0, sealed.length);
    }
}
