package io.fairlead.client;

import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Picker;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What calls pick from: one snapshot of the endpoints that may be picked, and the strategy's picker for it. While an endpoint is on
 * trial there is a second picker, for the snapshot as it would be if that endpoint were back: where it chooses that one, the trial is this
 * attempt's, and so goes where the strategy would have sent it, shards and keys included.
 */
final class View {

    /** An unkeyed payment is used as a trial only when nothing safer has come for so long. */
    private static final long SAFER_FOR_NANOS = TimeUnit.SECONDS.toNanos(10);

    private static final Ledger NOWHERE = new Ledger("", Set.of());

    final EndpointSet endpoints;
    private final Picker picker;
    private final @Nullable Picker asIfBack;
    private final List<Node> onTrial;
    private final Map<String, Ledger> ledgers;
    private final Environment env;

    View(
            EndpointSet endpoints,
            Picker picker,
            @Nullable Picker asIfBack,
            List<Node> onTrial,
            Map<String, Ledger> ledgers,
            Environment env) {
        this.onTrial = onTrial;
        this.ledgers = ledgers;
        this.endpoints = endpoints;
        this.picker = picker;
        this.asIfBack = asIfBack;
        this.env = env;
    }

    /**
     * The endpoint for an attempt: one on trial if it is this attempt's to try; else the strategy's choice, unless that was tried in
     * this call while others are left, or lies outside the domain that the call is bound to. After three answers that do not fit, the
     * first endpoint that does is taken.
     *
     * @param ledger the idempotency domain that the call is bound to, or null for any
     * @param full whether to choose one at its limit where all are
     * @return null if there is none
     */
    @Nullable
    Node pick(LiveAttempt attempt, @Nullable Ledger ledger, boolean full) {
        return chosen(choose(attempt, ledger, full), attempt, ledger);
    }

    /**
     * An endpoint on trial that is this attempt's to try, for one who must wait for all others: no strategy is asked, as they have no room
     * wherever it would send the attempt; null if there is none.
     */
    @Nullable
    Node pickOnTrial(LiveAttempt attempt, @Nullable Ledger ledger) {
        return chosen(triable(attempt, ledger), attempt, ledger);
    }

    private @Nullable Node chosen(@Nullable Node node, LiveAttempt attempt, @Nullable Ledger ledger) {
        if (node != null) {
            attempt.choose(
                    node,
                    ledger != null ? ledger : ledgers.getOrDefault(node.target().domain(), NOWHERE));
        }
        return node;
    }

    private @Nullable Node choose(LiveAttempt attempt, @Nullable Ledger ledger, boolean full) {
        Picker asIf = asIfBack;
        if (asIf != null && attempt.number() == 1) {
            Node turn = turn(asIf, attempt, ledger);
            if (turn != null) {
                return turn;
            }
        }
        for (int i = 0; i < 3; i++) {
            Endpoint choice = picker.pick(attempt);
            if (choice == null) {
                return null;
            }
            if (!attempt.tried(choice) && isIn(ledger, choice) && ((Node) choice).tryHold()) {
                return (Node) choice;
            }
        }
        int start = env.random().nextInt(Math.max(1, endpoints.size())); // so that not all calls go to the same one
        Node node = scan(start, attempt, ledger, false);
        if (node == null) {
            node = triable(attempt, ledger);
        }
        return node != null || !full ? node : scan(start, attempt, ledger, true);
    }

    /* A trial takes no place that others wait for. */
    private @Nullable Node triable(LiveAttempt attempt, @Nullable Ledger ledger) {
        if (attempt.number() != 1) {
            return null;
        }
        for (int i = 0; i < onTrial.size(); i++) {
            Node node = onTrial.get(i);
            if (!attempt.tried(node) && isIn(ledger, node) && mayTry(node, attempt)) {
                return node;
            }
        }
        return null;
    }

    /*
     * Whom the strategy would choose if all were back: that counts, unless it is on trial and not this attempt's to try. A second pick for
     * each call would take two steps of a sequence, and of an even number of endpoints those of one parity never came to a trial.
     */
    private @Nullable Node turn(Picker asIf, LiveAttempt attempt, @Nullable Ledger ledger) {
        Node choice = (Node) asIf.pick(attempt);
        if (choice == null || attempt.tried(choice) || !isIn(ledger, choice)) {
            return null;
        }
        if (choice.state != EndpointState.TRIAL) {
            return choice.leftService() || !choice.tryHold() ? null : choice;
        }
        return mayTry(choice, attempt) ? choice : null;
    }

    /* Takes the lease of the trial, if it is this attempt's to have. */
    private boolean mayTry(Node node, LiveAttempt attempt) {
        long now = env.nanoTime();
        boolean isSafe = attempt.isRepeatable();
        if (isSafe) { // also where another tries it just now: the next that comes may be this safe again
            node.saferCameNanos = now;
        }
        boolean soon = now - node.saferCameNanos < SAFER_FOR_NANOS;
        long lease = soon && !isSafe ? Node.NO_LEASE : node.leaseTrial(now);
        if (lease == Node.NO_LEASE) {
            return false;
        }
        node.hold();
        attempt.beTrial(lease);
        return true;
    }

    /* The first that was not tried, else one that was. */
    private @Nullable Node scan(int start, LiveAttempt attempt, @Nullable Ledger ledger, boolean full) {
        Node tried = null;
        int size = endpoints.size();
        for (int i = 0; i < size; i++) {
            Node candidate = (Node) endpoints.get((start + i) % size);
            if (!isIn(ledger, candidate)) {
                continue;
            }
            if (attempt.tried(candidate)) {
                tried = candidate;
            } else if (full || candidate.tryHold()) {
                if (full) {
                    candidate.hold();
                }
                return candidate;
            }
        }
        if (tried != null && full) {
            tried.hold();
            return tried;
        }
        return tried != null && tried.tryHold() ? tried : null;
    }

    /** Whether a call bound to a domain has an endpoint left there, tried or not. */
    boolean reaches(Ledger ledger) {
        return countIn(ledger) > 0;
    }

    /** How many endpoints lie in a ledger, or are there at all. */
    int countIn(@Nullable Ledger ledger) {
        if (ledger == null) {
            return endpoints.size();
        }
        int count = 0;
        for (int i = 0; i < endpoints.size(); i++) {
            count += ledger.has(endpoints.get(i)) ? 1 : 0;
        }
        return count;
    }

    static boolean isIn(@Nullable Ledger ledger, Endpoint endpoint) {
        return ledger == null || ledger.has(endpoint);
    }
}
