package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Environment;
import io.fairlead.Load;
import io.fairlead.Picker;
import io.fairlead.Strategy;
import io.fairlead.Target;
import java.util.random.RandomGenerator;

/**
 * The endpoint that is expected to answer first: expected latency times requests in flight, for its weight.
 *
 * <p>After Finagle's PeakEwma, with what its users found missing: an endpoint that hangs is seen before any timeout by the time
 * since its last answer; one that fails is avoided rather than fast (the sinkhole of linkerd2-proxy #4537); one that was left alone
 * is expected to be as the others are again, so that it is tried (traefik #12306); one that is new is expected to be as the others
 * are, neither free nor a risk.
 */
final class PeakEwma implements Strategy {

    /** More seconds than any expectation. */
    static final double AVOIDED = 1e6;

    /** What the gauges of one service share. */
    static final class Shared {

        final Environment env;
        final double unitsOfDecay;
        final SlidingCounts declines = new SlidingCounts();
        private volatile double mean;
        private volatile long nowNanos;

        Shared(Environment env, long decayNanos) {
            this.env = env;
            this.unitsOfDecay = EwmaLoad.unitsOfDecay(decayNanos);
            this.nowNanos = env.nanoTime();
        }

        /* Of two racing samples one may be lost: it is a mean of many. */
        void sample(double seconds) {
            double before = mean;
            mean = before == 0 ? seconds : before + (seconds - before) / 32;
        }

        /** Seconds that answers take over all endpoints, by the last some 32; 0 before the first. */
        double mean() {
            return mean;
        }

        /** The moment of the last pick: one reading of the clock serves the gauges of all endpoints. */
        long nowNanos() {
            return nowNanos;
        }

        void tick() {
            nowNanos = env.nanoTime();
        }
    }

    private final Shared shared;

    PeakEwma(Environment env, long decayNanos) {
        this.shared = new Shared(env, decayNanos);
    }

    @Override
    public Load newLoad(Target target) {
        return new EwmaLoad(shared);
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        Weighted weighted = Weighted.of(endpoints);
        RandomGenerator random = shared.env.random();
        if (weighted.size() == 0) {
            return attempt -> null;
        }
        if (weighted.size() <= Scores.FULL_SCAN) {
            return attempt -> least(weighted, random, attempt);
        }
        Draw draw = Draw.of(weighted, random);
        double mean = weighted.mean();
        return attempt -> ofTwo(weighted, draw, mean, attempt);
    }

    private Endpoint least(Weighted endpoints, RandomGenerator random, Attempt attempt) {
        shared.tick();
        int size = endpoints.size();
        Endpoint best = endpoints.get(0);
        double least = Double.POSITIVE_INFINITY;
        int equal = 0;
        double forgiven = isMostAvoided(endpoints) ? AVOIDED : 0;
        for (int i = 0; i < size; i++) {
            Endpoint candidate = endpoints.get(i);
            double score = score(candidate, candidate.inFlight() + 1, forgiven, attempt) / endpoints.weight(i);
            if (score < least) {
                best = candidate;
                least = score;
                equal = 1;
            } else if (score == least && random.nextInt(++equal) == 0) {
                best = candidate;
            }
        }
        return best;
    }

    /* Where more than half are avoided, the rest would be drowned by the traffic of all: then none is. */
    private static boolean isMostAvoided(Weighted endpoints) {
        int avoided = 0;
        for (int i = 0; i < endpoints.size(); i++) {
            if (endpoints.get(i).load() >= AVOIDED) {
                avoided++;
            }
        }
        return avoided * 2 > endpoints.size();
    }

    private Endpoint ofTwo(Weighted endpoints, Draw draw, double meanWeight, Attempt attempt) {
        shared.tick();
        int first = draw.next();
        int second = Draw.other(draw, first, endpoints.size());
        Endpoint a = endpoints.get(first);
        Endpoint b = endpoints.get(second);
        // Drawn by weight already: idle, the weight must not count a second time.
        double ofA = score(a, a.inFlight() * meanWeight / endpoints.weight(first) + 1, 0, attempt);
        double ofB = score(b, b.inFlight() * meanWeight / endpoints.weight(second) + 1, 0, attempt);
        return ofB < ofA ? b : a;
    }

    private static double score(Endpoint endpoint, double queue, double forgiven, Attempt attempt) {
        double expected = endpoint.load();
        if (expected >= AVOIDED) {
            expected = expected - forgiven;
        }
        return (attempt.tried(endpoint) ? 1e100 : 0) + (expected >= AVOIDED ? 1e50 : 0) + coarse(expected) * queue;
    }

    /* To three bits after the first, steps of some ten per cent: latencies that differ by less are alike, and the draw decides. */
    private static double coarse(double seconds) {
        int bits = Float.floatToRawIntBits((float) seconds);
        return Float.intBitsToFloat((bits + (1 << 19)) & ~((1 << 20) - 1));
    }
}
