package io.fairlead;

/**
 * The one judgement of an attempt: what it says about the server, and what it proves about the request.
 *
 * @param outcome what it says about the server
 * @param delivery whether the server acted on the request
 */
public record Verdict(Outcome outcome, Delivery delivery) {

    /** Checks that neither is null. */
    public Verdict {
        Require.notNull(outcome, "outcome");
        Require.notNull(delivery, "delivery");
    }
}
