package io.fairlead.crypto;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import org.jspecify.annotations.Nullable;

/** Turns a stream of bytes into another, chunk by chunk, in constant memory. For one stream and one thread at a time. */
interface Chunks {

    /** The next chunk, as soon as there are bytes enough; null once all of the buffer is read. */
    @Nullable
    ByteBuffer next(ByteBuffer in) throws GeneralSecurityException, IOException;

    /** What comes at the end of the stream; may be empty. */
    ByteBuffer last() throws GeneralSecurityException, IOException;
}
