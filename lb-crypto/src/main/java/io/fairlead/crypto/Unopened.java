package io.fairlead.crypto;

import java.security.GeneralSecurityException;

/**
 * What could not be opened, for whatever reason: one exception with one text, so that whoever sends bodies on trial learns nothing from
 * the answer. It has no cause, as a cause would tell.
 */
final class Unopened extends GeneralSecurityException {

    private static final long serialVersionUID = 1;

    Unopened() {
        super("the body cannot be opened: malformed, altered, or encrypted for another key");
    }
}
