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

    /** The longest prefix of a body that is ever read: 64 KiB. */
    int MOST_PREFIX_BYTES = 64 * 1024;

    /**
     * How many of the body's first bytes the verdict needs; 0, unless overridden. Asked once the headers are there. Where it is more than
     * 0 the decision waits until so many have come, the body is over, or the deadline or the attempt's timeout passes: name only the
     * statuses and content types that have something to say, and no streams, whose reader waits as long. What was read is then given to
     * the caller's body handler with the rest, to the byte.
     *
     * @param attempt the attempt with its status and headers
     * @return bytes, at most {@link #MOST_PREFIX_BYTES}; more counts as that many
     */
    default int prefixBytes(Attempt attempt) {
        return 0;
    }

    /**
     * The verdict where {@link #prefixBytes} asked for a prefix. A body that is cut short before it is judged by the other method, with
     * {@link Attempt#failure()}, as a failure that the server has processed.
     *
     * @param prefix the first bytes as they came over the wire, compressed if the answer is; fewer than asked for if the body is
     *     shorter; not to be changed
     */
    default Verdict classify(Attempt attempt, byte[] prefix, Verdict standard) {
        return classify(attempt, standard);
    }

    /** A verdict by the beginning of a body. */
    @FunctionalInterface
    interface BodyVerdict {

        /** As {@link OutcomeClassifier#classify(Attempt, byte[], Verdict)}. */
        Verdict classify(Attempt attempt, byte[] prefix, Verdict standard);
    }

    /**
     * The table, but answers of one status and content type are judged by the beginning of their body: "200 with code 96 = system
     * malfunction". An answer with a {@code Content-Encoding} is judged by the table: its bytes are not the text.
     *
     * @param status the status, 200 to 599
     * @param mediaType such as {@code application/json}, compared without case and parameters
     * @param bytes how many bytes are read before the verdict, 1 to {@link #MOST_PREFIX_BYTES}
     */
    static OutcomeClassifier body(int status, String mediaType, int bytes, BodyVerdict verdict) {
        return new PrefixClassifier(status, mediaType, bytes, verdict);
    }

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
        return new ChainedClassifier(this, Require.notNull(next, "next classifier"));
    }
}
