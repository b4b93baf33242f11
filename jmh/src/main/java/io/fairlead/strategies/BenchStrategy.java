package io.fairlead.strategies;

import io.fairlead.Environment;
import io.fairlead.Settings;
import io.fairlead.Strategy;

/** A strategy by its name. */
record BenchStrategy(Strategy strategy, boolean weighted) {

    private static final String WEIGHTED = "weighted-";

    /** {@code name}: one that {@link BalancerFactory} knows, or such a one with {@code weighted-} before it. */
    static BenchStrategy named(String name) {
        BalancerFactory factory = new BalancerFactory();
        boolean weighted = name.startsWith(WEIGHTED);
        String known = factory.names().contains(name) ? name : name.substring(WEIGHTED.length());
        Environment env = Environment.system();
        return new BenchStrategy(factory.create(known, Settings.none(), env).start(env), weighted);
    }
}
