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

/**
 * Weighted turns interleaved as smoothly as nginx does (commit 52327e0, "Upstream: smooth weighted round-robin balancing", 2012):
 * weights 5, 1, 1 give a a b a c a a. The order repeats after the sum of the weights, so it is computed once per snapshot, and a
 * pick is one counter and one array, where nginx takes a lock and visits every server.
 */
final class SmoothRoundRobin implements Strategy {

    /** Beyond it, the order is too long to be worth its smoothness. */
    static final int MOST_ENDPOINTS = 32;

    private static final int LONGEST_CYCLE = 8192;

    private final Sequence sequence;

    SmoothRoundRobin(Environment env) {
        this.sequence = new Sequence(env.random().nextLong());
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
        if (weighted.size() > MOST_ENDPOINTS) {
            return new Stride(weighted, sequence);
        }
        int[] cycle = cycle(wholes(weighted));
        return attempt -> pick(weighted, cycle, attempt);
    }

    private @Nullable Endpoint pick(Weighted endpoints, int[] cycle, Attempt attempt) {
        return attempt.number() == 1
                ? endpoints.get(cycle[(int) (sequence.take() % cycle.length)])
                : sequence.afterTried(endpoints, attempt);
    }

    /* Whole numbers in the proportion of the weights: exactly where a cycle of up to 8192 turns can, else to within that. */
    private static int[] wholes(Weighted weighted) {
        for (int scale = 1; scale <= 1000; scale++) {
            int[] wholes = exactly(weighted, scale);
            if (wholes.length > 0) {
                return wholes;
            }
        }
        int[] rounded = new int[weighted.size()];
        double sum = weighted.mean() * weighted.size();
        for (int i = 0; i < rounded.length; i++) {
            rounded[i] = (int) Math.max(1, Math.round(weighted.weight(i) / sum * LONGEST_CYCLE));
        }
        return rounded;
    }

    private static int[] exactly(Weighted weighted, int scale) {
        int[] wholes = new int[weighted.size()];
        int common = 0;
        double sum = 0;
        for (int i = 0; i < wholes.length; i++) {
            double scaled = weighted.weight(i) * scale;
            if (scaled > Integer.MAX_VALUE || Math.abs(scaled - Math.rint(scaled)) > 1e-9 * scaled) {
                return new int[0];
            }
            wholes[i] = (int) Math.rint(scaled);
            common = gcd(wholes[i], common);
            sum += wholes[i];
        }
        if (sum / common > LONGEST_CYCLE) {
            return new int[0];
        }
        for (int i = 0; i < wholes.length; i++) {
            wholes[i] /= common;
        }
        return wholes;
    }

    private static int gcd(int a, int b) {
        return b == 0 ? a : gcd(b, a % b);
    }

    /* Each turn every endpoint gains its weight; the one that has most, the first of equal ones, is taken and pays the sum. */
    private static int[] cycle(int[] weights) {
        int sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        long[] current = new long[weights.length];
        int[] cycle = new int[sum];
        for (int turn = 0; turn < sum; turn++) {
            int best = 0;
            for (int i = 0; i < weights.length; i++) {
                current[i] += weights[i];
                if (current[i] > current[best]) {
                    best = i;
                }
            }
            current[best] -= sum;
            cycle[turn] = best;
        }
        return cycle;
    }
}
