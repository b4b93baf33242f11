package io.fairlead.client;

import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.RetryPolicy;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether and when a call goes on with another attempt ({@code docs/outcomes.md}), and where it may go. All that could refuse it is asked
 * before an answer is discarded for its sake: safety, policy, deadline, budget, and last the limiter, whose permits are then reserved.
 */
final class Repeat {

    /** Further endpoints to which a request proven unsent goes without asking the budget. */
    private static final int FREE_REROUTES = 4;

    private final Call call;
    private final ServiceRuntime runtime;
    private final Reservations reservations;
    private @Nullable Ledger ledger;
    private int freeReroutes;
    private boolean budgeted;
    private boolean signedAfresh;
    private @Nullable LiveAttempt turnedAway;

    /** {@code ledger} is the one that the call is bound to already, or null. */
    Repeat(Call call, Reservations reservations, @Nullable Ledger ledger) {
        this.call = call;
        this.runtime = call.runtime();
        this.reservations = reservations;
        this.ledger = ledger;
        if (ledger != null) {
            call.bind(ledger);
        }
    }

    /** The nanoseconds until the next attempt after one that ended badly, its permits included and reserved; or STOP. */
    long delay(LiveAttempt ended, boolean replayable, long now) {
        if (!isSafe(ended, replayable)) {
            return RetryPolicy.STOP;
        }
        boolean reroute = ended.verdict().delivery() == Delivery.NOT_PROCESSED
                && freeReroutes < FREE_REROUTES
                && call.untried() > 0;
        long delay = reroute ? 0 : delayByPolicy(ended);
        if (delay < 0 || delay >= call.remainingNanos(now)) {
            return RetryPolicy.STOP;
        }
        // A server that answered "too much" has spent work on it, and its siblings may be as full: only silence is
        // free.
        boolean free = reroute && ended.verdict().outcome() != Outcome.OVERLOADED;
        if (!free && !runtime.retryBudget.withdraw()) {
            runtime.events.tell(listener -> listener.retryBudgetExhausted(ended));
            return RetryPolicy.STOP;
        }
        long wait = scheduled(ended, delay, now, !free);
        freeReroutes += reroute && wait >= 0 ? 1 : 0;
        return wait;
    }

    /* Whoever asks for a payment in doubt has its own way of asking again. */
    private long delayByPolicy(LiveAttempt ended) {
        return call.isInquiry() ? RetryPolicy.STOP : runtime.retryPolicy.nextDelayNanos(ended);
    }

    /**
     * The nanoseconds until the one attempt with fresh credentials that a call may have, or STOP. It is a matter between us and the partner
     * and no fault of a server's: no back-off, no budget, and the same endpoint (a nonce may be that server's own).
     */
    long delayAfresh(LiveAttempt rejected, boolean replayable, long now) {
        if (signedAfresh || call.remainingNanos(now) <= 0 || !isSafe(rejected, replayable)) {
            return RetryPolicy.STOP;
        }
        long wait = scheduled(rejected, 0, now, false);
        signedAfresh = wait >= 0;
        turnedAway = signedAfresh ? rejected : null;
        return wait;
    }

    /**
     * The endpoint of the next attempt, chosen there, or null if there is none, or none with room.
     *
     * @param hasTurn whether the attempt has waited for room
     */
    @Nullable
    Node pick(LiveAttempt next, boolean hasTurn) {
        LiveAttempt last = turnedAway;
        turnedAway = null;
        if (last != null && isStillThere(last.node())) {
            last.node().hold();
            next.choose(last.node(), last.ledger());
            return last.node();
        }
        return runtime.cluster.pick(next, ledger, hasTurn);
    }

    private boolean isStillThere(Node node) {
        View view = runtime.cluster.view();
        for (int i = 0; view != null && i < view.endpoints.size(); i++) {
            if (view.endpoints.get(i) == node) {
                return true;
            }
        }
        return false;
    }

    private long scheduled(LiveAttempt ended, long delay, long now, boolean fromBudget) {
        long wait = reserve(delay, now);
        if (wait >= 0) {
            budgeted = fromBudget;
            runtime.events.tell(listener -> listener.retryScheduled(ended, wait, fromBudget));
        }
        return wait;
    }

    private long reserve(long delay, long now) {
        long most = Math.max(delay, Math.min(runtime.maxWaitNanos, call.remainingNanos(now) - 1));
        long wait = reservations.reserve(most);
        return wait < 0 ? RetryPolicy.STOP : Math.max(delay, wait);
    }

    /** What may be sent again. */
    private boolean isSafe(LiveAttempt ended, boolean replayable) {
        if (!replayable) {
            return false;
        }
        if (call.delivery() == Delivery.NOT_PROCESSED || call.isIdempotent()) {
            return true;
        }
        if (call.delivery() == Delivery.PROCESSED || !call.isProtectedByKey()) {
            return false;
        }
        if (ledger == null) { // a key protects only where the ledger is shared
            bind(ended);
        }
        return runtime.cluster.reaches(Objects.requireNonNull(ledger));
    }

    /** From here on the call goes only where that attempt's ledger is. */
    void bind(LiveAttempt sent) {
        Ledger bound = sent.ledger();
        ledger = bound;
        call.bind(bound);
    }

    /** The ledger that the call is bound to, or null for any. */
    @Nullable
    Ledger ledger() {
        return ledger;
    }

    /** Whether the attempt that comes was taken from the budget. */
    boolean isBudgeted() {
        return budgeted;
    }

    /** A redirect leads to another request: no endpoint was tried for it. */
    void redirected() {
        freeReroutes = 0;
    }
}
