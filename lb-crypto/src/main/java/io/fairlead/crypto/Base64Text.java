package io.fairlead.crypto;

import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;

/**
 * Base64url without padding (RFC 7515, section 2), written into an array that is there, piece by piece as a cipher gives it, and read out
 * of one: no text is ever held twice. Not thread-safe.
 */
final class Base64Text {

    /** Bytes that are put into text at once: whole blocks of a cipher, whole groups of base64, and little enough for the cache. */
    static final int PIECE = 12 * 1024;

    private static final Base64.Encoder ENCODER = Base64.getUrlEncoder().withoutPadding();

    private static final int TEXT_PIECE = PIECE / 3 * 4;

    private final byte[] to;
    private final byte[] text = new byte[TEXT_PIECE];
    private byte[] rest = new byte[0];
    private int at;

    /** @param at where the text begins */
    Base64Text(byte[] to, int at) {
        this.to = to;
        this.at = at;
    }

    /** As many characters as so many bytes make. */
    static long length(long bytes) {
        return (bytes * 4 + 2) / 3;
    }

    static byte[] encoded(byte[] bytes) {
        return ENCODER.encode(bytes);
    }

    void add(byte[] bytes, int length) {
        if (rest.length == 0 && length == bytes.length && length % 3 == 0 && length <= PIECE) {
            write(bytes);
            return;
        }
        byte[] all = Arrays.copyOf(rest, rest.length + length);
        System.arraycopy(bytes, 0, all, rest.length, length);
        int done = 0;
        for (int whole = all.length / 3 * 3; done < whole; ) {
            int end = Math.min(whole, done + PIECE);
            write(Arrays.copyOfRange(all, done, end));
            done = end;
        }
        rest = Arrays.copyOfRange(all, done, all.length);
    }

    private void write(byte[] bytes) {
        int characters = ENCODER.encode(bytes, text);
        System.arraycopy(text, 0, to, at, characters);
        at += characters;
    }

    /** Writes what is left; where the text ends. */
    int end() {
        write(rest);
        rest = new byte[0];
        return at;
    }

    static byte[] decoded(byte[] text) throws GeneralSecurityException {
        return decoded(text, 0, text.length, 0);
    }

    /**
     * What a part of an array stands for, in its one right form: no padding, and nothing in the bits that the last character leaves over.
     *
     * @param spare so many bytes are left empty at the end
     * @throws GeneralSecurityException if it has another form
     */
    static byte[] decoded(byte[] text, int from, int to, int spare) throws GeneralSecurityException {
        int length = to - from;
        byte[] bytes = new byte[(int) (length * 3L / 4) + spare];
        byte[] part = new byte[Math.min(length, TEXT_PIECE)];
        byte[] piece = new byte[PIECE];
        int done = 0;
        for (int at = from; at < to; at += part.length) {
            if (to - at < part.length) {
                part = new byte[to - at];
            }
            System.arraycopy(text, at, part, 0, part.length);
            int some = decoded(part, piece);
            System.arraycopy(piece, 0, bytes, done, some);
            done += some;
        }
        return bytes;
    }

    private static int decoded(byte[] part, byte[] into) throws GeneralSecurityException {
        int bytes;
        try {
            bytes = Base64.getUrlDecoder().decode(part, into);
        } catch (IllegalArgumentException e) {
            throw new Unopened();
        }
        if (bytes != part.length * 3 / 4 || part[part.length - 1] != last(into, bytes, part.length % 4)) {
            throw new Unopened();
        }
        return bytes;
    }

    /* The last character as it has to be. */
    private static byte last(byte[] bytes, int length, int characters) {
        int tail = characters == 0 ? 3 : characters - 1;
        byte[] text = ENCODER.encode(Arrays.copyOfRange(bytes, length - tail, length));
        return text[text.length - 1];
    }
}
