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

    /** An avoided endpoint is worse than any that is not, one that was tried in this call worse still. */
    private static final double AVOIDED_FACTOR = 1e18;

    private static final double TRIED_FACTOR = 1e36;

    /**
     * Where more than half are avoided, the rest would be drowned by the traffic of all: then an avoided one counts as ten times as slow,
     * and gets what the others cannot carry without ten times their queue.
     */
    private static final double MOST_AVOIDED_FACTOR = 10;

    /** Below what is ever expected: a score of more than that is of one that is avoided or was tried. */
    private static final double LEAST_EXPECTED = 1e-10;

    /** Finagle's effort for a fleet of which half is sick: less than one in a hundred picks then finds none that is well. */
    private static final int DRAWS = 4;

    /** After a pause the rate is known again within some answers; and below one a second nothing goes by it. */
    private static final long MOST_INTERVAL_NANOS = 1_000_000_000;

    /** What the gauges of one service share. */
    static final class Shared {

        final Environment env;
        final double unitsOfDecay;
        final Declines.Shared declines = new Declines.Shared();
        private volatile double mean;
        private volatile double intervalNanos;
        private volatile long lastAnswerNanos;
        private volatile long nowNanos;

        Shared(Environment env, long decayNanos) {
            this.env = env;
            this.unitsOfDecay = EwmaLoad.unitsOfDecay(decayNanos);
            this.nowNanos = env.nanoTime();
            this.lastAnswerNanos = nowNanos;
        }

        /* Of two racing samples one may be lost: it is a mean of many. */
        void sample(double seconds, long now) {
            double before = mean;
            mean = before == 0 ? seconds : before + (seconds - before) / 32;
            double interval = intervalNanos;
            long last = Math.min(Math.max(0, now - lastAnswerNanos), MOST_INTERVAL_NANOS);
            lastAnswerNanos = now;
            intervalNanos = interval == 0 ? last : interval + (last - interval) / 32;
        }

        /** Answers a second over all endpoints, by the last some 32; 1 or more. */
        double perSecond() {
            return 1e9 / Math.max(intervalNanos, 1);
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
        double avoided = isMostAvoided(endpoints) ? MOST_AVOIDED_FACTOR : AVOIDED_FACTOR;
        for (int i = 0; i < size; i++) {
            Endpoint candidate = endpoints.get(i);
            double score = score(candidate, candidate.inFlight() + 1, avoided, attempt) / endpoints.weight(i);
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
        Endpoint best = endpoints.get(0);
        double least = Double.POSITIVE_INFINITY;
        for (int i = 0; i < DRAWS && least >= AVOIDED_FACTOR * LEAST_EXPECTED; i++) {
            int first = draw.next();
            int second = Draw.other(draw, first, endpoints.size());
            Endpoint a = endpoints.get(first);
            Endpoint b = endpoints.get(second);
            // Drawn by weight already: idle, the weight must not count a second time.
            double queueOfA = a.inFlight() * meanWeight / endpoints.weight(first) + 1;
            double queueOfB = b.inFlight() * meanWeight / endpoints.weight(second) + 1;
            double ofA = score(a, queueOfA, AVOIDED_FACTOR, attempt);
            double ofB = score(b, queueOfB, AVOIDED_FACTOR, attempt);
            if (Math.min(ofA, ofB) < least) {
                best = ofB < ofA ? b : a;
                least = Math.min(ofA, ofB);
            }
        }
        return best;
    }

    private static double score(Endpoint endpoint, double queue, double avoided, Attempt attempt) {
        double load = endpoint.load();
        double expected = load < AVOIDED ? coarse(load) : coarse(load - AVOIDED) * avoided;
        return (attempt.tried(endpoint) ? expected * TRIED_FACTOR : expected) * queue;
    }

    /* To three bits after the first, steps of some ten per cent: latencies that differ by less are alike, and the draw decides. */
    private static double coarse(double seconds) {
        int bits = Float.floatToRawIntBits((float) seconds);
        return Float.intBitsToFloat((bits + (1 << 19)) & ~((1 << 20) - 1));
    }
}
