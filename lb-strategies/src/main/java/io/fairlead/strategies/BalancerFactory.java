package io.fairlead.strategies;

import io.fairlead.Balancer;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Require;
import io.fairlead.Settings;
import java.time.Duration;
import java.util.Set;
import java.util.function.Function;

/**
 * Makes the strategies of {@link Balancers} by name. Settings: {@code decay} of peak-ewma, {@code virtual-nodes} of ring, {@code
 * table-size} of maglev, {@code bounded-load} of the three by key (unless set: none), {@code lifetime}, {@code sessions} and {@code
 * server-cookie} of sticky, {@code zone} of prefer-zone, {@code size} and {@code client-id} of subset, {@code tag} of shards, where the
 * affinity key is the shard's name. Those that are made over another strategy take its name as {@code within} (unless set: standard).
 * With every name: {@code slow-start}, a duration.
 */
public final class BalancerFactory implements Factory<Balancer> {

    private static final String SLOW_START = "slow-start";
    private static final String BOUNDED_LOAD = "bounded-load";
    private static final String WITHIN = "within";

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
                "priorities",
                "prefer-zone",
                "subset",
                "shards");
    }

    @Override
    public Balancer create(String name, Settings settings, Environment env) {
        if (name.equals("standard")) {
            settings.known(SLOW_START);
            return Balancers.slowStart(settings.duration(SLOW_START, Duration.ofSeconds(10)), Balancers.peakEwma());
        }
        Balancer made = made(name, settings, env);
        return settings.text(SLOW_START) == null
                ? made
                : Balancers.slowStart(settings.duration(SLOW_START, Duration.ofSeconds(10)), made);
    }

    private Balancer made(String name, Settings settings, Environment env) {
        return switch (name) {
            case "round-robin", "weighted-round-robin" -> plain(settings, Balancers.roundRobin());
            case "smooth-round-robin" -> plain(settings, Balancers.smoothRoundRobin());
            case "random", "weighted-random" -> plain(settings, Balancers.random());
            case "least-request" -> plain(settings, Balancers.leastRequest());
            case "least-cost" -> plain(settings, Balancers.leastCost());
            case "load-reported" -> plain(settings, Balancers.loadReported());
            case "peak-ewma" -> {
                settings.known("decay", SLOW_START);
                yield Balancers.peakEwma(settings.duration("decay", Duration.ofSeconds(3)));
            }
            case "ring", "maglev", "rendezvous" -> keyed(name, settings);
            default -> over(name, settings, within(settings, env));
        };
    }

    private static Balancer plain(Settings settings, Balancer made) {
        settings.known(SLOW_START);
        return made;
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

    private Balancer within(Settings settings, Environment env) {
        String name = settings.text(WITHIN);
        if (name == null) {
            return Balancers.standard();
        }
        if (!names().contains(name)) {
            throw Require.bad("setting " + WITHIN, "\"" + name + "\"", "one of " + new java.util.TreeSet<>(names()));
        }
        return create(name, Settings.none(), env);
    }

    private Balancer over(String name, Settings settings, Balancer within) {
        return switch (name) {
            case "sticky" -> sticky(settings, within);
            case "priorities" -> {
                settings.known(WITHIN, SLOW_START);
                yield Balancers.priorities(within);
            }
            case "prefer-zone" -> {
                settings.known("zone", WITHIN, SLOW_START);
                yield Balancers.preferZone(settings.required("zone"), within);
            }
            case "subset" -> {
                settings.known("size", "client-id", WITHIN, SLOW_START);
                settings.required("size");
                int size = (int) settings.number("size", 1, 1, Integer.MAX_VALUE);
                yield Balancers.subset(size, settings.required("client-id"), within);
            }
            case "shards" -> {
                settings.known("tag", WITHIN, SLOW_START);
                yield Balancers.shards(settings.required("tag"), Function.identity(), within);
            }
            default -> throw Require.bad("balancer", name, "one of " + names());
        };
    }

    private static Balancer sticky(Settings settings, Balancer within) {
        settings.known("lifetime", "sessions", "server-cookie", WITHIN, SLOW_START);
        StickyBalancer sticky = Balancers.sticky(within)
                .lifetime(settings.duration("lifetime", Duration.ofMinutes(30)))
                .sessions((int) settings.number("sessions", 100_000, 1, 10_000_000));
        String cookie = settings.text("server-cookie");
        return cookie == null ? sticky : sticky.serverCookie(cookie);
    }
}
