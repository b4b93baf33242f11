package io.fairlead.strategies;

import java.util.random.RandomGenerator;

/**
 * Draws an index with a probability in proportion to its weight, in constant time: two cells of memory and one random number a
 * draw (Vose, "A Linear Algorithm for Generating Random Numbers with a Given Distribution", IEEE TSE 17(9), 1991). Immutable.
 */
final class AliasTable {

    private final double[] keep;
    private final int[] alias;

    /** A table of at least one weight, each positive. */
    AliasTable(double[] weights) {
        int size = weights.length;
        this.keep = new double[size];
        this.alias = new int[size];
        double sum = 0;
        for (double weight : weights) {
            sum += weight;
        }
        int[] todo = new int[size]; // those below the mean from the left, the others from the right
        int small = 0;
        int large = size;
        for (int i = 0; i < size; i++) {
            keep[i] = weights[i] / sum * size;
            alias[i] = i;
            if (keep[i] < 1) {
                todo[small++] = i;
            } else {
                todo[--large] = i;
            }
        }
        fill(todo, small, large);
    }

    private void fill(int[] todo, int smalls, int larges) {
        int small = smalls;
        int large = larges;
        while (small > 0 && large < todo.length) {
            int less = todo[--small];
            int more = todo[large];
            alias[less] = more;
            keep[more] -= 1 - keep[less];
            if (keep[more] < 1) {
                large++;
                todo[small++] = more;
            }
        }
        while (small > 0) {
            keep[todo[--small]] = 1; // what rounding left over
        }
    }

    int draw(RandomGenerator random) {
        double x = random.nextDouble() * keep.length;
        int i = (int) x;
        return x - i < keep[i] ? i : alias[i];
    }
}
