package io.fairlead;

/**
 * What is proven about whether the server acted on a request. The order is one of rising risk: what a call as a whole
 * proves is the greatest of its attempts.
 */
public enum Delivery {
    /** It is proven that the server did not act: any request may be sent again, anywhere. */
    NOT_PROCESSED,
    /** The server may have acted: to be repeated only if it is idempotent, or keyed and within one idempotency domain. */
    UNKNOWN,
    /** The server acted, or answered as one that did: to be repeated only if the method is idempotent. */
    PROCESSED;

    /** The riskier of the two. */
    public Delivery or(Delivery other) {
        return other.compareTo(this) > 0 ? other : this;
    }
}
