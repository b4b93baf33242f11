package io.fairlead.crypto;

/** A key or certificate was read and is refused; the message is ours and shows no secret. */
final class Refusal extends IllegalArgumentException {

    private static final long serialVersionUID = 1;

    Refusal(String message) {
        super(message);
    }
}
