package io.fairlead.strategies;

import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Pickers over a part of the snapshot. */
final class Groups {

    private Groups() {}

    /**
     * The endpoints of the shard that the key belongs to, by their tag; never those of another. Without a key, or for a shard that
     * has no endpoint, there is none.
     */
    static Picker shards(
            Strategy inner, EndpointSet endpoints, String tag, Function<String, @Nullable String> shardOf) {
        Map<String, List<Endpoint>> groups = new HashMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            String shard = endpoints.get(i).target().tags().get(tag);
            if (shard != null) {
                groups.computeIfAbsent(shard, any -> new ArrayList<>()).add(endpoints.get(i));
            }
        }
        Map<String, Picker> pickers = new HashMap<>();
        groups.forEach((shard, group) -> pickers.put(shard, inner.picker(EndpointSet.of(group))));
        return attempt -> {
            String key = attempt.affinityKey();
            String shard = key == null ? null : shardOf.apply(key);
            Picker picker = shard == null ? null : pickers.get(shard);
            return picker == null ? null : picker.pick(attempt);
        };
    }

    /**
     * So many of the endpoints, chosen by rendezvous hashing of the client's id: each client its own, all endpoints by about as many
     * clients; when one leaves, only its clients choose one other.
     */
    static Picker subset(Strategy inner, EndpointSet endpoints, int size, String clientId) {
        if (endpoints.size() <= size) {
            return inner.picker(endpoints);
        }
        long client = Hash.of(clientId);
        List<Endpoint> all = new ArrayList<>();
        for (int i = 0; i < endpoints.size(); i++) {
            all.add(endpoints.get(i));
        }
        all.sort(Comparator.comparingLong(endpoint -> Hash.mix(client ^ KeyTable.idOf(endpoint))));
        return inner.picker(EndpointSet.of(all.subList(0, size)).outOf(endpoints.listed()));
    }
}
