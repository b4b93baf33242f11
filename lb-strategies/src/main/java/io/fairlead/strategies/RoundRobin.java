package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import org.jspecify.annotations.Nullable;

/** Every endpoint in turn; those of more weight more often, by static strides. */
final class RoundRobin implements Strategy {

    private final Sequence sequence;

    RoundRobin(Environment env) {
        this.sequence = new Sequence(env.random().nextLong());
    }

    @Override
    public Load newLoad(Target target) {
        return Load.NONE;
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        Weighted weighted = Weighted.of(endpoints);
        if (weighted.size() == 0) {
            return attempt -> null;
        }
        return weighted.isEqual() ? attempt -> pick(weighted, attempt) : new Stride(weighted, sequence);
    }

    private @Nullable Endpoint pick(Weighted endpoints, Attempt attempt) {
        return attempt.number() == 1
                ? endpoints.get((int) (sequence.take() % endpoints.size()))
                : sequence.afterTried(endpoints, attempt);
    }
}
