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

    /** Whether it takes keys at all. */
    default boolean isKeyed() {
        return true;
    }
}
