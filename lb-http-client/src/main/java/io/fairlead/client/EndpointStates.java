package io.fairlead.client;

import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import io.fairlead.Target;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the endpoints of one cluster change their state: every transition there is. It is made under the cluster's lock, and told to judges,
 * listeners and those who wait outside of it.
 */
final class EndpointStates {

    private static final Logger LOG = LoggerFactory.getLogger(BalancedClient.class);

    /** An answer "too busy" on trial is neither well nor sick: the next trial waits at least so long. */
    private static final long BUSY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final String BY_DISCOVERY = "discovery says so";

    /** Longer than most servers take to let their last requests end. */
    private static final long DRAIN_SECONDS = 60;

    private final Cluster cluster;
    private final String service;
    private final Environment env;
    private final Events events;
    private final @Nullable String drainHeader;
    private volatile Predicate<URI> connections = uri -> false;

    EndpointStates(Cluster cluster, String service, Environment env, Events events, @Nullable String drainHeader) {
        this.drainHeader = drainHeader;
        this.cluster = cluster;
        this.service = service;
        this.env = env;
        this.events = events;
    }

    /** Takes note of an attempt whose verdict is final. */
    void judge(Node node, LiveAttempt attempt) {
        if (attempt.outcome() == Outcome.IGNORED || attempt.startNanos() - node.stateSinceNanos < 0) {
            return; // what began before the last change of state tells of a server that is no more
        }
        if (attempt.isTrial() && node.state == EndpointState.TRIAL) {
            judgeTrial(node, attempt);
            return;
        }
        long nanos = node.judge.judge(attempt);
        if (nanos > Ejection.Judge.KEEP) {
            eject(node, nanos);
        }
    }

    private void judgeTrial(Node node, LiveAttempt attempt) {
        if (attempt.outcome() == Outcome.SUCCESS) {
            ready(node, EndpointState.TRIAL, node.stateSinceNanos);
        } else if (attempt.outcome() == Outcome.OVERLOADED) {
            long asked = Math.min(Ejection.Judge.MOST_NANOS, attempt.retryAfterNanos());
            node.returnLease(attempt.trialLease(), attempt.eventNanos() + Math.max(BUSY_NANOS, asked));
        } else {
            ejectAgain(node, attempt);
        }
    }

    /** The trial is over; where it told nothing, another may follow. */
    void trialEnded(Node node, LiveAttempt attempt) {
        boolean toldNothing = attempt.outcome() == null || attempt.outcome() == Outcome.IGNORED;
        if (toldNothing && node.state == EndpointState.TRIAL) {
            node.returnLease(attempt.trialLease(), env.nanoTime());
        }
    }

    private void eject(Node node, long nanos) {
        synchronized (cluster) {
            if (!mayLeave(node)) {
                return;
            }
        }
        String reason = node.judge.reason();
        boolean alone;
        synchronized (cluster) { // again
            if (!mayLeave(node)) {
                return;
            }
            alone = cluster.roster.isAlone(node);
            if (alone) {
                node.leaveAgainNanos = env.nanoTime() + nanos; // at most as often as it would be ejected
            } else {
                out(node, nanos, reason);
            }
        }
        if (alone) {
            leaveConnections(node, reason);
        } else {
            node.judge.ejected();
            tellEjected(node, nanos, reason);
        }
    }

    /* The only one is not ejected: its connections are left. The caller holds the lock. */
    private boolean mayLeave(Node node) {
        return cluster.roster.isAlone(node)
                ? env.nanoTime() - node.leaveAgainNanos >= 0
                : node.healthy() && cluster.roster.survivesOneLess();
    }

    private void leaveConnections(Node node, String reason) {
        if (!connections.test(node.target.uri())) {
            return; // they are not ours
        }
        node.judge.returned();
        synchronized (cluster) {
            node.stateSinceNanos = env.nanoTime(); // what is under way on the old ones says nothing of the new ones
        }
        LOG.info("{}: the connections to {} are left: {}", service, node, reason);
        events.tell(listener -> listener.connectionsLeft(service, node.target, reason));
    }

    /** What leaves all connections by which a URI is reached, or says that they are not ours; said before discovery begins. */
    void reachedBy(Predicate<URI> connections) {
        this.connections = connections;
    }

    private void ejectAgain(Node node, LiveAttempt attempt) {
        long nanos = Math.max(1, node.judge.failedTrial(attempt, node.lastEjectionNanos));
        String reason = "failed on trial: " + node.judge.reason();
        synchronized (cluster) {
            if (node.state != EndpointState.TRIAL) {
                return;
            }
            out(node, nanos, reason);
        }
        node.judge.ejected();
        tellEjected(node, nanos, reason);
    }

    /** By an operator's hand, whoever survives. */
    void eject(Node node, long nanos, String reason) {
        synchronized (cluster) {
            out(node, nanos, reason);
        }
        tellEjected(node, nanos, reason);
    }

    private void out(Node node, long nanos, String reason) {
        long now = env.nanoTime();
        node.become(EndpointState.EJECTED, reason, now);
        node.ejectedUntilNanos = now + nanos;
        node.lastEjectionNanos = nanos;
        node.ejections++;
        env.scheduler().schedule(() -> tryOut(node, EndpointState.EJECTED, now), nanos, TimeUnit.NANOSECONDS);
        cluster.rebuildSoon();
    }

    private void tellEjected(Node node, long nanos, String reason) {
        cluster.room.serve();
        LOG.info("{}: {} ejected for {} ms: {}", service, node, nanos / 1_000_000, reason);
        events.tell(listener -> listener.endpointEjected(service, node.target, nanos, reason));
    }

    /* The timer of a state that has been followed by another change does nothing. */
    private void tryOut(Node node, EndpointState from, long sinceNanos) {
        if (!isStill(node, from, sinceNanos)) {
            return;
        }
        node.judge.returned(); // before anybody can try it
        synchronized (cluster) {
            if (!isStill(node, from, sinceNanos)) {
                return;
            }
            node.become(EndpointState.TRIAL, "its time is over: one attempt at a time tries it", env.nanoTime());
            cluster.rebuildSoon();
        }
        cluster.room.serve();
        events.tell(listener -> listener.endpointOnTrial(service, node.target));
        cluster.tried(node);
    }

    private static boolean isStill(Node node, EndpointState from, long sinceNanos) {
        return node.state == from && node.stateSinceNanos == sinceNanos;
    }

    /** Back in the snapshot, if it is still in that state and has not left it meanwhile. */
    void ready(Node node, EndpointState from, long sinceNanos) {
        synchronized (cluster) {
            if (!isStill(node, from, sinceNanos)) {
                return;
            }
            node.become(EndpointState.READY, "", env.nanoTime());
            cluster.rebuildSoon();
        }
        cluster.room.serve();
        LOG.info("{}: {} is back", service, node);
        events.tell(listener -> listener.endpointReturned(service, node.target));
    }

    /** What its probes say: why it is sick, or empty. */
    void probed(Node node, String sick) {
        boolean changes;
        synchronized (cluster) {
            changes = node.sick.isEmpty() != sick.isEmpty();
            node.sick = sick;
            if (changes && node.state == EndpointState.READY) {
                node.stateSinceNanos = env.nanoTime();
            }
            cluster.rebuildSoon();
        }
        cluster.room.serve();
        if (changes && sick.isEmpty()) {
            LOG.info("{}: the probes of {} pass again", service, node);
            events.tell(listener -> listener.endpointReturned(service, node.target));
        } else if (changes) {
            LOG.info("{}: {} is sick: {}", service, node, sick);
            events.tell(listener -> listener.endpointSick(service, node.target, sick));
        }
    }

    /** No new attempts; those under way may end. An operator's word goes before discovery's, and that before the server's. */
    void drain(Node node, Node.Drain by, String reason) {
        boolean changes;
        synchronized (cluster) {
            changes = drained(node, by, reason);
        }
        if (changes) {
            tellDrained(node, reason);
        }
    }

    private boolean drained(Node node, Node.Drain by, String reason) {
        Node.Drain known = node.drain;
        if (known != null && known.compareTo(by) <= 0) {
            return false;
        }
        boolean outBefore = known == null ? node.state != EndpointState.READY : node.outBefore;
        node.become(EndpointState.DRAINING, reason, env.nanoTime());
        node.drain = by;
        node.outBefore = outBefore;
        cluster.rebuildSoon();
        return true;
    }

    private void tellDrained(Node node, String reason) {
        cluster.room.serve();
        LOG.info("{}: {} is drained: {}", service, node, reason);
        events.tell(listener -> listener.endpointDrained(service, node.target, reason));
    }

    /**
     * Discovery's word on a target that it lists: drained while the target bears the tag. The caller holds the lock, and runs what is
     * returned without it.
     */
    Runnable listed(Node node) {
        boolean drains = "true".equals(node.target.tags().get(Target.DRAIN_TAG));
        if (drains || node.drain != Node.Drain.DISCOVERY) {
            boolean begins = drains && drained(node, Node.Drain.DISCOVERY, BY_DISCOVERY);
            return begins ? () -> tellDrained(node, BY_DISCOVERY) : () -> {};
        }
        long since = node.stateSinceNanos;
        return node.outBefore
                ? () -> tryOut(node, EndpointState.DRAINING, since)
                : () -> ready(node, EndpointState.DRAINING, since);
    }

    /** The headers of an attempt are here: the server may announce that it drains. */
    void answered(Node node, LiveAttempt attempt) {
        HttpHeaders headers = drainHeader == null ? null : attempt.headers();
        String value = headers == null ? null : headers.firstValue(drainHeader).orElse(null);
        long seconds = value == null ? 0 : seconds(value.trim());
        if (seconds == 0) {
            return;
        }
        long since;
        String reason = "the server announced it by " + drainHeader;
        synchronized (cluster) {
            if (attempt.startNanos() - node.stateSinceNanos < 0 || !drained(node, Node.Drain.SERVER, reason)) {
                return;
            }
            since = node.stateSinceNanos;
        }
        tellDrained(node, reason);
        env.scheduler().schedule(() -> tryOut(node, EndpointState.DRAINING, since), seconds, TimeUnit.SECONDS);
    }

    private static long seconds(String value) {
        if (value.equalsIgnoreCase("false") || value.equals("0")) {
            return 0;
        }
        boolean isNumber =
                !value.isEmpty() && value.length() <= 5 && value.chars().allMatch(c -> c >= '0' && c <= '9');
        long seconds = isNumber ? Long.parseLong(value) : DRAIN_SECONDS;
        return seconds >= 1 && seconds <= 86_400 ? seconds : DRAIN_SECONDS;
    }
}
