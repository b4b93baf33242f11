package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Groups of endpoints that are preferred in order: a lower level gets traffic only in so far as the ones before it cannot carry it.
 *
 * <p>As in Envoy ("Priority levels"): a level with the part h of its listed endpoints healthy carries min(1, 1.4 · h) of the traffic, the next
 * level of the rest as much as it can, and so on; if all together carry less than the whole, each gets its part of it. The
 * factor 1.4 is the overprovisioning: a level copes with the loss of 28 % of its endpoints. Traffic spills at once, and comes back
 * only when the better level has carried its share for ten seconds: a level that flaps does not make the traffic flap.
 */
final class Levels implements Strategy {

    private static final double OVERPROVISIONING = 1.4;

    private static final long FAILBACK_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** What is published: which parts hold until when, and which then. */
    private static final class Shares {
        final double[] until;
        final double[] then;
        final long switchNanos;

        Shares(double[] until, double[] then, long switchNanos) {
            this.until = until;
            this.then = then;
            this.switchNanos = switchNanos;
        }
    }

    private final Strategy inner;
    private final Environment env;
    private final ToIntFunction<Target> levelOf;
    private Map<Integer, Double> before = Map.of();
    private long betterSinceNanos;
    private boolean better;

    /** {@code levelOf}: 0 for the most preferred. */
    Levels(Strategy inner, Environment env, ToIntFunction<Target> levelOf) {
        this.inner = inner;
        this.env = env;
        this.levelOf = levelOf;
    }

    @Override
    public Load newLoad(Target target) {
        return inner.newLoad(target);
    }

    @Override
    public Map<String, Long> counters() {
        return inner.counters();
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        Map<Integer, List<Endpoint>> healthy = grouped(endpoints);
        if (healthy.isEmpty()) {
            return attempt -> null;
        }
        Map<Integer, List<Endpoint>> listed = grouped(endpoints.listed());
        Map<Integer, Double> now = shares(healthy, listed);
        Picker[] pickers = healthy.entrySet().stream()
                .map(level -> inner.picker(EndpointSet.of(level.getValue())
                        .outOf(EndpointSet.of(listed.getOrDefault(level.getKey(), level.getValue())))))
                .toArray(Picker[]::new);
        Shares shares = withHysteresis(healthy, now);
        return attempt -> pick(pickers, shares, attempt);
    }

    private Map<Integer, List<Endpoint>> grouped(EndpointSet endpoints) {
        Map<Integer, List<Endpoint>> groups = new TreeMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            int level = levelOf.applyAsInt(endpoints.get(i).target());
            groups.computeIfAbsent(level, any -> new ArrayList<>()).add(endpoints.get(i));
        }
        return groups;
    }

    private static Map<Integer, Double> shares(
            Map<Integer, List<Endpoint>> healthy, Map<Integer, List<Endpoint>> listed) {
        Map<Integer, Double> capacity = new TreeMap<>();
        double sum = 0;
        for (Map.Entry<Integer, List<Endpoint>> level : healthy.entrySet()) {
            int all = listed.getOrDefault(level.getKey(), level.getValue()).size();
            double carries = Math.min(1, OVERPROVISIONING * level.getValue().size() / all);
            capacity.put(level.getKey(), carries);
            sum += carries;
        }
        double most = Math.min(1, sum);
        double left = 1;
        Map<Integer, Double> shares = new TreeMap<>();
        for (Map.Entry<Integer, Double> level : capacity.entrySet()) {
            double share = Math.min(left, level.getValue() / most);
            shares.put(level.getKey(), share);
            left -= share;
        }
        return shares;
    }

    /* Worse at once, better after a while: until then the shares of before hold, as far as their levels are there. */
    private Shares withHysteresis(Map<Integer, List<Endpoint>> healthy, Map<Integer, Double> now) {
        long time = env.nanoTime();
        double[] target = healthy.keySet().stream()
                .mapToDouble(level -> now.getOrDefault(level, 0.0))
                .toArray();
        double[] old = healthy.keySet().stream()
                .mapToDouble(level -> before.getOrDefault(level, 0.0))
                .toArray();
        boolean improves = sum(old) > 0.999 && old[0] < target[0];
        if (!improves) {
            better = false;
            before = now;
            return new Shares(target, target, time);
        }
        if (!better) {
            better = true;
            betterSinceNanos = time;
        }
        long switchNanos = betterSinceNanos + FAILBACK_NANOS;
        if (time - switchNanos >= 0) {
            better = false;
            before = now;
            return new Shares(target, target, time);
        }
        return new Shares(old, target, switchNanos);
    }

    private static double sum(double[] values) {
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        return sum;
    }

    private @Nullable Endpoint pick(Picker[] pickers, Shares shares, Attempt attempt) {
        double[] parts =
                shares.until == shares.then || env.nanoTime() - shares.switchNanos >= 0 ? shares.then : shares.until;
        String key = attempt.affinityKey(); // a key stays at its level
        double x = key == null ? env.random().nextDouble() : Hash.fraction(Hash.again(Hash.of(key), 7));
        int level = 0;
        while (level < parts.length - 1 && x >= parts[level]) {
            x -= parts[level++];
        }
        Endpoint choice = pickers[level].pick(attempt);
        for (int i = 0; i < pickers.length && (choice == null || attempt.tried(choice)); i++) {
            Endpoint other = i == level ? null : pickers[i].pick(attempt);
            choice = other != null && !attempt.tried(other) ? other : choice;
        }
        return choice;
    }
}
