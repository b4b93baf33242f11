package io.fairlead.health;

/** Ways to judge servers by their traffic. */
public final class Ejections {

    private Ejections() {}

    /**
     * What a service uses that names no ejection: five failures in a row, as Envoy and Finagle have it; half of at least ten calls in ten
     * seconds; or far more failures than the other endpoints have. For 30 s at first; see {@link TrafficEjection}.
     */
    public static TrafficEjection standard() {
        return TrafficEjection.standard();
    }

    /** Five failures in a row alone: few enough to be quick, too many for chance. */
    public static TrafficEjection consecutiveFailures() {
        return consecutiveFailures(5);
    }

    /** So many failures in a row alone, 1 or more. */
    public static TrafficEjection consecutiveFailures(int failures) {
        return TrafficEjection.none().failuresInARow(failures);
    }
}
