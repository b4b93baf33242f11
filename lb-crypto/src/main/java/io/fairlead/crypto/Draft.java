package io.fairlead.crypto;

import java.net.http.HttpRequest.BodyPublisher;
import java.nio.ByteBuffer;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One signature in the making, for one request: is fed the body, then gives the headers. */
interface Draft {

    /** The next bytes of the body, for schemes that sign more of it than its SHA-256. The buffer is the draft's to read. */
    default void update(ByteBuffer chunk) {}

    /**
     * The headers that the request gets, in place of any of the same names.
     *
     * @param sha256 of the whole body, in hex
     */
    Map<String, String> headers(String sha256);

    /** The body to send in place of the one that was read; null for that. Asked for after the headers. */
    default @Nullable BodyPublisher body() {
        return null;
    }
}
