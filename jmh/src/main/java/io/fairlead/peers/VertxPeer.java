package io.fairlead.peers;

import io.vertx.core.net.SocketAddress;
import io.vertx.core.net.endpoint.DefaultInteractionMetric;
import io.vertx.core.net.endpoint.DefaultInteractionMetrics;
import io.vertx.core.net.endpoint.InteractionMetrics;
import io.vertx.core.net.endpoint.LoadBalancer;
import io.vertx.core.net.endpoint.ServerEndpoint;
import io.vertx.core.net.endpoint.ServerInteraction;
import io.vertx.core.net.endpoint.ServerSelector;
import java.util.ArrayList;
import java.util.List;

/** Vert.x: selectors of {@link LoadBalancer}. */
final class VertxPeer {

    private VertxPeer() {}

    static Peer of(String strategy, int endpoints) {
        LoadBalancer balancer = switch (strategy) {
            case "round-robin" -> LoadBalancer.ROUND_ROBIN;
            case "random" -> LoadBalancer.RANDOM;
            case "least-requests" -> LoadBalancer.LEAST_REQUESTS;
            case "power-of-two" -> LoadBalancer.POWER_OF_TWO_CHOICES;
            case "consistent-hashing" -> LoadBalancer.CONSISTENT_HASHING;
            default -> throw new IllegalArgumentException("Vert.x strategy: " + strategy);
        };
        List<Server> servers = new ArrayList<>();
        for (int i = 0; i < endpoints; i++) {
            servers.add(new Server(Peer.host(i), SocketAddress.inetSocketAddress(8080, Peer.host(i)), metrics(i % 3)));
        }
        ServerSelector selector = balancer.selector(servers);
        Server[] array = servers.toArray(new Server[0]);
        if (!strategy.equals("consistent-hashing")) {
            return call -> array[selector.select()];
        }
        String[] keys = Peer.keys();
        return call -> array[selector.select(keys[call & (Peer.KEYS - 1)])];
    }

    private static InteractionMetrics<?> metrics(int inFlight) {
        DefaultInteractionMetrics metrics = new DefaultInteractionMetrics();
        for (int i = 0; i < inFlight; i++) {
            DefaultInteractionMetric metric = metrics.initiateRequest();
            metrics.reportRequestBegin(metric);
        }
        return metrics;
    }

    private record Server(String key, SocketAddress address, InteractionMetrics<?> metrics) implements ServerEndpoint {

        @Override
        public ServerInteraction newInteraction() {
            throw new UnsupportedOperationException("only chosen");
        }

        @Override
        public Object unwrap() {
            return this;
        }
    }
}
