package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The endpoint that the affinity key belongs to; for attempts without a key, and where all were tried, what another strategy says. */
final class KeyedStrategy implements Strategy {

    private final KeyTable.Maker maker;
    private final double boundedLoad;
    private final Strategy withoutKey;
    private final LongAdder unkeyed = new LongAdder();

    /** {@code boundedLoad}: 0 for none. */
    KeyedStrategy(KeyTable.Maker maker, double boundedLoad, Strategy withoutKey) {
        this.maker = maker;
        this.boundedLoad = boundedLoad;
        this.withoutKey = withoutKey;
    }

    @Override
    public Load newLoad(Target target) {
        return withoutKey.newLoad(target);
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        Weighted weighted = Weighted.of(endpoints);
        if (weighted.size() == 0) {
            return attempt -> null;
        }
        KeyTable plain = maker.make(weighted, Weighted.of(endpoints.listed()));
        KeyTable table = boundedLoad > 0 ? new BoundedLoad(plain, weighted, boundedLoad) : plain;
        Picker fallback = withoutKey.picker(endpoints);
        return attempt -> pick(weighted, table, fallback, attempt);
    }

    private @Nullable Endpoint pick(Weighted endpoints, KeyTable table, Picker fallback, Attempt attempt) {
        String key = attempt.affinityKey();
        if (key == null) {
            unkeyed.increment();
            return fallback.pick(attempt);
        }
        int owner = table.owner(Hash.of(key), attempt);
        return owner >= 0 ? endpoints.get(owner) : fallback.pick(attempt);
    }

    @Override
    public Map<String, Long> counters() {
        Map<String, Long> counters = new HashMap<>(withoutKey.counters());
        counters.put("picks without affinity key", unkeyed.sum());
        return counters;
    }
}
