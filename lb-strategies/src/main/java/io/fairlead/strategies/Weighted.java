package io.fairlead.strategies;

import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import java.util.ArrayList;
import java.util.List;

/** The endpoints of a snapshot that may get traffic, and their weights: one of weight 0 gets none unless all have weight 0. */
final class Weighted {

    private final EndpointSet endpoints;
    private final double[] weights;
    private final boolean equal;

    /** Beyond 2^±900 sums, and quotients with loads and logarithms, would leave the range of a double. */
    private static final int MOST_EXPONENT = 900;

    private Weighted(EndpointSet endpoints, double[] weights) {
        this.endpoints = endpoints;
        this.weights = weights;
        this.equal = areEqual(weights);
    }

    static Weighted of(EndpointSet all) {
        EndpointSet usable = usable(all);
        double[] weights = new double[usable.size()];
        int shift = shift(usable.listed());
        for (int i = 0; i < weights.length; i++) {
            double weight = usable.get(i).target().weight();
            weights[i] = weight == 0 ? 1 : shift == 0 ? weight : Math.max(Math.scalb(weight, shift), Double.MIN_NORMAL);
        }
        return new Weighted(usable, weights);
    }

    /** The snapshot, and what it lists, without those of weight 0; the snapshot itself if all that may be picked have weight 0. */
    static EndpointSet usable(EndpointSet all) {
        List<Endpoint> picked = positive(all);
        List<Endpoint> listed = positive(all.listed());
        if (picked.isEmpty()
                || (picked.size() == all.size() && listed.size() == all.listed().size())) {
            return all;
        }
        return EndpointSet.of(picked).outOf(EndpointSet.of(listed));
    }

    private static List<Endpoint> positive(EndpointSet all) {
        List<Endpoint> positive = new ArrayList<>(all.size());
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).target().weight() > 0) {
                positive.add(all.get(i));
            }
        }
        return positive;
    }

    /* By what is listed: the same power of two for all sets that are compared with each other. It changes no proportion. */
    private static int shift(EndpointSet listed) {
        double max = 0;
        for (int i = 0; i < listed.size(); i++) {
            max = Math.max(max, listed.get(i).target().weight());
        }
        int exponent = Math.getExponent(max);
        return max == 0 || Math.abs(exponent) <= MOST_EXPONENT ? 0 : -exponent;
    }

    private static boolean areEqual(double[] weights) {
        for (double weight : weights) {
            if (weight != weights[0]) {
                return false;
            }
        }
        return true;
    }

    EndpointSet endpoints() {
        return endpoints;
    }

    int size() {
        return weights.length;
    }

    Endpoint get(int i) {
        return endpoints.get(i);
    }

    double weight(int i) {
        return weights[i];
    }

    /** Whether all weigh the same. */
    boolean isEqual() {
        return equal;
    }

    double[] weights() {
        return weights.clone();
    }

    double mean() {
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        return sum / weights.length;
    }

    double max() {
        double max = 0;
        for (double weight : weights) {
            max = Math.max(max, weight);
        }
        return max;
    }
}
