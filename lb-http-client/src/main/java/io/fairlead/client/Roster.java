package io.fairlead.client;

import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.net.URI;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The endpoints that discovery lists, and those that it listed a short while ago. All of it is read and written under the lock of the
 * {@link Cluster} that has it.
 */
final class Roster {

    private static final Logger LOG = LoggerFactory.getLogger(BalancedClient.class);

    /** How long a removed endpoint is remembered, so that a flapping discovery launders no ejection and forgets no load. */
    private static final long REMEMBERED_NANOS = TimeUnit.SECONDS.toNanos(60);

    private final String service;
    private final Environment env;
    private final Strategy strategy;
    private final Ejection ejection;
    private final Room room;
    private final Map<URI, Node> nodes = new LinkedHashMap<>();
    private final Map<URI, Node> retired = new LinkedHashMap<>();

    Roster(String service, Environment env, Strategy strategy, Ejection ejection, Room room) {
        this.service = service;
        this.env = env;
        this.strategy = strategy;
        this.ejection = ejection;
        this.room = room;
    }

    /** Those that are listed, in discovery's order. */
    Collection<Node> listed() {
        return nodes.values();
    }

    /** The listed endpoint of that URI, or null. */
    @Nullable
    Node node(URI uri) {
        return nodes.get(uri);
    }

    /** From now on these are listed. False, and nothing has changed, if none of them can be used. */
    boolean replace(Collection<Target> targets) {
        long now = env.nanoTime();
        Map<URI, Node> gone = new LinkedHashMap<>(nodes);
        Map<URI, Node> after = new LinkedHashMap<>();
        for (Target target : targets) {
            try {
                if (!after.containsKey(target.uri())) {
                    after.put(target.uri(), carryOver(gone.get(target.uri()), target, now));
                }
            } catch (RuntimeException | Error e) { // a strategy or ejection of the user's that cannot do with it
                LOG.error("{}: {} is left out", service, target, e);
            }
            gone.remove(target.uri());
        }
        if (after.isEmpty()) {
            return false;
        }
        nodes.clear();
        nodes.putAll(after);
        retire(gone, now);
        return true;
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
}
