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
import org.jspecify.annotations.Nullable;

/**
 * The endpoint with the least (load + 1) / weight.
 *
 * <p>Few endpoints are all compared. Of many, two distinct ones are drawn, which comes close to the best with constant work
 * (Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001) and does not send every client to the same
 * idle server. Distinct, because drawing with replacement still sends 1/n² of the traffic to a server that hangs.
 */
final class LeastRequest implements Strategy {

    /** Up to here a scan costs about as much as drawing two, and never picks a hanging server (Envoy's docs advise the same). */
    private static final int FULL_SCAN = 8;

    private final Environment env;

    LeastRequest(Environment env) {
        this.env = env;
    }

    @Override
    public Load newLoad(Target target) {
        return new InFlightLoad(env);
    }

    @Override
    public Picker picker(EndpointSet endpoints) {
        return endpoints.size() <= FULL_SCAN
                ? attempt -> scan(endpoints, attempt)
                : attempt -> twoChoices(endpoints, attempt);
    }

    /* Ties are frequent at low traffic and must be broken at random, or server 0 would get it all: the k-th of equal ones
    replaces the choice with probability 1/k. */
    private @Nullable Endpoint scan(EndpointSet endpoints, Attempt attempt) {
        RandomGenerator random = env.random();
        Endpoint best = null;
        double least = 0;
        int equal = 0;
        for (int i = 0; i < endpoints.size(); i++) {
            Endpoint candidate = endpoints.get(i);
            double score = score(candidate, attempt);
            if (best == null || score < least) {
                best = candidate;
                least = score;
                equal = 1;
            } else if (score == least && random.nextInt(++equal) == 0) {
                best = candidate;
            }
        }
        return best;
    }

    private Endpoint twoChoices(EndpointSet endpoints, Attempt attempt) {
        int size = endpoints.size();
        int first = env.random().nextInt(size);
        int second = env.random().nextInt(size - 1);
        if (second >= first) {
            second++;
        }
        Endpoint a = endpoints.get(first);
        Endpoint b = endpoints.get(second);
        return score(b, attempt) < score(a, attempt) ? b : a;
    }

    /** Lower is better; one that was tried in this call is worse than any that was not. */
    private static double score(Endpoint endpoint, Attempt attempt) {
        double weight = endpoint.target().weight();
        double load = endpoint.load() + 1;
        double score = weight > 0 ? load / weight : 1e100 + load;
        return attempt.tried(endpoint) ? 1e200 + score : score;
    }
}
