package io.fairlead.client;

import io.fairlead.Endpoint;
import io.fairlead.Environment;
import io.fairlead.HealthCheck;
import io.fairlead.RateLimiter;
import io.fairlead.Service;
import io.fairlead.Target;
import io.fairlead.health.Probes;
import java.io.IOException;
import java.net.URI;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Has the endpoints of one service probed, over the transports of its traffic, and tells their states. */
final class Prober implements Probes.Result {

    private final HealthCheck check;
    private final Service service;
    private final Cluster cluster;
    private final Transports transports;
    private final Environment env;
    private final SharedProbes.Group group;
    private final Probes.Watch watch;
    private final Map<URI, Target> watched = new ConcurrentHashMap<>();
    /** Not under a lock: who is told of a probe's result may be users' code. */
    private final Sequence changes = new Sequence("the list of probes");

    private boolean closed;

    Prober(HealthCheck check, ServiceRuntime runtime, Transports transports, SharedProbes.Group group) {
        this.check = check;
        this.service = runtime.service;
        this.cluster = runtime.cluster;
        this.env = runtime.env;
        this.transports = transports;
        this.group = group;
        this.watch = group.join(this);
    }

    /** From now on these are probed, and no others. */
    void follow(Collection<Target> targets) {
        changes.run(() -> replace(targets));
    }

    private void replace(Collection<Target> targets) {
        if (closed) {
            return;
        }
        Map<URI, Target> gone = new HashMap<>(watched);
        for (Target target : targets) {
            gone.remove(target.uri());
            if (!target.equals(watched.put(target.uri(), target))) {
                watch.add(target);
            }
        }
        gone.forEach((uri, target) -> {
            watched.remove(uri);
            watch.remove(target);
        });
    }

    boolean has(Target target) {
        return watched.containsKey(target.uri());
    }

    /** Asks one target in the name of this service. */
    CompletionStage<Void> probe(Target target) {
        Node node = cluster.node(target.uri());
        RateLimiter limiter = service.rateLimiter();
        if (check.permits() > 0 && limiter != null && limiter.reserve(check.permits(), 0) != 0) {
            return asBefore(node); // what the partner counts goes to payments first: nothing new is known
        }
        Transport transport = transports.lease(service, target.uri());
        CompletionStage<Void> asked;
        try {
            asked = check.probe().probe(target, transport.client());
        } catch (RuntimeException | Error e) {
            transport.release();
            throw e;
        }
        asked.whenComplete((passed, why) -> transport.release());
        return asked;
    }

    /** A probe of the target has passed. */
    void passed(Target target) {
        Node node = check.deep() ? cluster.node(target.uri()) : null;
        if (node != null) {
            // It went the way of the traffic: that is a trial.
            cluster.states().ready(node, EndpointState.TRIAL, node.stateSinceNanos);
        }
    }

    private static CompletionStage<Void> asBefore(@Nullable Node node) {
        String sick = node == null ? "" : node.sick;
        return sick.isEmpty()
                ? CompletableFuture.completedFuture(null)
                : CompletableFuture.failedFuture(new IOException(sick));
    }

    @Override
    public void changed(Target target, boolean well, String reason) {
        Node node = cluster.node(target.uri());
        if (node != null) {
            cluster.states().probed(node, well ? "" : reason);
        }
    }

    @Override
    public boolean busy(Target target) {
        Node node = cluster.node(target.uri());
        return node == null || node.isBusy(check.intervalNanos(), env.nanoTime());
    }

    /** An endpoint is on trial: a probe may be sooner than a call. */
    void tryNow(Endpoint endpoint) {
        if (check.deep()) {
            group.schedule().probeNow(endpoint.target());
        }
    }

    /** Traffic comes: what has been idle for long is asked at once, and not when its idle interval is over. */
    void started(Node node, long nowNanos) {
        if (node.idleNanos(nowNanos) > check.intervalNanos()) {
            group.schedule().probeNow(node.target);
        }
    }

    /** Nanoseconds until the next probe of a target, or −1. */
    long nextProbeNanos(Target target) {
        return group.schedule().nextProbeNanos(target);
    }

    void close() {
        changes.run(() -> {
            closed = true;
            group.leave(this, watch);
        });
    }
}
