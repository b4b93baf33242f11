package io.fairlead;

import java.io.Serializable;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What every exception of a failed call tells: implemented by {@link CallException} and {@link CallTimeoutException}, which
 * cannot share a class because one must be a {@link java.net.http.HttpTimeoutException}.
 */
public interface CallFailure {

    /** All there is to know of the failed call. */
    Report report();

    /** Name of the service. */
    default String service() {
        return report().service();
    }

    /** What is proven about the call as a whole: the riskiest of its attempts. */
    default Delivery delivery() {
        return report().delivery();
    }

    /** The idempotency key that was sent, for asking the partner what became of the payment; null if there was none. */
    default @Nullable String idempotencyKey() {
        return report().idempotencyKey();
    }

    /** Each attempt, in order; empty if nothing was sent. */
    default List<Try> attempts() {
        return report().attempts();
    }

    /**
     * A failed call.
     *
     * @param service name of the service
     * @param delivery what is proven about the call as a whole
     * @param idempotencyKey the key that was sent, or null
     * @param attempts each attempt, in order
     */
    record Report(
            String service, Delivery delivery, @Nullable String idempotencyKey, List<Try> attempts)
            implements Serializable {

        /** Copies the list. */
        public Report {
            attempts = List.copyOf(attempts);
        }

        /** The report in one line, after {@code why}. */
        String line(String why) {
            StringBuilder line = new StringBuilder(service).append(": ").append(why);
            line.append(" (")
                    .append(
                            switch (delivery) {
                                case NOT_PROCESSED -> "not processed";
                                case UNKNOWN -> "possibly processed";
                                case PROCESSED -> "processed";
                            });
            if (idempotencyKey != null) {
                line.append(", idempotency key ").append(idempotencyKey);
            }
            line.append(")");
            for (Try t : attempts) {
                line.append("; #").append(t.number()).append(' ').append(t);
            }
            return line.toString();
        }
    }

    /**
     * One attempt of a failed call.
     *
     * @param number 1 for the first
     * @param endpoint the server
     * @param started when it was sent
     * @param took from then to its answer or failure
     * @param status status of the answer, or 0
     * @param outcome what it said about the server
     * @param delivery what it proved about the request
     * @param reason why it ended, in a few words
     */
    record Try(
            int number,
            URI endpoint,
            Instant started,
            Duration took,
            int status,
            Outcome outcome,
            Delivery delivery,
            String reason)
            implements Serializable {

        @Override
        public String toString() {
            return endpoint + " " + reason + " after " + took.toMillis() + " ms";
        }
    }
}
