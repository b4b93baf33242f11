package io.fairlead.examples;

import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;

/** What the sender believes of each payment, held against what the partner's ledger says. */
final class Audit {

    private record Payment(String id, long amount, @Nullable String key, String why) {}

    private final List<Payment> acknowledged = new ArrayList<>();
    private final List<Payment> refused = new ArrayList<>();
    private final List<Payment> unknown = new ArrayList<>();

    /** The partner answered. */
    synchronized void answered(String id, long amount, int status) {
        Payment payment = new Payment(id, amount, null, "answered " + status);
        if (status >= 200 && status < 300) {
            acknowledged.add(payment);
        } else {
            (status >= 400 && status < 500 ? refused : unknown).add(payment);
        }
    }

    /** There is no answer. */
    synchronized void failed(String id, long amount, Throwable failure) {
        Throwable why =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (why instanceof CallFailure known) {
            Payment payment = new Payment(id, amount, known.idempotencyKey(), String.valueOf(why.getMessage()));
            (known.delivery() == Delivery.NOT_PROCESSED ? refused : unknown).add(payment);
        } else {
            unknown.add(new Payment(id, amount, null, why.toString()));
        }
    }

    synchronized int settled() {
        return acknowledged.size() + refused.size() + unknown.size();
    }

    /** Without a ledger: what the sender knows by itself. */
    synchronized String summary(int sent) {
        return "sent " + sent + " = acknowledged " + acknowledged.size() + " + refused " + refused.size()
                + " + unknown " + unknown.size();
    }

    /** The audit against the ledger, in one line, after a line for each payment in doubt. */
    synchronized String report(int sent, Ledger ledger) {
        StringBuilder report = new StringBuilder();
        for (Payment p : unknown) {
            report.append("unknown: ")
                    .append(p.id)
                    .append(p.key == null ? "" : ", key " + p.key)
                    .append(", the ledger says ")
                    .append(ledger.bookings(p.id) > 0 ? "booked" : "not booked")
                    .append(": ")
                    .append(p.why)
                    .append('\n');
        }
        report.append("sent ")
                .append(sent)
                .append(" = acknowledged ")
                .append(acknowledged.size())
                .append(" + refused ")
                .append(refused.size())
                .append(" + unknown ")
                .append(unknown.size())
                .append(unknown.isEmpty() ? "" : " (listed)")
                .append(", doubled ")
                .append(ledger.doubled())
                .append(", lost ")
                .append(lost(ledger));
        return report.toString();
    }

    /** Acknowledged, but not in the ledger with that amount; or refused, and in the ledger all the same. */
    private long lost(Ledger ledger) {
        return acknowledged.stream()
                        .filter(p -> ledger.bookings(p.id) == 0 || ledger.amount(p.id) != p.amount)
                        .count()
                + refused.stream().filter(p -> ledger.bookings(p.id) > 0).count();
    }

    synchronized boolean holds(int sent, Ledger ledger) {
        return sent == settled() && ledger.doubled() == 0 && lost(ledger) == 0;
    }
}
