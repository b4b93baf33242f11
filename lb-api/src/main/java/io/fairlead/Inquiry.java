package io.fairlead;

import java.net.http.HttpRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Ask before repeating: for partners that do not tell a repeated payment from a new one, but can be asked what became of it ("was key K
 * booked?"). A call whose delivery is {@link Delivery#UNKNOWN} and whose method is not idempotent then asks: what is booked is answered to
 * the caller, what is not is repeated, and what stays unknown ends the call as in doubt. An idempotency key no longer protects by itself:
 * it is what is asked for.
 *
 * <pre>{@code
 * Service.named("payments")
 *         .generateIdempotencyKeys()
 *         .attemptTimeout(Duration.ofSeconds(5)) // leaves time to ask before the deadline
 *         .inquiry(Inquiry.of(
 *                 (payment, key) -> HttpRequest.newBuilder(payment.uri().resolve("/status/" + key)).build(),
 *                 answer -> switch (answer.status()) {
 *                     case 200 -> Inquiry.Finding.booked(answer);
 *                     case 404 -> Inquiry.Finding.notBooked();
 *                     default -> Inquiry.Finding.unknown();
 *                 }))
 * }</pre>
 *
 * <p><b>The hazard.</b> A payment that is still on its way when the partner says "no" may be booked after it, and is then paid twice by the
 * repetition. "Not booked" is therefore believed only from a partner that gives such a request up, or finally refuses it, within the
 * {@linkplain #withSettle settle time}, which begins when the attempt is over and its connection or stream given up. Ask the partner
 * for that time; where it knows none, never answer {@code notBooked}.
 *
 * <p>A question goes the way of every request, limits, health and signature included, but only within the idempotency domain of the attempt
 * in doubt, and with its deadline. It is no call of its own to listeners, and costs no retry budget. Immutable.
 */
public final class Inquiry {

    /** Longer than a request lives in the queues of a server that is well. */
    private static final Duration DEFAULT_SETTLE = Duration.ofSeconds(1);

    /** As the steps of the standard back-off end: often enough to be in time, seldom enough for a partner that is busy. */
    private static final Duration DEFAULT_PAUSE = Duration.ofSeconds(1);

    private static final int DEFAULT_QUESTIONS = 5;

    private final Question question;
    private final Reading reading;
    private final long settleNanos;
    private final long pauseNanos;
    private final int mostQuestions;

    private Inquiry(Question question, Reading reading, long settleNanos, long pauseNanos, int mostQuestions) {
        this.question = question;
        this.reading = reading;
        this.settleNanos = settleNanos;
        this.pauseNanos = pauseNanos;
        this.mostQuestions = mostQuestions;
    }

    /** Makes the request that asks. Called on the client's threads, by many at once; what it throws ends the call as in doubt. */
    @FunctionalInterface
    public interface Question {

        /**
         * The question.
         *
         * @param original the payment, as the caller made it
         * @param key the idempotency key that was sent with it, or null
         * @return a request to the same service, of any method, that changes nothing at the partner: it may be sent more than once
         */
        HttpRequest about(HttpRequest original, @Nullable String key);
    }

    /** Reads the answer. Called on the client's threads, by many at once; what it throws ends the call as in doubt. */
    @FunctionalInterface
    public interface Reading {

        /**
         * What the answer says of the payment. What is not certain is {@link Finding#unknown}. Asked only for answers that are no
         * failure by the service's classifier, with a body of at most 64 KiB; a "not booked" in a redirect, or in a refusal of the
         * question itself (401, 403, 405, 407), does not count.
         */
        Finding of(Reply answer);
    }

    /** What became of a payment. */
    public static final class Finding {

        private static final Finding NOT_BOOKED = new Finding(null, true);
        private static final Finding UNKNOWN = new Finding(null, false);

        private final @Nullable Reply booked;
        private final boolean notBooked;

        private Finding(@Nullable Reply booked, boolean notBooked) {
            this.booked = booked;
            this.notBooked = notBooked;
        }

        /**
         * It is booked.
         *
         * @param reply what the caller gets as the answer to the payment: the answer to the question, or one made of it
         */
        public static Finding booked(Reply reply) {
            return new Finding(Require.notNull(reply, "reply of a booked payment"), false);
        }

        /** It is not booked, and never will be: a promise, after which any payment is sent again. */
        public static Finding notBooked() {
            return NOT_BOOKED;
        }

        /** It is still in progress, or nobody can tell. */
        public static Finding unknown() {
            return UNKNOWN;
        }

        /** What the caller gets, or null unless it is booked. */
        public @Nullable Reply reply() {
            return booked;
        }

        /** Whether it is certain that it is not booked. */
        public boolean isNotBooked() {
            return notBooked;
        }

        @Override
        public String toString() {
            return booked != null ? "booked" : notBooked ? "not booked" : "unknown";
        }
    }

    /** An inquiry with the default times. */
    public static Inquiry of(Question question, Reading reading) {
        return new Inquiry(
                Require.notNull(question, "question of the inquiry"),
                Require.notNull(reading, "reading of the inquiry"),
                DEFAULT_SETTLE.toNanos(),
                DEFAULT_PAUSE.toNanos(),
                DEFAULT_QUESTIONS);
    }

    /**
     * The same with another time between the end of the attempt and the first question; default 1 s. Zero is for partners whose
     * "not booked" is final: a request with that key that comes later is refused.
     */
    public Inquiry withSettle(Duration settle) {
        return new Inquiry(
                question, reading, Require.nanos(settle, "settle time of the inquiry"), pauseNanos, mostQuestions);
    }

    /** The same with another time between two questions; default 1 s. */
    public Inquiry withPause(Duration pause) {
        return new Inquiry(
                question, reading, settleNanos, Require.positiveNanos(pause, "pause of the inquiry"), mostQuestions);
    }

    /** The same with another number of questions about one attempt, 1 to 100; default 5. */
    public Inquiry withMostQuestions(int most) {
        return new Inquiry(
                question,
                reading,
                settleNanos,
                pauseNanos,
                Require.between(most, 1, 100, "most questions of the inquiry"));
    }

    /** Makes the question. */
    public Question question() {
        return question;
    }

    /** Reads the answer. */
    public Reading reading() {
        return reading;
    }

    /** Nanoseconds from the end of the attempt to the first question, 0 or more. */
    public long settleNanos() {
        return settleNanos;
    }

    /** Nanoseconds between two questions. */
    public long pauseNanos() {
        return pauseNanos;
    }

    /** How often is asked about one attempt at the most. */
    public int mostQuestions() {
        return mostQuestions;
    }
}
