package io.fairlead.peers;

import com.linecorp.armeria.client.ClientRequestContext;
import com.linecorp.armeria.client.Endpoint;
import com.linecorp.armeria.client.endpoint.EndpointGroup;
import com.linecorp.armeria.client.endpoint.EndpointSelectionStrategy;
import com.linecorp.armeria.common.HttpMethod;
import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.RequestHeaders;
import java.util.ArrayList;
import java.util.List;

/** Armeria: groups of endpoints. */
final class ArmeriaPeer {

    private static final String KEY = "merchant";

    private ArmeriaPeer() {}

    static Peer of(String strategy, int endpoints) {
        EndpointSelectionStrategy selection = switch (strategy) {
            case "round-robin" -> EndpointSelectionStrategy.roundRobin();
            case "weighted-round-robin" -> EndpointSelectionStrategy.weightedRoundRobin();
            case "ramping-up" -> EndpointSelectionStrategy.rampingUp();
            case "sticky" ->
                EndpointSelectionStrategy.sticky(
                        ctx -> ctx.request().headers().get(KEY).hashCode());
            default -> throw new IllegalArgumentException("Armeria strategy: " + strategy);
        };
        List<Endpoint> list = new ArrayList<>();
        for (int i = 0; i < endpoints; i++) {
            list.add(Endpoint.of(Peer.host(i), 8080)
                    .withWeight(strategy.equals("weighted-round-robin") ? Peer.weight(i) : 1000));
        }
        EndpointGroup group = EndpointGroup.of(selection, list);
        ClientRequestContext[] contexts = new ClientRequestContext[Peer.KEYS];
        String[] keys = Peer.keys();
        for (int i = 0; i < contexts.length; i++) {
            RequestHeaders headers = RequestHeaders.of(HttpMethod.GET, "/", KEY, keys[i]);
            contexts[i] = ClientRequestContext.of(HttpRequest.of(headers));
        }
        return call -> group.selectNow(contexts[call & (Peer.KEYS - 1)]);
    }
}
