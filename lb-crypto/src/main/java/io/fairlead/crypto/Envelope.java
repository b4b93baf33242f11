package io.fairlead.crypto;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.SecretKey;

/**
 * One message of the streaming format: its key, its header, and how each of its chunks is sealed.
 *
 * <p>The construction is STREAM (Hoang, Reyhanitabar, Rogaway, Vizár: Online Authenticated-Encryption and its Nonce-Reuse
 * Misuse-Resistance, CRYPTO 2015), as Tink and age have it: each chunk is sealed for its place, and the last one as the last, so that none
 * can be left out, moved, repeated or cut off. The key is the message's own, so that its nonces may be counted.
 *
 * <pre>
 * header    "FLE1" | suite: 1 byte | nonce prefix: 7 bytes | length: 2 bytes | the key, wrapped for the recipient: length bytes
 * chunks    64 KiB of plain text each, the last one shorter or as long, empty only if it is the only one; each followed by its tag
 * nonce     nonce prefix | number of the chunk from 0: 4 bytes | 1 for the last chunk, 0 for others: 1 byte
 * data      SHA-256 of the header, authenticated with every chunk
 * </pre>
 *
 * Numbers are big-endian. Suite 1 is AES-256-GCM with the key in a JWE, suite 2 is SM4-GCM with the key under SM4-GCM.
 */
final class Envelope {

    /** What is sealed at once: 64 KiB, as in age; the tags are a 4096th part, and what is held is small. */
    static final int CHUNK_BYTES = 64 * 1024;

    static final int SEALED_BYTES = CHUNK_BYTES + Aead.TAG_BYTES;

    /** Of the header, up to the wrapped key. */
    static final int FIXED_BYTES = 14;

    private static final byte[] MAGIC = {'F', 'L', 'E', '1'};
    private static final int PREFIX_AT = 5;
    private static final int PREFIX_BYTES = 7;

    private final Aead cipher;
    private final SecretKey key;
    private final byte[] header;
    private final byte[] data;

    private Envelope(Aead cipher, SecretKey key, byte[] header) {
        this.cipher = cipher;
        this.key = key;
        this.header = header;
        this.data = HmacKey.sha256().digest(header);
    }

    static Envelope fresh(DataKeys dataKeys, BodyKeys keys) {
        byte[] dataKey = keys.random(dataKeys.keyBytes());
        byte[] prefix = keys.random(PREFIX_BYTES);
        byte[] wrapped = dataKeys.wrap(keys, dataKey);
        byte[] header = ByteBuffer.allocate(FIXED_BYTES + wrapped.length)
                .put(MAGIC)
                .put(dataKeys.suite())
                .put(prefix)
                .putShort((short) wrapped.length)
                .put(wrapped)
                .array();
        return of(dataKeys, dataKey, header);
    }

    private static Envelope of(DataKeys dataKeys, byte[] dataKey, byte[] header) {
        Aead cipher = dataKeys.cipher();
        return new Envelope(cipher, cipher.key(dataKey), header);
    }

    /** Not to be written to. */
    byte[] header() {
        return header;
    }

    /** The length of a header that begins so. */
    static int headerBytes(DataKeys dataKeys, byte[] fixed) throws GeneralSecurityException {
        int length = ByteBuffer.wrap(fixed).getShort(FIXED_BYTES - 2);
        if (!Arrays.equals(MAGIC, 0, MAGIC.length, fixed, 0, MAGIC.length)
                || fixed[MAGIC.length] != dataKeys.suite()
                || length <= 0) {
            throw new Unopened();
        }
        return FIXED_BYTES + length;
    }

    static Envelope parsed(DataKeys dataKeys, BodyKeys keys, byte[] header) throws GeneralSecurityException {
        byte[] dataKey = dataKeys.unwrap(keys, Arrays.copyOfRange(header, FIXED_BYTES, header.length));
        if (dataKey.length != dataKeys.keyBytes()) {
            throw new Unopened();
        }
        return of(dataKeys, dataKey, header);
    }

    /** How long the whole message is. */
    long length(long plain) {
        long chunks = Math.max(1, (plain + CHUNK_BYTES - 1) / CHUNK_BYTES);
        return header.length + plain + chunks * Aead.TAG_BYTES;
    }

    private byte[] nonce(int number, boolean last) {
        return ByteBuffer.allocate(Aead.NONCE_BYTES)
                .put(header, PREFIX_AT, PREFIX_BYTES)
                .putInt(number)
                .put((byte) (last ? 1 : 0))
                .array();
    }

    byte[] seal(int number, boolean last, byte[] plain, int length) {
        return cipher.seal(key, nonce(number, last), data, plain, 0, length);
    }

    /** The whole message of a plain text that is there. */
    byte[] sealed(byte[] plain) {
        byte[] all = Arrays.copyOf(header, Math.toIntExact(length(plain.length)));
        int to = header.length;
        int from = 0;
        for (int number = 0; to < all.length; number++) {
            int some = Math.min(CHUNK_BYTES, plain.length - from);
            boolean last = from + some == plain.length;
            cipher.seal(key, nonce(number, last), data, plain, from, some, all, to);
            from += some;
            to += some + Aead.TAG_BYTES;
        }
        return all;
    }

    byte[] open(int number, boolean last, byte[] sealed, int length) throws GeneralSecurityException {
        return cipher.open(key, nonce(number, last), data, sealed, 0, length);
    }

    @Override
    public String toString() {
        return "Envelope[" + cipher + "]";
    }
}
