package io.fairlead.crypto;

/** Ways to check that a reply, a notification or a request is from whom it says. */
public final class Verifiers {

    private Verifiers() {}

    /**
     * Checks HTTP Message Signatures (RFC 9421); trusts no key until it is given one.
     *
     * @see Signers#httpMessage(String, String, java.security.PrivateKey)
     */
    public static MessageVerifier httpMessage() {
        return MessageVerifier.create();
    }
}
