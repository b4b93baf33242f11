package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Every endpoint in turn. The one sequence of a service outlives its pickers, so that an update does not begin a new round. */
final class RoundRobin implements Strategy {

    private final AtomicInteger sequence;

    RoundRobin(Environment env) {
        this.sequence = new AtomicInteger(env.random().nextInt());
    }

    @Override
    public Load newLoad(Target target) {
        return Load.NONE;
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        return attempt -> pick(endpoints, attempt);
    }

    private @Nullable Endpoint pick(EndpointSet endpoints, Attempt attempt) {
        int size = endpoints.size();
        if (size == 0) {
            return null;
        }
        Endpoint choice = next(endpoints, size);
        for (int i = 1; i < size && attempt.tried(choice); i++) {
            choice = next(endpoints, size);
        }
        return choice;
    }

    /* Unsigned, so that the index stays right when the counter wraps. */
    private Endpoint next(EndpointSet endpoints, int size) {
        return endpoints.get(Integer.remainderUnsigned(sequence.getAndIncrement(), size));
    }
}
