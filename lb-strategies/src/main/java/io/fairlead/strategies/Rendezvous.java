package io.fairlead.strategies;

import io.fairlead.Attempt;

/**
 * Highest random weight (Thaler, Ravishankar, 1998), weighted as −w / ln u (Schindelhauer, Schomaker, "Weighted Distributed Hash
 * Tables", 2005): every endpoint draws a number for the key, the highest has it. Exact shares, nothing to build; when one leaves,
 * its keys go to their second choices and no other key moves. A pick visits every endpoint.
 */
final class Rendezvous implements KeyTable {

    private final Weighted endpoints;
    private final long[] ids;

    Rendezvous(Weighted endpoints) {
        this.endpoints = endpoints;
        this.ids = new long[endpoints.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = KeyTable.idOf(endpoints.get(i));
        }
    }

    @Override
    public int owner(long hash, Attempt attempt) {
        return endpoints.isEqual() ? ofHighestDraw(hash, attempt) : ofHighestScore(hash, attempt);
    }

    /* In whole numbers, in the order that Hash.fraction gives them. */
    private int ofHighestDraw(long hash, Attempt attempt) {
        int best = -1;
        long highest = -1;
        for (int i = 0; i < ids.length; i++) {
            long draw = Hash.mix(hash ^ ids[i]) >>> 12;
            if (draw > highest && !attempt.tried(endpoints.get(i))) {
                best = i;
                highest = draw;
            }
        }
        return best;
    }

    /* −ln u is at least 1 − u: of n endpoints all but some ln n are seen not to be the highest without a logarithm. */
    private int ofHighestScore(long hash, Attempt attempt) {
        int best = -1;
        double highest = 0;
        for (int i = 0; i < ids.length; i++) {
            double draw = Hash.fraction(Hash.mix(hash ^ ids[i]));
            if (endpoints.weight(i) > highest * (1 - draw)) {
                double score = endpoints.weight(i) / -Math.log(draw);
                if (score > highest && !attempt.tried(endpoints.get(i))) {
                    best = i;
                    highest = score;
                }
            }
        }
        return best;
    }

    /** What the endpoint draws for a key: of equal weights the draw itself, which is in the same order and spares the logarithm. */
    double score(int i, long hash) {
        double draw = Hash.fraction(Hash.mix(hash ^ ids[i]));
        return endpoints.isEqual() ? draw : endpoints.weight(i) / -Math.log(draw);
    }
}
