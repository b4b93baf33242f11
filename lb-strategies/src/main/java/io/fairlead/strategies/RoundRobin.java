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
        if (attempt.number() == 1) {
            return endpoints.get(Integer.remainderUnsigned(sequence.getAndIncrement(), size));
        }
        return afterTried(endpoints, size, attempt);
    }

    /*
     * A retry takes nobody's turn: it goes where the turn stands, past what was tried. If it took one, every call to two servers
     * of which one fails would begin at the one that fails.
     */
    private Endpoint afterTried(EndpointSet endpoints, int size, Attempt attempt) {
        int turn = Integer.remainderUnsigned(sequence.get(), size);
        for (int i = 0; i < size; i++) {
            Endpoint choice = endpoints.get((turn + i) % size);
            if (!attempt.tried(choice)) {
                return choice;
            }
        }
        return endpoints.get(turn);
    }
}
