package io.fairlead.client;

import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How the endpoints of one cluster change their state: every transition there is. A transition is made under the cluster's lock, and told
 * to the listeners outside of it.
 */
final class EndpointStates {

    private static final Logger LOG = LoggerFactory.getLogger(BalancedClient.class);

    /** An answer "too busy" on trial is neither well nor sick: the next trial waits at least so long. */
    private static final long BUSY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final Cluster cluster;
    private final String service;
    private final Environment env;
    private final Events events;

    EndpointStates(Cluster cluster, String service, Environment env, Events events) {
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
        long nanos;
        try {
            nanos = node.judge.judge(attempt);
        } catch (RuntimeException e) {
            LOG.warn("{}: ejection judge threw; the call goes on", service, e);
            return;
        }
        if (nanos > Ejection.Judge.KEEP) {
            eject(node, nanos);
        }
    }

    private void judgeTrial(Node node, LiveAttempt attempt) {
        if (attempt.outcome() == Outcome.SUCCESS) {
            ready(node, EndpointState.TRIAL);
        } else if (attempt.outcome() == Outcome.OVERLOADED) {
            node.returnLease(attempt.eventNanos() + Math.max(BUSY_NANOS, attempt.retryAfterNanos()));
        } else {
            ejectAgain(node, attempt);
        }
    }

    /** The trial is over; where it told nothing, another may follow. */
    void trialEnded(Node node, LiveAttempt attempt) {
        boolean toldNothing = attempt.outcome() == null || attempt.outcome() == Outcome.IGNORED;
        if (toldNothing && node.state == EndpointState.TRIAL) {
            node.returnLease(env.nanoTime());
        }
    }

    private void eject(Node node, long nanos) {
        String reason;
        synchronized (cluster) {
            if (!node.healthy() || !cluster.survivesOneLess()) {
                return;
            }
            node.judge.ejected();
            reason = node.judge.reason();
            out(node, nanos, reason);
        }
        tellEjected(node, nanos, reason);
    }

    private void ejectAgain(Node node, LiveAttempt attempt) {
        long nanos;
        String reason;
        synchronized (cluster) {
            if (node.state != EndpointState.TRIAL) {
                return;
            }
            nanos = Math.max(1, node.judge.failedTrial(attempt, node.lastEjectionNanos));
            node.judge.ejected();
            reason = "failed on trial: " + node.judge.reason();
            out(node, nanos, reason);
        }
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
        env.scheduler().schedule(() -> tryOut(node, now), nanos, TimeUnit.NANOSECONDS);
        cluster.rebuildSoon();
    }

    private void tellEjected(Node node, long nanos, String reason) {
        LOG.info("{}: {} ejected for {} ms: {}", service, node, nanos / 1_000_000, reason);
        events.tell(listener -> listener.endpointEjected(service, node.target, nanos, reason));
    }

    /* The timer of an ejection that has been followed by another change does nothing. */
    private void tryOut(Node node, long sinceNanos) {
        synchronized (cluster) {
            if (node.state != EndpointState.EJECTED || node.stateSinceNanos != sinceNanos) {
                return;
            }
            node.become(EndpointState.TRIAL, "its time is over: one attempt at a time tries it", env.nanoTime());
            node.judge.returned();
            cluster.rebuildSoon();
        }
        events.tell(listener -> listener.endpointOnTrial(service, node.target));
        cluster.tried(node);
    }

    /** Back in the snapshot, if it is still in that state. */
    void ready(Node node, EndpointState from) {
        synchronized (cluster) {
            if (node.state != from) {
                return;
            }
            node.become(EndpointState.READY, "", env.nanoTime());
            cluster.rebuildSoon();
        }
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
        if (changes && sick.isEmpty()) {
            LOG.info("{}: the probes of {} pass again", service, node);
            events.tell(listener -> listener.endpointReturned(service, node.target));
        } else if (changes) {
            LOG.info("{}: {} is sick: {}", service, node, sick);
            events.tell(listener -> listener.endpointSick(service, node.target, sick));
        }
    }

    /** No new attempts; those under way may end. */
    void drain(Node node, String reason) {
        synchronized (cluster) {
            if (node.state == EndpointState.DRAINING) {
                return;
            }
            node.become(EndpointState.DRAINING, reason, env.nanoTime());
            cluster.rebuildSoon();
        }
        LOG.info("{}: {} is drained: {}", service, node, reason);
        events.tell(listener -> listener.endpointDrained(service, node.target, reason));
    }
}
