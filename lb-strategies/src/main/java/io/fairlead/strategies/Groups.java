package io.fairlead.strategies;

import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Pickers over a part of the snapshot. */
final class Groups {

    private Groups() {}

    /**
     * The endpoints of the shard that the key belongs to, by their tag; never those of another. Without a key, or for a shard that
     * has no endpoint left that was not tried, there is none: if one that was tried were given, the client would look for another
     * itself, and knows nothing of shards.
     */
    static Picker shards(
            Strategy inner, EndpointSet endpoints, String tag, Function<String, @Nullable String> shardOf) {
        Map<String, EndpointSet> listed = byTag(endpoints.listed(), tag);
        Map<String, Picker> pickers = new HashMap<>();
        byTag(endpoints, tag)
                .forEach((shard, group) ->
                        pickers.put(shard, inner.picker(group.outOf(listed.getOrDefault(shard, group)))));
        return attempt -> {
            String key = attempt.affinityKey();
            String shard = key == null ? null : shardOf.apply(key);
            Picker picker = shard == null ? null : pickers.get(shard);
            Endpoint choice = picker == null ? null : picker.pick(attempt);
            return choice == null || attempt.tried(choice) ? null : choice;
        };
    }

    private static Map<String, EndpointSet> byTag(EndpointSet endpoints, String tag) {
        Map<String, List<Endpoint>> groups = new HashMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            String value = endpoints.get(i).target().tags().get(tag);
            if (value != null) {
                groups.computeIfAbsent(value, any -> new ArrayList<>()).add(endpoints.get(i));
            }
        }
        Map<String, EndpointSet> sets = new HashMap<>();
        groups.forEach((value, group) -> sets.put(value, EndpointSet.of(group)));
        return sets;
    }

    /**
     * So many of the endpoints, chosen by rendezvous hashing of the client's id: each client its own, all endpoints by about as many
     * clients; when one leaves, only its clients choose one other.
     */
    static Picker subset(Strategy inner, EndpointSet endpoints, int size, String clientId) {
        EndpointSet usable = Weighted.usable(endpoints);
        if (usable.size() <= size) {
            return inner.picker(usable);
        }
        Set<Endpoint> healthy = new HashSet<>(all(usable));
        long client = Hash.of(clientId);
        List<Endpoint> inOrder = all(usable.listed());
        inOrder.sort(Comparator.comparingLong(endpoint -> Hash.mix(client ^ KeyTable.idOf(endpoint))));
        List<Endpoint> listed = new ArrayList<>();
        List<Endpoint> picked = new ArrayList<>();
        for (int i = 0; i < inOrder.size() && picked.size() < size; i++) {
            Endpoint next = inOrder.get(i);
            listed.add(next); // one that is out stays listed, among those that the client would have
            if (healthy.contains(next)) {
                picked.add(next);
            }
        }
        return inner.picker(EndpointSet.of(picked).outOf(EndpointSet.of(listed)));
    }

    private static List<Endpoint> all(EndpointSet endpoints) {
        List<Endpoint> all = new ArrayList<>();
        for (int i = 0; i < endpoints.size(); i++) {
            all.add(endpoints.get(i));
        }
        return all;
    }
}
