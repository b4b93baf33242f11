package io.fairlead.strategies;

import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.random.RandomGenerator;

/** The endpoint with the least in flight for its weight. */
final class LeastRequest implements Strategy {

    private final Environment env;
    private final boolean byCost;

    /** {@code byCost}: an attempt weighs its permits while it is in flight, instead of 1. */
    LeastRequest(Environment env, boolean byCost) {
        this.env = env;
        this.byCost = byCost;
    }

    @Override
    public Load newLoad(Target target) {
        return new InFlightLoad(env, byCost);
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        Weighted weighted = Weighted.of(endpoints);
        RandomGenerator random = env.random();
        if (weighted.size() == 0) {
            return attempt -> null;
        }
        if (weighted.size() <= Scores.FULL_SCAN) {
            return attempt -> Scores.least(weighted, random, attempt);
        }
        Draw draw = Draw.of(weighted, random);
        return attempt -> Scores.ofTwo(weighted, draw, attempt);
    }
}
