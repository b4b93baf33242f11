package io.fairlead.client;

import io.fairlead.Endpoint;
import io.fairlead.Require;
import io.fairlead.Target;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What one service looks like from within, for dashboards and for the engineer on call, and the levers that operators have: {@link #drain},
 * {@link #eject}, {@link #restore}. From {@link BalancedClient#service}. Thread-safe; what it returns are copies of the moment.
 */
public final class ServiceView {

    private final ServiceRuntime runtime;

    ServiceView(ServiceRuntime runtime) {
        this.runtime = runtime;
    }

    /** Name of the service. */
    public String name() {
        return runtime.name;
    }

    /** Each endpoint that discovery lists, in its order. */
    public List<EndpointView> endpoints() {
        long nanos = runtime.env.nanoTime();
        Instant now = runtime.env.now();
        return runtime.cluster.nodes(node -> view(node, nanos, now));
    }

    private EndpointView view(Node node, long nanos, Instant now) {
        long nextProbe = runtime.nextProbeNanos(node.target);
        String sick = node.sick;
        boolean showSick = !sick.isEmpty() && node.state == EndpointState.READY;
        boolean ejected = node.state == EndpointState.EJECTED;
        return new EndpointView(
                node.target,
                showSick ? EndpointState.SICK : node.state,
                now.plusNanos(node.stateSinceNanos - nanos),
                showSick ? sick : node.reason,
                ejected ? now.plusNanos(node.ejectedUntilNanos - nanos) : null,
                nextProbe < 0 ? null : now.plusNanos(nextProbe),
                node.inFlight(),
                node.load(),
                node.ejections);
    }

    /** What the strategy has counted, by name. */
    public Map<String, Long> counters() {
        return runtime.cluster.counters();
    }

    /**
     * Gives an endpoint no new attempts, and lets those under way end, until it is {@linkplain #restore restored}.
     *
     * @param endpoint as in {@link Target#of(String)}
     * @throws IllegalArgumentException if the service has no such endpoint
     */
    public void drain(String endpoint) {
        runtime.cluster.states().drain(node(endpoint), Node.Drain.OPERATOR, "by an operator");
    }

    /**
     * Leaves an endpoint alone for a time, after which it is tried. Unlike an ejection by traffic it is made even if it leaves few.
     *
     * @param endpoint as in {@link Target#of(String)}
     * @throws IllegalArgumentException if the service has no such endpoint, or for a time that is not positive
     */
    public void eject(String endpoint, Duration time) {
        long nanos = Require.positiveNanos(time, "time of the ejection");
        runtime.cluster.states().eject(node(endpoint), nanos, "by an operator");
    }

    /**
     * Brings a drained, ejected or tried endpoint back at once. Does nothing to one that is ready; one whose probes fail stays out until
     * they pass.
     *
     * @param endpoint as in {@link Target#of(String)}
     * @throws IllegalArgumentException if the service has no such endpoint
     */
    public void restore(String endpoint) {
        Node node = node(endpoint);
        long since = node.stateSinceNanos;
        EndpointState now = node.state;
        if (now != EndpointState.READY) {
            runtime.cluster.states().ready(node, now, since);
        }
    }

    private Node node(String endpoint) {
        URI uri = Target.of(endpoint).uri();
        Node node = runtime.cluster.node(uri);
        if (node == null) {
            List<URI> known = runtime.cluster.nodes(Endpoint::target).stream()
                    .map(Target::uri)
                    .toList();
            throw Require.bad("endpoint of " + name(), uri, "one of " + known);
        }
        return node;
    }

    /** A table, one line an endpoint. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder(name());
        for (EndpointView e : endpoints()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%n  %-40s %-8s since %s  in flight %d  ejections %d%s",
                    e.target(),
                    e.state(),
                    e.since(),
                    e.inFlight(),
                    e.ejections(),
                    e.reason().isEmpty() ? "" : "  (" + e.reason() + ")"));
        }
        return text.toString();
    }
}
