package io.fairlead.crypto;

import java.security.Key;

/** Says which keys fit an encryption. */
interface KeyFit {

    /**
     * The key, in the form that the encryption takes, if it is one that fits.
     *
     * @param field what it is called in the message
     * @throws IllegalArgumentException saying which would fit, and nothing of the key
     */
    Key fitting(Key key, String field);

    /** Whether a key that is for this algorithm alone, by its name in RFC 7518, is for this encryption. */
    default boolean isFor(String algorithm) {
        return false;
    }

    /** Whether it takes keys at all. */
    default boolean isKeyed() {
        return true;
    }
}
