package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import java.util.random.RandomGenerator;

/**
 * The endpoint of the lowest score. Few endpoints are all compared; of many, two distinct ones are drawn, which comes close to
 * the best with constant work (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001) and does not send every
 * client to the same idle server. Distinct, because drawing with replacement still sends 1/n² of the traffic to a server that hangs.
 */
final class Scores {

    /** Up to here a scan costs about as much as drawing two, and never picks a hanging server (Envoy's docs advise the same). */
    static final int FULL_SCAN = 8;

    private static final double TRIED = 1e100;

    private Scores() {}

    /** Of all: the least (load + 1) / weight, of equal ones one at random. */
    static Endpoint least(Weighted endpoints, RandomGenerator random, Attempt attempt) {
        int size = endpoints.size();
        Endpoint best = endpoints.get(0);
        double least = Double.POSITIVE_INFINITY;
        int equal = 0;
        for (int i = 0; i < size; i++) {
            Endpoint candidate = endpoints.get(i);
            double score = (candidate.load() + 1) / endpoints.weight(i) + penalty(candidate, attempt);
            // Ties are frequent at low traffic and must be broken at random, or server 0 would get it all: the k-th of
            // equal ones replaces the choice with probability 1/k.
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

    /**
     * Of two drawn by weight: the least load / weight, of equal ones the first. Both idle, the draw decides and the shares are the
     * weights; both busy, loads in proportion to the weights balance. (A comparison of (load + 1) / weight would hardly ever
     * choose a light endpoint, one between uniform draws gives 66 % to an endpoint that should get 99 %.)
     */
    static Endpoint ofTwo(Weighted endpoints, Draw draw, Attempt attempt) {
        int first = draw.next();
        int second = Draw.other(draw, first, endpoints.size());
        Endpoint a = endpoints.get(first);
        Endpoint b = endpoints.get(second);
        double ofA = a.load() / endpoints.weight(first) + penalty(a, attempt);
        double ofB = b.load() / endpoints.weight(second) + penalty(b, attempt);
        return ofB < ofA ? b : a;
    }

    /* One that was tried in this call is worse than any that was not. */
    private static double penalty(Endpoint endpoint, Attempt attempt) {
        return attempt.tried(endpoint) ? TRIED : 0;
    }
}
