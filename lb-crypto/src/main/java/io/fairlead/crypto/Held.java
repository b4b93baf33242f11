package io.fairlead.crypto;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A body that is held whole, up to a size: what a stranger sends must not fill the memory. For one thread at a time. */
final class Held {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final int most;
    private final String what;
    private final String purpose;

    /**
     * @param what the body is, for the exception
     * @param purpose why it is held
     */
    Held(int most, String what, String purpose) {
        this.most = most;
        this.what = what;
        this.purpose = purpose;
    }

    void add(ByteBuffer chunk) throws IOException {
        if (chunk.remaining() > most - bytes.size()) {
            throw new IOException("the " + what + " is longer than " + most + " bytes: too long to be " + purpose);
        }
        byte[] more = new byte[chunk.remaining()];
        chunk.get(more);
        bytes.writeBytes(more);
    }

    byte[] whole() {
        return bytes.toByteArray();
    }
}
