package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;

/** Every endpoint with a chance in proportion to its weight. */
final class RandomChoice implements Strategy {

    private final Environment env;

    RandomChoice(Environment env) {
        this.env = env;
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
        Draw draw = Draw.of(weighted, env.random());
        return attempt -> pick(weighted, draw, attempt);
    }

    /* A tried one is drawn again rather than skipped: its neighbour would get its whole share. */
    private Endpoint pick(Weighted endpoints, Draw draw, Attempt attempt) {
        Endpoint choice = endpoints.get(draw.next());
        for (int i = 1; i < 4 && attempt.tried(choice); i++) {
            choice = endpoints.get(draw.next());
        }
        return attempt.tried(choice) ? untried(endpoints, draw.next(), attempt) : choice;
    }

    private static Endpoint untried(Weighted endpoints, int start, Attempt attempt) {
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint choice = endpoints.get((start + i) % endpoints.size());
            if (!attempt.tried(choice)) {
                return choice;
            }
        }
        return endpoints.get(start);
    }
}
