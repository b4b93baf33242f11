package io.fairlead.crypto;

import java.security.SignatureException;
import org.jspecify.annotations.Nullable;

/** A partner's way to prove its replies or notifications. Thread-safe; toString shows no secret. */
interface Proof {

    /**
     * Checks the signature alone.
     *
     * @throws SignatureException if it is missing, malformed or wrong
     */
    Claim check(Headers headers, byte[] body) throws SignatureException;

    /** Whether its messages have what tells a repeat. */
    default boolean hasNonce() {
        return true;
    }

    /**
     * What a signature that is right says of itself.
     *
     * @param created in seconds since 1970; {@link #UNDATED} if the scheme has no date
     * @param nonce that no other message of the partner has; null if the scheme has none
     */
    record Claim(long created, @Nullable String nonce) {

        static final long UNDATED = Long.MIN_VALUE;

        /** Decimal digits and nothing else, up to the year 33658. */
        static long seconds(String text) throws SignatureException {
            if (!text.matches("[1-9][0-9]{0,11}")) {
                throw new SignatureException("malformed date of the signature");
            }
            return Long.parseLong(text);
        }
    }
}
