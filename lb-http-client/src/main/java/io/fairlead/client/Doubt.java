package io.fairlead.client;

import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Inquiry;
import io.fairlead.Inquiry.Finding;
import io.fairlead.Outcome;
import io.fairlead.Reply;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Objects;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/**
 * What became of an attempt that may have paid: the questions of one exchange to a partner that can be asked. Each is an exchange of its
 * own, within the ledger of the attempt. Whatever is not certain stays unknown.
 */
final class Doubt {

    private final Call call;
    private final Inquiry inquiry;
    private final Transports transports;
    private final OpenCalls open;
    private @Nullable LiveAttempt attempt;
    private @Nullable Exchange<Reply> question;
    private @Nullable Node answered;
    private String last = "";
    private int asked;

    Doubt(Call call, Inquiry inquiry, Transports transports, OpenCalls open) {
        this.call = call;
        this.inquiry = inquiry;
        this.transports = transports;
        this.open = open;
    }

    /** Whether the partner is to be asked after that attempt, and there is time for it. */
    boolean arises(LiveAttempt ended, long now) {
        boolean asks = call.delivery() == Delivery.UNKNOWN
                && !call.isIdempotent()
                && inquiry.settleNanos() < call.remainingNanos(now);
        if (asks) {
            attempt = ended;
            asked = 0;
        }
        return asks;
    }

    LiveAttempt attempt() {
        return Objects.requireNonNull(attempt);
    }

    /** Who answered the last question, or null. */
    @Nullable
    Node answered() {
        return answered;
    }

    /** A request on its way may still be booked: nanoseconds before the first question. */
    long settleNanos() {
        return inquiry.settleNanos();
    }

    long pauseNanos() {
        return inquiry.pauseNanos();
    }

    /** Asks. Cancelling the stage ends the question. */
    CompletionStage<HttpResponse<Reply>> ask() {
        asked++;
        answered = null;
        HttpRequest original = call.original();
        HttpRequest asking = Objects.requireNonNull(
                inquiry.question().about(original, call.idempotencyKey()), "request of the inquiry");
        String host = asking.uri().getHost();
        if (host == null || !host.equalsIgnoreCase(original.uri().getHost())) {
            throw new IllegalStateException("the inquiry leads to another service: " + host);
        }
        Call about = call.inquiry(asking);
        Exchange<Reply> next = Exchange.inquiry(
                about, transports, ReplyBody::new, open, attempt().ledger());
        question = next;
        return AsyncDriver.send(next, null, open);
    }

    /** What the answer says. A refusal of the question is no answer, however it is read. */
    Finding heard(HttpResponse<Reply> response) {
        Exchange<Reply> ended = Objects.requireNonNull(question);
        Reply reply = response.body();
        last = "answered " + reply.status();
        if (ended.lastOutcome() != Outcome.SUCCESS) {
            return told(Finding.unknown());
        }
        answered = (Node) BalancedClient.endpointOf(response);
        Finding finding = Objects.requireNonNull(inquiry.reading().of(reply), "finding of the inquiry");
        return told(finding.isNotBooked() && isBesideThePoint(reply.status()) ? Finding.unknown() : finding);
    }

    /** The question failed. */
    Finding unheard(Throwable why) {
        Throwable cause = why instanceof CallFailure ? why.getCause() : null;
        last = Failures.describe(cause != null ? cause : why);
        return told(Finding.unknown());
    }

    private Finding told(Finding finding) {
        LiveAttempt about = attempt();
        call.runtime().events.tell(listener -> listener.inquiryAnswered(about, finding));
        return finding;
    }

    private static boolean isBesideThePoint(int status) {
        return (status >= 300 && status < 400) || status == 401 || status == 403 || status == 405 || status == 407;
    }

    /** Whether another question may follow after the pause. */
    boolean mayAskAgain(long now) {
        return asked < inquiry.mostQuestions() && inquiry.pauseNanos() < call.remainingNanos(now);
    }

    /** Why the call ends in doubt. */
    String words() {
        return "in doubt: asked " + asked + (asked == 1 ? " time" : " times") + " what became of it (last: " + last
                + ")";
    }
}
