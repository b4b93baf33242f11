package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gives an endpoint that has just become ready (new, or back from an ejection) a part of its share that grows linearly to the whole
 * within the window, for any strategy: what the inner picker gives to one that is warming up is accepted with that part as the
 * chance, and else picked again among those that are warm. Where none is warm, as when a process starts, all get their shares.
 */
final class SlowStart implements Picker {

    /** Envoy's least part: enough to warm up by. */
    private static final double LEAST = 0.1;

    private final Picker all;
    private final Picker warm;
    private final Environment env;
    private final long windowNanos;

    private SlowStart(Picker all, Picker warm, Environment env, long windowNanos) {
        this.all = all;
        this.warm = warm;
        this.env = env;
        this.windowNanos = windowNanos;
    }

    static Picker over(Strategy inner, EndpointSet endpoints, Environment env, long windowNanos) {
        long now = env.nanoTime();
        EndpointSet usable =
                Weighted.usable(endpoints); // a drained one is warm, but no place for what a new one does not get
        List<Endpoint> warm = new ArrayList<>();
        Set<Endpoint> cold = new HashSet<>();
        for (int i = 0; i < usable.size(); i++) {
            Endpoint endpoint = usable.get(i);
            if (now - endpoint.readySinceNanos() >= windowNanos) {
                warm.add(endpoint);
            } else {
                cold.add(endpoint);
            }
        }
        if (cold.isEmpty() || warm.isEmpty()) {
            return inner.picker(endpoints);
        }
        EndpointSet listed = without(cold, usable.listed());
        return new SlowStart(
                inner.picker(endpoints), inner.picker(EndpointSet.of(warm).outOf(listed)), env, windowNanos);
    }

    /* To the inner strategy one that is cold must not look like one that is sick. */
    private static EndpointSet without(Set<Endpoint> cold, EndpointSet listed) {
        List<Endpoint> others = new ArrayList<>();
        for (int i = 0; i < listed.size(); i++) {
            if (!cold.contains(listed.get(i))) {
                others.add(listed.get(i));
            }
        }
        return EndpointSet.of(others);
    }

    @Override
    public @Nullable Endpoint pick(Attempt attempt) {
        Endpoint choice = all.pick(attempt);
        if (choice == null || isAccepted(choice, attempt)) {
            return choice;
        }
        Endpoint other = warm.pick(attempt);
        return other == null || attempt.tried(other) ? choice : other;
    }

    /* By the key where there is one, so that each key changes its endpoint only once; by another hash than rendezvous draws, whose
    choice always has a high draw. */
    private boolean isAccepted(Endpoint endpoint, Attempt attempt) {
        double part = (double) (env.nanoTime() - endpoint.readySinceNanos()) / windowNanos;
        if (part >= 1) {
            return true;
        }
        String key = attempt.affinityKey();
        double chance = key == null
                ? env.random().nextDouble()
                : Hash.fraction(Hash.again(Hash.of(key) ^ KeyTable.idOf(endpoint), 1));
        return chance < Math.max(LEAST, part);
    }
}
