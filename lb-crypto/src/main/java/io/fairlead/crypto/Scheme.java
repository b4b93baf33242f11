package io.fairlead.crypto;

import java.net.http.HttpRequest;

/** A partner's way to sign: a pure function of the final request, a date, a nonce and a key. Thread-safe; toString shows no secret. */
interface Scheme {

    /**
     * Begins the signature of one request.
     *
     * @param millis the date, in milliseconds since 1970
     * @param nonce 32 hex digits that no other signature has
     * @throws IllegalArgumentException naming what of the request this scheme cannot sign
     */
    Draft draft(HttpRequest request, long millis, String nonce);
}
