package io.fairlead;

/** What an attempt says about the server: read by load, ejection, retry, limits and listeners alike. */
public enum Outcome {
    /** The server did its work. A declined payment is a success: the server is well. */
    SUCCESS,
    /** The server is well but asks for less traffic (429, 503). */
    OVERLOADED,
    /** The server failed, or could not be reached. */
    FAILED,
    /** The attempt says nothing about the server: the caller cancelled, or a proxy answered in the server's place. */
    IGNORED
}
