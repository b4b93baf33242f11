package io.fairlead.client;

import io.fairlead.Discovery;
import io.fairlead.Ejection;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints of one service: turns what discovery and health say into the one snapshot that calls pick from.
 *
 * <p>Everything is written under one lock and published through one volatile field; a call reads that field and takes no
 * lock. Health decides what is in the snapshot, so that a pick tests none.
 */
final class Cluster implements Discovery.Sink {

    private static final Logger LOG = LoggerFactory.getLogger(BalancedClient.class);

    /** How long a removed endpoint is remembered, so that a flapping discovery launders no ejection and forgets no load. */
    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(60);

    /** Rebuilds by health are at least so far apart: n endpoints that fail together cost a few rebuilds, not n. */
    private static final long COALESCE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    /** What calls pick from. */
    record View(EndpointSet endpoints, Picker picker) {}

    private final String service;
    private final Environment env;
    private final Strategy strategy;
    private final Ejection ejection;
    private final Events events;
    private final CompletableFuture<Void> ready = new CompletableFuture<>();
    private final Map<URI, Node> nodes = new LinkedHashMap<>();
    private final Map<URI, Node> retired = new LinkedHashMap<>();
    private long lastRebuildNanos;
    private boolean rebuildScheduled;
    private volatile @Nullable View view;

    Cluster(String service, Environment env, Strategy strategy, Ejection ejection, Events events) {
        this.service = service;
        this.env = env;
        this.strategy = strategy;
        this.ejection = ejection;
        this.events = events;
        this.lastRebuildNanos = env.nanoTime() - COALESCE_NANOS;
    }

    /** The snapshot of now, or null before the first. */
    @Nullable
    View view() {
        return view;
    }

    /** Completes with the first snapshot. */
    CompletableFuture<Void> ready() {
        return ready;
    }

    @Override
    public void targets(Collection<Target> targets) {
        if (targets.isEmpty()) {
            failed(new IllegalStateException("discovery reported no targets"));
            return;
        }
        synchronized (this) {
            long now = env.nanoTime();
            Map<URI, Node> before = new LinkedHashMap<>(nodes);
            nodes.clear();
            for (Target target : targets) {
                if (!nodes.containsKey(target.uri())) {
                    nodes.put(target.uri(), carryOver(before.remove(target.uri()), target, now));
                }
            }
            retire(before, now);
            rebuild();
        }
        events.tell(listener -> listener.targetsChanged(service, targets.size()));
        if (view != null) {
            ready.complete(null);
        }
    }

    @Override
    public void failed(Throwable why) {
        LOG.warn("{}: discovery failed, the last good targets stay in use: {}", service, why.toString());
        events.tell(listener -> listener.discoveryFailed(service, why));
    }

    private Node carryOver(@Nullable Node known, Target target, long now) {
        Node node = known != null ? known : retired.remove(target.uri());
        if (node == null) {
            return new Node(target, strategy.newLoad(target), ejection.newJudge(target, env), now);
        }
        node.target = target;
        if (!node.listed) {
            node.listed = true;
            node.stateSinceNanos = now;
        }
        return node;
    }

    private void retire(Map<URI, Node> gone, long now) {
        retired.values()
                .removeIf(node -> now - node.stateSinceNanos > REMEMBERED_NANOS
                        && (!node.ejected || now - node.ejectedUntilNanos > 0));
        gone.forEach((uri, node) -> {
            node.listed = false;
            node.stateSinceNanos = now;
            retired.put(uri, node);
        });
    }

    /** Takes note of an attempt whose verdict is final; ejects its endpoint if the judge says so and enough others are left. */
    void judge(Node node, LiveAttempt attempt) {
        if (attempt.outcome() == Outcome.IGNORED || attempt.startNanos() - node.stateSinceNanos < 0) {
            return; // what began before the last change of state tells of a server that is no more
        }
        long nanos;
        try {
            nanos = node.judge.judge(attempt);
        } catch (RuntimeException e) {
            LOG.warn("{}: ejection judge threw; the call goes on", service, e);
            return;
        }
        if (nanos > Ejection.Judge.KEEP && eject(node, nanos)) {
            String reason = node.judge.reason();
            LOG.info("{}: {} ejected for {} ms: {}", service, node, nanos / 1_000_000, reason);
            events.tell(listener -> listener.endpointEjected(service, node.target, nanos, reason));
        }
    }

    private synchronized boolean eject(Node node, long nanos) {
        int healthy = (int) nodes.values().stream().filter(Node::healthy).count();
        // Counted after the ejection that would be made; half must stay, or the rest would be drowned by the traffic of
        // all.
        if (!node.healthy() || healthy - 1 < Math.max(1, (nodes.size() + 1) / 2)) {
            return false;
        }
        long now = env.nanoTime();
        node.ejected = true;
        node.ejectedUntilNanos = now + nanos;
        node.stateSinceNanos = now;
        node.judge.ejected();
        env.scheduler().schedule(() -> takeBack(node), nanos, TimeUnit.NANOSECONDS);
        rebuildSoon();
        return true;
    }

    private void takeBack(Node node) {
        synchronized (this) {
            node.ejected = false;
            if (node.listed) {
                node.stateSinceNanos = env.nanoTime();
            }
            node.judge.returned();
            rebuildSoon();
        }
        events.tell(listener -> listener.endpointReturned(service, node.target));
    }

    private void rebuildSoon() {
        long since = env.nanoTime() - lastRebuildNanos;
        if (since >= COALESCE_NANOS) {
            rebuild();
        } else if (!rebuildScheduled) {
            rebuildScheduled = true;
            env.scheduler().schedule(this::rebuildNow, COALESCE_NANOS - since, TimeUnit.NANOSECONDS);
        }
    }

    private synchronized void rebuildNow() {
        rebuildScheduled = false;
        rebuild();
    }

    private void rebuild() {
        lastRebuildNanos = env.nanoTime();
        EndpointSet healthy = EndpointSet.of(
                        nodes.values().stream().filter(Node::healthy).toList())
                .outOf(EndpointSet.of(nodes.values()));
        try {
            view = new View(healthy, strategy.picker(healthy));
        } catch (RuntimeException e) {
            LOG.error(
                    "{}: strategy {} threw; the last picker stays",
                    service,
                    strategy.getClass().getName(),
                    e);
        }
    }

    /**
     * The endpoint for an attempt: the strategy's choice, unless that was tried in this call while others are left, or lies
     * outside the domain that the call is bound to. After three answers that do not fit, the first that does is taken.
     *
     * @param domain the idempotency domain that the call is bound to, or null for any
     * @return null if there is none
     */
    @Nullable
    Node pick(LiveAttempt attempt, @Nullable String domain) {
        View now = view;
        if (now == null) {
            return null;
        }
        for (int i = 0; i < 3; i++) {
            Endpoint choice = now.picker.pick(attempt);
            if (choice == null) {
                return null;
            }
            if (!attempt.tried(choice) && inDomain(choice, domain)) {
                return (Node) choice;
            }
        }
        return scan(now.endpoints, attempt, domain);
    }

    private @Nullable Node scan(EndpointSet endpoints, LiveAttempt attempt, @Nullable String domain) {
        Node tried = null;
        int size = endpoints.size();
        int start = size == 0 ? 0 : env.random().nextInt(size); // so that not all calls go to the same one
        for (int i = 0; i < size; i++) {
            Endpoint candidate = endpoints.get((start + i) % size);
            if (inDomain(candidate, domain)) {
                if (!attempt.tried(candidate)) {
                    return (Node) candidate;
                }
                tried = (Node) candidate;
            }
        }
        return tried;
    }

    /** Whether a call bound to a domain has an endpoint left there, tried or not. */
    boolean reaches(String domain) {
        View now = view;
        for (int i = 0; now != null && i < now.endpoints.size(); i++) {
            if (inDomain(now.endpoints.get(i), domain)) {
                return true;
            }
        }
        return false;
    }

    private static boolean inDomain(Endpoint endpoint, @Nullable String domain) {
        return domain == null || domain.equals(endpoint.target().domain());
    }

    /** Why each endpoint cannot be picked, for the message of the call that found none. */
    synchronized String reasons() {
        if (view == null) {
            return "discovery has reported no targets yet";
        }
        List<String> reasons = new ArrayList<>();
        for (Node node : nodes.values()) {
            reasons.add(node
                    + (node.ejected
                            ? " is ejected for "
                                    + TimeUnit.NANOSECONDS.toMillis(node.ejectedUntilNanos - env.nanoTime())
                                    + " ms more (" + node.judge.reason() + ")"
                            : " was not chosen by the strategy"));
        }
        return String.join(", ", reasons);
    }
}
