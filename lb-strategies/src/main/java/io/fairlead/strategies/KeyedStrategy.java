package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The endpoint that the affinity key belongs to; the least loaded one for attempts without a key. */
final class KeyedStrategy implements Strategy {

    private final KeyTable.Maker maker;
    private final double boundedLoad;
    private final LeastRequest withoutKey;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final LongAdder unkeyed = new LongAdder();

    /** {@code boundedLoad}: 0 for none. */
    KeyedStrategy(Environment env, KeyTable.Maker maker, double boundedLoad) {
        this.maker = maker;
        this.boundedLoad = boundedLoad;
        this.withoutKey = new LeastRequest(env, false);
    }

    @Override
    public Load newLoad(Target target) {
        Load own = withoutKey.newLoad(target);
        return new Load() {
            @Override
            public void started(Attempt attempt) {
                inFlight.incrementAndGet();
                own.started(attempt);
            }

            @Override
            public void answered(Attempt attempt) {
                own.answered(attempt);
            }

            @Override
            public void finished(Attempt attempt) {
                inFlight.decrementAndGet();
                own.finished(attempt);
            }

            @Override
            public double value() {
                return own.value();
            }
        };
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        Weighted weighted = Weighted.of(endpoints);
        if (weighted.size() == 0) {
            return attempt -> null;
        }
        KeyTable plain = maker.make(weighted);
        KeyTable table = boundedLoad > 0 ? new BoundedLoad(plain, weighted, boundedLoad, inFlight) : plain;
        Picker fallback = withoutKey.picker(endpoints);
        return attempt -> pick(table, fallback, attempt);
    }

    private @Nullable Endpoint pick(KeyTable table, Picker fallback, Attempt attempt) {
        String key = attempt.affinityKey();
        if (key == null) {
            unkeyed.increment();
            return fallback.pick(attempt);
        }
        Endpoint owner = table.owner(Hash.of(key), attempt);
        return owner != null ? owner : fallback.pick(attempt); // all were tried
    }

    @Override
    public Map<String, Long> counters() {
        return Map.of("picks without affinity key", unkeyed.sum());
    }
}
