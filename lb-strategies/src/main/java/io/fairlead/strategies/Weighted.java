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

    private Weighted(EndpointSet endpoints, double[] weights) {
        this.endpoints = endpoints;
        this.weights = weights;
        this.equal = areEqual(weights);
    }

    static Weighted of(EndpointSet all) {
        List<Endpoint> positive = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).target().weight() > 0) {
                positive.add(all.get(i));
            }
        }
        EndpointSet usable = positive.isEmpty() || positive.size() == all.size() ? all : EndpointSet.of(positive);
        double[] weights = new double[usable.size()];
        for (int i = 0; i < weights.length; i++) {
            weights[i] = positive.isEmpty() ? 1 : usable.get(i).target().weight();
        }
        return new Weighted(usable, weights);
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
