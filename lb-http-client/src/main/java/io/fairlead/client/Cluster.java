package io.fairlead.client;

import io.fairlead.ConcurrencyLimit;
import io.fairlead.Discovery;
import io.fairlead.Ejection;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
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
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
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

    private final String service;
    private final Environment env;
    private final Strategy strategy;
    private final Ejection ejection;
    private final boolean failClosed;
    private final Events events;
    private final Map<Object, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();
    private final Map<URI, Node> nodes = new LinkedHashMap<>();
    private final Map<URI, Node> retired = new LinkedHashMap<>();
    private final EndpointStates states;
    private long lastRebuildNanos;
    private boolean rebuildScheduled;
    /** Where attempts wait while all endpoints are full. */
    final Room room;

    private volatile @Nullable View view;
    private volatile @Nullable Prober prober;

    Cluster(
            String service,
            Environment env,
            Strategy strategy,
            Ejection ejection,
            ConcurrencyLimit limit,
            boolean failClosed,
            Events events,
            @Nullable String drainHeader) {
        this.failClosed = failClosed;
        this.service = service;
        this.env = env;
        this.strategy = strategy;
        this.ejection = ejection;
        this.events = events;
        this.room = new Room(limit, env, () -> view);
        this.states = new EndpointStates(this, service, env, events, drainHeader);
        this.lastRebuildNanos = env.nanoTime() - COALESCE_NANOS;
    }

    /** The snapshot of now, or null before the first. */
    @Nullable
    View view() {
        return view;
    }

    /** Completes with the first snapshot. The caller's own: who does not want to wait any longer cancels it. */
    CompletableFuture<Void> ready() {
        CompletableFuture<Void> mine = new CompletableFuture<>();
        Object key = new Object();
        waiting.put(key, mine);
        mine.whenComplete((done, why) -> waiting.remove(key));
        if (view != null) {
            mine.complete(null);
        }
        return mine;
    }

    /** Calls that wait for the first snapshot. */
    int waiting() {
        return waiting.size();
    }

    @Override
    public void targets(Collection<Target> targets) {
        if (targets.isEmpty()) {
            failed(new IllegalStateException("discovery reported no targets"));
            return;
        }
        List<Runnable> news;
        synchronized (this) {
            long now = env.nanoTime();
            Map<URI, Node> before = new LinkedHashMap<>(nodes);
            Map<URI, Node> after = listed(targets, before, now);
            if (after.isEmpty()) {
                failed(new IllegalStateException("none of the targets that discovery reported can be used"));
                return;
            }
            nodes.clear();
            nodes.putAll(after);
            retire(before, now);
            news = nodes.values().stream().map(states::listed).toList();
            rebuild();
        }
        news.forEach(Runnable::run);
        Prober probes = prober;
        if (probes != null) {
            probes.follow(nodes(node -> node.target));
        }
        events.tell(listener -> listener.targetsChanged(service, targets.size()));
        if (view != null) {
            List.copyOf(waiting.values()).forEach(one -> one.complete(null));
        }
    }

    /* Those that stay are taken out of the map of before. */
    private Map<URI, Node> listed(Collection<Target> targets, Map<URI, Node> before, long now) {
        Map<URI, Node> after = new LinkedHashMap<>();
        for (Target target : targets) {
            try {
                if (!after.containsKey(target.uri())) {
                    after.put(target.uri(), carryOver(before.get(target.uri()), target, now));
                }
            } catch (RuntimeException | Error e) { // a strategy or ejection of the user's that cannot do with it
                LOG.error("{}: {} is left out", service, target, e);
            }
            before.remove(target.uri());
        }
        return after;
    }

    @Override
    public void failed(Throwable why) {
        LOG.warn("{}: discovery failed, the last good targets stay in use: {}", service, why.toString());
        events.tell(listener -> listener.discoveryFailed(service, why));
    }

    private Node carryOver(@Nullable Node known, Target target, long now) {
        Node node = known != null ? known : retired.remove(target.uri());
        if (node == null) {
            return new Node(target, strategy.newLoad(target), ejection.newJudge(target, env), room, now);
        }
        node.target = target;
        if (!node.listed) {
            node.listed = true;
            if (node.state == EndpointState.READY) {
                node.stateSinceNanos = now;
            }
        }
        return node;
    }

    private void retire(Map<URI, Node> gone, long now) {
        retired.values()
                .removeIf(node -> now - node.stateSinceNanos > REMEMBERED_NANOS
                        && (node.state != EndpointState.EJECTED || now - node.ejectedUntilNanos > 0));
        gone.forEach((uri, node) -> {
            node.listed = false;
            if (node.state == EndpointState.READY) {
                node.stateSinceNanos = now;
            }
            retired.put(uri, node);
        });
    }

    /** Whether enough would be left without one of the healthy: counted after the ejection that would be made. */
    boolean survivesOneLess() {
        long healthy = nodes.values().stream().filter(Node::healthy).count();
        // Half must stay, or the rest would be drowned by the traffic of all.
        return healthy - 1 >= Math.max(1, (nodes.size() + 1) / 2);
    }

    /** Whether it is the only one that there is, and in service. */
    boolean isAlone(Node node) {
        return nodes.size() == 1 && node.healthy();
    }

    /** Who has the endpoints probed; said before discovery begins. */
    void probedBy(Prober prober) {
        this.prober = prober;
    }

    /** An endpoint is on trial. */
    void tried(Node node) {
        Prober probes = prober;
        if (probes != null) {
            probes.tryNow(node);
        }
    }

    /** An attempt is about to be sent to it. */
    void started(Node node, LiveAttempt attempt) {
        Prober probes = prober;
        if (probes != null) {
            probes.started(node, attempt.startNanos());
        }
        node.started(attempt);
    }

    /** How endpoints change their state. */
    EndpointStates states() {
        return states;
    }

    /** Health has changed: a new snapshot, at once or with the changes of the next moments. The caller holds the lock. */
    void rebuildSoon() {
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
        Selection selected = Selection.of(nodes.values(), failClosed);
        try {
            Picker asIfBack = null;
            if (selected.isAnyOnTrial()) {
                // Before the picker that counts: a strategy that remembers its last snapshot shall remember that one.
                asIfBack = strategy.picker(selected.asIfBack());
            }
            EndpointSet ready = selected.ready();
            view = new View(ready, strategy.picker(ready), asIfBack, Ledger.of(nodes.values()), env);
            room.serve();
        } catch (RuntimeException | Error e) {
            LOG.error(
                    "{}: strategy {} threw; the last picker stays",
                    service,
                    strategy.getClass().getName(),
                    e);
        }
    }

    /** Each listed endpoint, as the function sees it under the lock. */
    synchronized <T> List<T> nodes(Function<Node, T> seen) {
        return nodes.values().stream().map(seen).toList();
    }

    /** The listed endpoint of that URI, or null. */
    synchronized @Nullable Node node(URI uri) {
        return nodes.get(uri);
    }

    /** What the strategy counts. */
    Map<String, Long> counters() {
        return Map.copyOf(strategy.counters());
    }

    /** As {@link View#pick}; null, too, before the first snapshot, and for a newcomer while others wait: {@link #room} gives it its turn. Who is bound to a domain does not wait for its few endpoints. */
    @Nullable
    Node pick(LiveAttempt attempt, @Nullable Ledger ledger, boolean hasTurn) {
        View now = view;
        boolean first = hasTurn || ledger != null;
        return now == null || (!first && room.hasLine()) ? null : now.pick(attempt, ledger, first);
    }

    /** Whether a call bound to a domain has an endpoint left there, tried or not. */
    boolean reaches(Ledger ledger) {
        View now = view;
        return now != null && now.reaches(ledger);
    }

    /** Why each endpoint cannot be picked, for the message of the call that found none. */
    synchronized String reasons() {
        if (view == null) {
            return "discovery has reported no targets yet";
        }
        List<String> reasons = new ArrayList<>();
        for (Node node : nodes.values()) {
            reasons.add(node + " " + node.why(env.nanoTime()));
        }
        return String.join(", ", reasons);
    }
}
