package io.fairlead;

/**
 * A service's own view of what an answer means, where it differs from the table in {@code docs/outcomes.md}.
 *
 * <p>Called once per attempt, when the response headers or the failure before them are there, on the thread that brings
 * them; it must not block. An exception fails the call, with itself as the cause.
 */
@FunctionalInterface
public interface OutcomeClassifier {

    /**
     * The verdict on an attempt. To answer NOT_PROCESSED is a promise: any request, an unkeyed payment included, is then
     * sent to another server.
     *
     * @param attempt the attempt with its {@link Attempt#status()} and {@link Attempt#headers()}, or its {@link Attempt#failure()}
     * @param standard the verdict of the table; return it where the partner does nothing special
     */
    Verdict classify(Attempt attempt, Verdict standard);

    /** The table as it is. */
    static OutcomeClassifier standard() {
        return (attempt, standard) -> standard;
    }

    /** The table with another verdict for one status: "503 of this partner means that nothing was processed". */
    static OutcomeClassifier status(int status, Outcome outcome, Delivery delivery) {
        Require.between(status, 100, 599, "status");
        Verdict verdict = new Verdict(outcome, delivery);
        return (attempt, standard) -> attempt.status() == status ? verdict : standard;
    }

    /**
     * The table, but 409 to a request with an idempotency key means that an earlier attempt with this key is still in
     * progress: the call asks again later, with the same key. It says nothing of the server.
     */
    static OutcomeClassifier conflictMeansInProgress() {
        Verdict inProgress = new Verdict(Outcome.IGNORED, Delivery.UNKNOWN);
        return (attempt, standard) ->
                attempt.status() == 409 && attempt.idempotencyKey() != null ? inProgress : standard;
    }

    /** This classifier, whose verdict is what {@code next} takes as the standard. */
    default OutcomeClassifier andThen(OutcomeClassifier next) {
        Require.notNull(next, "next classifier");
        return (attempt, standard) -> next.classify(attempt, classify(attempt, standard));
    }
}
