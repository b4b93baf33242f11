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
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Groups of endpoints that are preferred in order: a lower level gets traffic only in so far as the ones before it cannot carry it, by
 * {@link LevelShares}. Endpoints of weight 0 are none while another has a weight.
 */
final class Levels implements Strategy {

    private final Strategy inner;
    private final Environment env;
    private final ToIntFunction<Target> levelOf;
    private final Returns returns = new Returns();

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
        EndpointSet usable = Weighted.usable(endpoints);
        returns.observe(usable, env.nanoTime());
        if (usable.size() == 0) {
            return attempt -> null;
        }
        Map<Integer, List<Endpoint>> healthy = grouped(usable);
        Map<Integer, List<Endpoint>> listed = grouped(usable.listed());
        List<LevelShares.Level> levels = new ArrayList<>();
        List<Picker> pickers = new ArrayList<>();
        healthy.forEach((number, group) -> {
            List<Endpoint> all = listed.getOrDefault(number, group);
            levels.add(new LevelShares.Level(
                    group.stream().mapToLong(returns::settledNanos).toArray(), all.size()));
            pickers.add(inner.picker(EndpointSet.of(group).outOf(EndpointSet.of(all))));
        });
        LevelShares shares = LevelShares.of(levels, env.nanoTime());
        Picker[] ofLevels = pickers.toArray(Picker[]::new);
        return attempt -> pick(ofLevels, shares, attempt);
    }

    private Map<Integer, List<Endpoint>> grouped(EndpointSet endpoints) {
        Map<Integer, List<Endpoint>> groups = new TreeMap<>();
        for (int i = 0; i < endpoints.size(); i++) {
            int level = levelOf.applyAsInt(endpoints.get(i).target());
            groups.computeIfAbsent(level, any -> new ArrayList<>()).add(endpoints.get(i));
        }
        return groups;
    }

    private @Nullable Endpoint pick(Picker[] pickers, LevelShares shares, Attempt attempt) {
        double[] parts = shares.now(env);
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
