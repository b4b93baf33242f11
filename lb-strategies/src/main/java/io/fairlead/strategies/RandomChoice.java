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

/** Every endpoint with the same chance. */
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
        return attempt -> pick(endpoints, attempt);
    }

    private @Nullable Endpoint pick(EndpointSet endpoints, Attempt attempt) {
        int size = endpoints.size();
        if (size == 0) {
            return null;
        }
        int index = env.random().nextInt(size);
        for (int i = 1; i < size && attempt.tried(endpoints.get(index)); i++) {
            index = index + 1 == size ? 0 : index + 1;
        }
        return endpoints.get(index);
    }
}
