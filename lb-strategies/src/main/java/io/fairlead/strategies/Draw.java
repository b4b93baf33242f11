package io.fairlead.strategies;

import java.util.random.RandomGenerator;

/** A random endpoint of a snapshot, by weight. Thread-safe as its source of randomness is. */
@FunctionalInterface
interface Draw {

    /** An index into the endpoints. */
    int next();

    static Draw of(Weighted endpoints, RandomGenerator random) {
        int size = endpoints.size();
        if (endpoints.isEqual()) {
            return () -> random.nextInt(size);
        }
        AliasTable table = new AliasTable(endpoints.weights());
        return () -> table.draw(random);
    }

    /** Another index than the one drawn before, with the chance that it has without that one; 0 if there is only one. */
    static int other(Draw draw, int first, int size) {
        for (int i = 0; i < 8; i++) {
            int second = draw.next();
            if (second != first) {
                return second;
            }
        }
        return (first + 1) % size; // the first weighs so much that the others hardly ever come
    }
}
