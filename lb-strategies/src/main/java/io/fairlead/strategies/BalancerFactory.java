package io.fairlead.strategies;

import io.fairlead.Balancer;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Settings;
import java.util.Set;

/** Makes the strategies of {@link Balancers} by name: {@code round-robin}, {@code random}, {@code least-request}. No settings. */
public final class BalancerFactory implements Factory<Balancer> {

    /** For the service loader. */
    public BalancerFactory() {}

    @Override
    public Class<Balancer> type() {
        return Balancer.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("round-robin", "random", "least-request");
    }

    @Override
    public Balancer create(String name, Settings settings, Environment env) {
        settings.known();
        return switch (name) {
            case "round-robin" -> Balancers.roundRobin();
            case "random" -> Balancers.random();
            case "least-request" -> Balancers.leastRequest();
            default -> throw new IllegalArgumentException("balancer " + name + " is not one of " + names());
        };
    }
}
