package io.fairlead.health;

/** Ways to judge servers by their traffic. */
public final class Ejections {

    private Ejections() {}

    /**
     * Ejects a server after five failures in a row, as Envoy and Finagle do: few enough to be quick, too many for chance. For
     * 30 s at first; see {@link ConsecutiveFailures}.
     */
    public static ConsecutiveFailures consecutiveFailures() {
        return consecutiveFailures(5);
    }

    /** Ejects a server after so many failures in a row, 1 or more. */
    public static ConsecutiveFailures consecutiveFailures(int failures) {
        return ConsecutiveFailures.of(failures);
    }
}
