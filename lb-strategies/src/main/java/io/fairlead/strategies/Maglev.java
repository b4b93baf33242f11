package io.fairlead.strategies;

import io.fairlead.Attempt;
import java.util.Arrays;

/**
 * The table of Google's Maglev (Eisenbud et al., NSDI 2016, section 3.4): endpoints take turns in filling a table of prime size, each
 * in an order of its own, so that all get the same number of places to within one; a heavier one takes more turns, as in Envoy. A pick is
 * one look-up. When an endpoint leaves, a few keys of others move, too.
 */
final class Maglev implements KeyTable {

    /** Rehashes to an endpoint that was not tried; a light one beside a heavy one that was tried may need more than is worth while. */
    private static final int TRIES = 64;

    private final Weighted endpoints;
    private final int[] table;
    private final Rendezvous last;

    /** {@code size}: a prime, best a hundred times the endpoints and more. */
    Maglev(Weighted endpoints, int size) {
        this.endpoints = endpoints;
        this.table = new int[size];
        this.last = new Rendezvous(endpoints);
        Arrays.fill(table, -1);
        fill(KeyTable.byUri(endpoints)); // decides who comes first where two want the same place
    }

    /* In round r an endpoint takes a place if r · w / max has reached the next whole number. */
    private void fill(int[] order) {
        Permutation[] places = new Permutation[order.length];
        double[] target = new double[order.length];
        for (int k = 0; k < order.length; k++) {
            places[k] = new Permutation(KeyTable.idOf(endpoints.get(order[k])), table.length);
        }
        double max = endpoints.max();
        int filled = 0;
        for (int round = 1; filled < table.length; round++) {
            for (int k = 0; k < order.length && filled < table.length; k++) {
                if (round * endpoints.weight(order[k]) >= target[k]) {
                    target[k] += max;
                    table[places[k].nextFree(table)] = order[k];
                    filled++;
                }
            }
        }
    }

    /** The order in which one endpoint wants the places of the table. */
    private static final class Permutation {

        private final long skip;
        private long at;

        Permutation(long id, int size) {
            this.at = Long.remainderUnsigned(id, size);
            this.skip = Long.remainderUnsigned(Hash.again(id, 1), size - 1) + 1;
        }

        int nextFree(int[] table) {
            while (table[(int) at] >= 0) {
                at = (at + skip) % table.length;
            }
            return (int) at;
        }
    }

    @Override
    public int owner(long hash, Attempt attempt) {
        long probe = hash;
        for (int rank = 1; rank <= TRIES; rank++) {
            int candidate = table[(int) Long.remainderUnsigned(probe, table.length)];
            if (!attempt.tried(endpoints.get(candidate))) {
                return candidate;
            }
            probe = Hash.again(hash, rank);
        }
        return last.owner(hash, attempt);
    }

    static boolean isPrime(int n) {
        for (int i = 2; (long) i * i <= n; i++) {
            if (n % i == 0) {
                return false;
            }
        }
        return n >= 2;
    }
}
