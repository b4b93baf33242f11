package io.fairlead.crypto;

import java.net.http.HttpRequest;
import java.security.GeneralSecurityException;
import java.util.Map;

/** The form that hidden bodies have. Immutable and thread-safe. */
interface BodyFormat {

    /** The headers that a request gets, in place of those of the same names. */
    Map<String, String> headers(HttpRequest request, BodyKeys keys);

    /**
     * How long a hidden body is; -1 if that cannot be known.
     *
     * @param plain bytes
     */
    long length(BodyKeys keys, long plain);

    /** A form that is sealed and opened as a whole. */
    interface Whole extends BodyFormat {

        /**
         * The hidden form.
         *
         * @throws IllegalArgumentException if the body lacks what is to be hidden
         */
        byte[] seal(BodyKeys keys, byte[] plain);

        byte[] open(BodyKeys keys, byte[] hidden) throws GeneralSecurityException;
    }

    /** A form that flows through in chunks, each opened before it is handed on. */
    interface Streaming extends BodyFormat {

        /** A new message, with a data key of its own. */
        Envelope envelope(BodyKeys keys);

        Chunks opening(BodyKeys keys);
    }
}
