package io.fairlead.strategies;

import io.fairlead.Balancer;
import io.fairlead.Endpoint;
import io.fairlead.EndpointSet;
import io.fairlead.Picker;
import io.fairlead.Target;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.FakeEndpoint;
import io.fairlead.testing.ManualTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/** What the tests of strategies by key share: endpoints, keys, and who owns which. */
final class Keyed {

    static final long SEED = 20260102;

    static final Map<String, KeyedBalancer> ALL =
            Map.of("ring", Balancers.ring(), "maglev", Balancers.maglev(), "rendezvous", Balancers.rendezvous());

    private Keyed() {}

    /** So many endpoints of a fleet, all of weight 1. */
    static List<FakeEndpoint> fleet(int fleet, int n) {
        double[] ones = new double[n];
        Arrays.fill(ones, 1);
        return fleet(fleet, ones);
    }

    /** The endpoints of a fleet by their weights. */
    static List<FakeEndpoint> fleet(int fleet, double... weights) {
        List<FakeEndpoint> endpoints = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            String uri = "http://10." + fleet + "." + i / 250 + "." + i % 250 + ":8080";
            endpoints.add(FakeEndpoint.of(Target.of(uri).withWeight(weights[i])));
        }
        return endpoints;
    }

    static <T> List<T> shuffled(List<T> list, long seed) {
        List<T> copy = new ArrayList<>(list);
        Collections.shuffle(copy, new Random(seed));
        return copy;
    }

    static <T> List<T> without(List<T> list, T one) {
        List<T> copy = new ArrayList<>(list);
        copy.remove(one);
        return copy;
    }

    static Picker picker(Balancer balancer, List<? extends Endpoint> endpoints) {
        return picker(balancer, EndpointSet.of(endpoints));
    }

    static Picker picker(Balancer balancer, EndpointSet endpoints) {
        return balancer.start(new ManualTime().environment(SEED)).picker(endpoints);
    }

    static FakeAttempt attempt(String key) {
        return FakeAttempt.fresh().affinityKey(key);
    }

    static String key(int i) {
        return "merchant-" + i;
    }

    /** The owner of each of so many keys. */
    static List<Endpoint> owners(Picker picker, int keys) {
        List<Endpoint> owners = new ArrayList<>(keys);
        FakeAttempt attempt = FakeAttempt.fresh();
        for (int i = 0; i < keys; i++) {
            owners.add(picker.pick(attempt.affinityKey(key(i))));
        }
        return owners;
    }

    /** How many of the keys each endpoint owns. */
    static int[] counts(List<? extends Endpoint> endpoints, List<Endpoint> owners) {
        Map<Endpoint, Integer> counts = new java.util.IdentityHashMap<>();
        owners.forEach(owner -> counts.merge(owner, 1, Integer::sum));
        return endpoints.stream().mapToInt(e -> counts.getOrDefault(e, 0)).toArray();
    }

    static double maxToMean(int[] counts) {
        return Arrays.stream(counts).max().orElseThrow()
                / Arrays.stream(counts).average().orElseThrow();
    }

    static double chiSquare(int[] counts, double[] weights) {
        double keys = Arrays.stream(counts).sum();
        double sum = Arrays.stream(weights).sum();
        return IntStream.range(0, counts.length)
                .filter(i -> weights[i] > 0)
                .mapToDouble(i -> {
                    double expected = keys * weights[i] / sum;
                    return (counts[i] - expected) * (counts[i] - expected) / expected;
                })
                .sum();
    }

    /** What chi-square with so many degrees of freedom exceeds once in some ten thousand times (normal approximation, generous for few). */
    static double chiSquareLimit(int degrees) {
        return degrees + 4 * Math.sqrt(2.0 * degrees) + 8;
    }

    /** The part of all keys that moved although their owner is still there. */
    static double movedNeedlessly(List<Endpoint> before, List<Endpoint> after, Endpoint leaver) {
        long moved = IntStream.range(0, before.size())
                .filter(i -> before.get(i) != leaver && before.get(i) != after.get(i))
                .count();
        return (double) moved / before.size();
    }
}
