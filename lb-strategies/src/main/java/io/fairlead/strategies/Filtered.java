package io.fairlead.strategies;

import io.fairlead.EndpointSet;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * A strategy within another: the gauges and counters are the inner one's, the picker is made of one or more pickers of the inner one,
 * each over a part of the snapshot.
 *
 * @param pickerOf makes the picker of a snapshot, from the inner strategy
 */
record Filtered(Strategy inner, BiFunction<Strategy, EndpointSet, Picker> pickerOf) implements Strategy {

    @Override
    public Load newLoad(Target target) {
        return inner.newLoad(target);
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        return pickerOf.apply(inner, endpoints);
    }

    @Override
    public Map<String, Long> counters() {
        return inner.counters();
    }
}
