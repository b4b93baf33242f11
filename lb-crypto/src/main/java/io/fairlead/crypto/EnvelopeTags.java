package io.fairlead.crypto;

import java.io.IOException;
import java.util.Arrays;

/**
 * The tags of the chunks of one message that was sealed before, some 16 bytes for each 64 KiB: so that a body that is read anew, and is
 * another one by then, never meets the nonces of the first. Thread-safe.
 */
final class EnvelopeTags {

    private byte[] tags = new byte[4 * Aead.TAG_BYTES];
    private int known;

    /** Remembers the tag at the end of the chunk, or checks that it is the one that is remembered. */
    synchronized void confirm(int number, byte[] sealed) throws IOException {
        int at = number * Aead.TAG_BYTES;
        int tag = sealed.length - Aead.TAG_BYTES;
        if (number < known) {
            if (!Arrays.equals(tags, at, at + Aead.TAG_BYTES, sealed, tag, sealed.length)) {
                throw new IOException("the request body changed since it was encrypted first");
            }
            return;
        }
        if (at == tags.length) {
            tags = Arrays.copyOf(tags, 2 * at);
        }
        System.arraycopy(sealed, tag, tags, at, Aead.TAG_BYTES);
        known++;
    }
}
