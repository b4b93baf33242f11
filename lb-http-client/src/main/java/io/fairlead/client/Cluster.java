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

    /** Rebuilds by health are at least so far apart: n endpoints that fail together cost a few rebuilds, not n. */
    private static final long COALESCE_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final String service;
    private final Environment env;
    private final Strategy strategy;
    private final boolean failClosed;
    private final Events events;
    private final Map<Object, CompletableFuture<Void>> waiting = new ConcurrentHashMap<>();
    private final EndpointStates states;
    private long lastRebuildNanos;
    private boolean rebuildScheduled;
    /** Where attempts wait while all endpoints are full. */
    final Room room;
    /** Who is listed; for whoever holds the lock. */
    final Roster roster;

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
        this.events = events;
        this.room = new Room(limit, env, () -> view);
        this.roster = new Roster(service, env, strategy, ejection, room);
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
        List<Runnable> news = List.of(); // to be told without the lock
        boolean usable;
        synchronized (this) {
            usable = roster.replace(targets);
            if (usable) {
                news = roster.listed().stream().map(states::listed).toList();
                rebuild();
            }
        }
        if (!usable) {
            failed(new IllegalStateException("none of the targets that discovery reported can be used"));
            return;
        }
        room.serve();
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

    @Override
    public void failed(Throwable why) {
        LOG.warn("{}: discovery failed, the last good targets stay in use: {}", service, why.toString());
        events.tell(listener -> listener.discoveryFailed(service, why));
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

    /**
     * Health has changed: a new snapshot, at once or with the changes of the next moments. The caller holds the lock, and serves those who
     * wait for {@link #room} when it has let it go.
     */
    void rebuildSoon() {
        long since = env.nanoTime() - lastRebuildNanos;
        if (since >= COALESCE_NANOS) {
            rebuild();
        } else if (!rebuildScheduled) {
            rebuildScheduled = true;
            env.scheduler().schedule(this::rebuildNow, COALESCE_NANOS - since, TimeUnit.NANOSECONDS);
        }
    }

    private void rebuildNow() {
        synchronized (this) {
            rebuildScheduled = false;
            rebuild();
        }
        room.serve();
    }

    private void rebuild() {
        lastRebuildNanos = env.nanoTime();
        Selection selected = Selection.of(roster.listed(), failClosed);
        try {
            Picker asIfBack = null;
            if (selected.isAnyOnTrial()) {
                // Before the picker that counts: a strategy that remembers its last snapshot shall remember that one.
                asIfBack = strategy.picker(selected.asIfBack());
            }
            EndpointSet ready = selected.ready();
            view = new View(
                    ready, strategy.picker(ready), asIfBack, selected.onTrial(), Ledger.of(roster.listed()), env);
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
        return roster.listed().stream().map(seen).toList();
    }

    /** The listed endpoint of that URI, or null. */
    synchronized @Nullable Node node(URI uri) {
        return roster.node(uri);
    }

    /** What the strategy counts. */
    Map<String, Long> counters() {
        return Map.copyOf(strategy.counters());
    }

    /**
     * As {@link View#pick}; null, too, before the first snapshot, and for a newcomer while others wait, unless there is an endpoint on trial
     * for it: {@link #room} gives it its turn. Who is bound to a domain does not wait for its few endpoints.
     */
    @Nullable
    Node pick(LiveAttempt attempt, @Nullable Ledger ledger, boolean hasTurn) {
        View now = view;
        if (now == null) {
            return null;
        }
        boolean first = hasTurn || ledger != null;
        return first || !room.hasLine() ? now.pick(attempt, ledger, first) : now.pickOnTrial(attempt, null);
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
        for (Node node : roster.listed()) {
            reasons.add(node + " " + node.why(env.nanoTime()));
        }
        return String.join(", ", reasons);
    }
}
