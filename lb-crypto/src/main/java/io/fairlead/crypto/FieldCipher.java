package io.fairlead.crypto;

import java.security.GeneralSecurityException;

/** Hides one value of a JSON text in a string. Thread-safe. */
interface FieldCipher {

    /**
     * The string that hides it, of characters that need no escape.
     *
     * @param value the JSON text of the value
     * @param path where it is, for exceptions
     */
    String hide(BodyKeys keys, byte[] value, JsonPath path);

    /** The JSON text of the value; one that is no JSON is taken as the text of a string by whoever asks. */
    byte[] open(BodyKeys keys, String hidden) throws GeneralSecurityException;
}
