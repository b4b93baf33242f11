package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Require;
import java.util.Arrays;

/**
 * Consistent hashing on a ring (Karger et al., 1997) with many points an endpoint, as libketama has it: a key belongs to the next
 * point clockwise. When an endpoint leaves, its keys go to the next points and no other key moves. A pick is a look-up and a step or two.
 */
final class Ring implements KeyTable {

    /*
     * The number of points goes by the mean weight of all that are listed, not of those that are healthy: else an ejection would
     * change the mean, with it everybody's points, and with them the owners of keys that the ejected endpoint never had.
     *
     * A point is one long: its place in the upper 44 bits, its endpoint (its rank by URI) in the lower 20. So points that fall
     * together are all kept, in an order that neither discovery nor a leaver changes, and one array of primitives is sorted.
     */
    private static final long RANK = (1L << 20) - 1;

    /** So many points in all at the most: 10 000 endpoints keep 100 each. */
    private static final int MOST_POINTS = 1_000_000;

    private final Weighted endpoints;
    private final long[] points;
    private final int[] firstOfSector;
    private final int sectorShift;
    private final int[] byRank;

    Ring(Weighted endpoints, Weighted listed, int pointsEach) {
        this.endpoints = endpoints;
        this.byRank = KeyTable.byUri(endpoints);
        Require.between(byRank.length, 1, (int) RANK, "endpoints of a ring");
        // Where only those of weight 0 are left, all count as 1, and the weights of the others say nothing about them.
        Weighted scale = endpoints.get(0).target().weight() > 0 ? listed : endpoints;
        double perWeight = Math.min(pointsEach, (double) MOST_POINTS / scale.size()) / scale.mean();
        int[] counts = new int[byRank.length];
        for (int rank = 0; rank < counts.length; rank++) {
            counts[rank] = (int) Math.max(1, Math.round(endpoints.weight(byRank[rank]) * perWeight));
        }
        this.points = new long[Arrays.stream(counts).sum()];
        int next = 0;
        for (int rank = 0; rank < counts.length; rank++) {
            long id = KeyTable.idOf(endpoints.get(byRank[rank]));
            for (int k = 1; k <= counts[rank]; k++) {
                points[next++] = (Hash.again(id, k) & ~RANK) | rank;
            }
        }
        Arrays.sort(points);
        int bits = Math.max(1, 32 - Integer.numberOfLeadingZeros(points.length - 1));
        this.sectorShift = Long.SIZE - bits;
        this.firstOfSector = firsts(1 << bits);
    }

    /*
     * The ring is cut into sectors, at least as many as points: as places are spread evenly, a sector has one point on average, and the
     * upper bits of a hash tell where to look. A binary search would miss the cache and the branch prediction at each of its steps.
     */
    private int[] firsts(int sectors) {
        int[] firsts = new int[sectors];
        int at = 0;
        for (int sector = 0; sector < sectors; sector++) {
            while (at < points.length && sector(points[at]) < sector) {
                at++;
            }
            firsts[sector] = at;
        }
        return firsts;
    }

    /* Places are sorted as signed numbers. */
    private int sector(long place) {
        return (int) ((place ^ Long.MIN_VALUE) >>> sectorShift);
    }

    private int firstFrom(long place) {
        int at = firstOfSector[sector(place)];
        while (at < points.length && points[at] < place) {
            at++;
        }
        return at;
    }

    @Override
    public int owner(long hash, Attempt attempt) {
        int start = firstFrom(hash & ~RANK);
        for (int i = 0; i < points.length; i++) {
            int at = start + i;
            int candidate = byRank[(int) (points[at < points.length ? at : at - points.length] & RANK)];
            if (!attempt.tried(endpoints.get(candidate))) {
                return candidate;
            }
        }
        return -1;
    }
}
