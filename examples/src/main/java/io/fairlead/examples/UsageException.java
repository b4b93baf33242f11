package io.fairlead.examples;

/** What the user gave cannot be used: one line for people, exit code 2. */
final class UsageException extends Exception {

    private static final long serialVersionUID = 1;

    UsageException(String message) {
        super(message);
    }
}
