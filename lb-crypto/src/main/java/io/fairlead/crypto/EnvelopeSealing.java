package io.fairlead.crypto;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Seals a stream: the header, then chunk by chunk. */
final class EnvelopeSealing implements Chunks {

    /** 4 TiB; the format has numbers for more, the tags that are remembered have not. */
    private static final int MOST_CHUNKS = 1 << 26;

    private final Envelope envelope;
    private final EnvelopeTags tags;
    private final byte[] held = new byte[Envelope.CHUNK_BYTES];
    private int length;
    private int number;
    private boolean begun;

    EnvelopeSealing(Envelope envelope, EnvelopeTags tags) {
        this.envelope = envelope;
        this.tags = tags;
    }

    /* A full chunk waits for the byte after it: it may be the last. */
    @Override
    public @Nullable ByteBuffer next(ByteBuffer in) throws IOException {
        if (!begun) {
            begun = true;
            return ByteBuffer.wrap(envelope.header()).asReadOnlyBuffer();
        }
        if (length == held.length && in.hasRemaining()) {
            return ByteBuffer.wrap(sealed(false));
        }
        int more = Math.min(in.remaining(), held.length - length);
        in.get(held, length, more);
        length += more;
        return null;
    }

    @Override
    public ByteBuffer last() throws IOException {
        byte[] sealed = sealed(true);
        if (begun) {
            return ByteBuffer.wrap(sealed);
        }
        byte[] header = envelope.header();
        return ByteBuffer.allocate(header.length + sealed.length)
                .put(header)
                .put(sealed)
                .flip();
    }

    private byte[] sealed(boolean last) throws IOException {
        if (number == MOST_CHUNKS) {
            throw new IOException("the request body is longer than 4 TiB");
        }
        byte[] sealed = envelope.seal(number, last, held, length);
        tags.confirm(number, sealed);
        number++;
        length = 0;
        return sealed;
    }
}
