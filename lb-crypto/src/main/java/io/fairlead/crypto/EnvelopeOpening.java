package io.fairlead.crypto;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Opens a stream, each chunk before it is handed on. What is no envelope, or not the whole of one, is refused. */
final class EnvelopeOpening implements Chunks {

    private final DataKeys dataKeys;
    private final BodyKeys keys;

    private byte[] held = new byte[Envelope.FIXED_BYTES];
    private int length;
    private int number;
    private boolean measured;
    private @Nullable Envelope envelope;

    EnvelopeOpening(DataKeys dataKeys, BodyKeys keys) {
        this.dataKeys = dataKeys;
        this.keys = keys;
    }

    /* A full chunk waits for the byte after it: it may be the last. */
    @Override
    public @Nullable ByteBuffer next(ByteBuffer in) throws GeneralSecurityException {
        Envelope open = envelope;
        if (open != null && length == held.length && in.hasRemaining()) {
            if (number == Integer.MAX_VALUE) {
                throw new Unopened();
            }
            byte[] plain = open.open(number, false, held, length);
            number++;
            length = 0;
            return ByteBuffer.wrap(plain);
        }
        int more = Math.min(in.remaining(), held.length - length);
        in.get(held, length, more);
        length += more;
        if (open == null && length == held.length) {
            header();
        }
        return null;
    }

    private void header() throws GeneralSecurityException {
        if (!measured) {
            measured = true;
            held = Arrays.copyOf(held, Envelope.headerBytes(dataKeys, held));
            return;
        }
        envelope = Envelope.parsed(dataKeys, keys, held);
        held = new byte[Envelope.SEALED_BYTES];
        length = 0;
    }

    @Override
    public ByteBuffer last() throws GeneralSecurityException {
        Envelope open = envelope;
        if (open == null || length < Aead.TAG_BYTES || (length == Aead.TAG_BYTES && number > 0)) {
            throw new Unopened();
        }
        return ByteBuffer.wrap(open.open(number, true, held, length));
    }
}
