package io.fairlead.strategies;

import io.fairlead.Balancer;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Require;
import io.fairlead.Settings;
import java.time.Duration;
import java.util.Set;

/**
 * Makes the strategies of {@link Balancers} by name. Settings: {@code decay} of peak-ewma, {@code virtual-nodes} of ring, {@code
 * table-size} of maglev, {@code bounded-load} of the three by key (unless set: none). With every name: {@code slow-start}, a duration.
 */
public final class BalancerFactory implements Factory<Balancer> {

    private static final String SLOW_START = "slow-start";
    private static final String BOUNDED_LOAD = "bounded-load";

    /** For the service loader. */
    public BalancerFactory() {}

    @Override
    public Class<Balancer> type() {
        return Balancer.class;
    }

    @Override
    public Set<String> names() {
        return Set.of(
                "standard",
                "round-robin",
                "weighted-round-robin",
                "smooth-round-robin",
                "random",
                "weighted-random",
                "least-request",
                "least-cost",
                "peak-ewma",
                "load-reported",
                "ring",
                "maglev",
                "rendezvous",
                "sticky",
                "priorities");
    }

    @Override
    public Balancer create(String name, Settings settings, Environment env) {
        boolean asked = settings.text(SLOW_START) != null;
        Duration window = settings.duration(SLOW_START, Duration.ofSeconds(10));
        return switch (name) {
            case "standard", "priorities" -> {
                settings.known(SLOW_START);
                Balancer standard = Balancers.slowStart(window, Balancers.peakEwma());
                yield name.equals("standard") ? standard : Balancers.priorities(standard);
            }
            default -> asked ? Balancers.slowStart(window, made(name, settings)) : made(name, settings);
        };
    }

    private Balancer made(String name, Settings settings) {
        return switch (name) {
            case "ring", "maglev", "rendezvous" -> keyed(name, settings);
            case "peak-ewma" -> {
                settings.known("decay", SLOW_START);
                yield Balancers.peakEwma(settings.duration("decay", Duration.ofSeconds(3)));
            }
            case "sticky" -> {
                settings.known("lifetime", "server-cookie", SLOW_START);
                StickyBalancer sticky = Balancers.sticky(Balancers.standard())
                        .lifetime(settings.duration("lifetime", Duration.ofMinutes(30)));
                String cookie = settings.text("server-cookie");
                yield cookie == null ? sticky : sticky.serverCookie(cookie);
            }
            default -> {
                settings.known(SLOW_START);
                yield simple(name);
            }
        };
    }

    private Balancer simple(String name) {
        return switch (name) {
            case "round-robin", "weighted-round-robin" -> Balancers.roundRobin();
            case "smooth-round-robin" -> Balancers.smoothRoundRobin();
            case "random", "weighted-random" -> Balancers.random();
            case "least-request" -> Balancers.leastRequest();
            case "least-cost" -> Balancers.leastCost();
            case "load-reported" -> Balancers.loadReported();
            default -> throw Require.bad("balancer", name, "one of " + names());
        };
    }

    private static Balancer keyed(String name, Settings settings) {
        KeyedBalancer keyed = switch (name) {
            case "ring" -> {
                settings.known("virtual-nodes", BOUNDED_LOAD, SLOW_START);
                yield Balancers.ring().virtualNodes((int) settings.number("virtual-nodes", 160, 1, 10_000));
            }
            case "maglev" -> {
                settings.known("table-size", BOUNDED_LOAD, SLOW_START);
                yield Balancers.maglev().tableSize((int) settings.number("table-size", 65_537, 2, 5_000_011));
            }
            default -> {
                settings.known(BOUNDED_LOAD, SLOW_START);
                yield Balancers.rendezvous();
            }
        };
        return settings.text(BOUNDED_LOAD) == null
                ? keyed
                : keyed.boundedLoad(settings.decimal(BOUNDED_LOAD, 1.25, 1.01, 100));
    }
}
