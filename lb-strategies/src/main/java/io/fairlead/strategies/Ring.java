package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Consistent hashing on a ring (Karger et al., 1997) with many points an endpoint, as libketama has it: a key belongs to the next
 * point clockwise. When an endpoint leaves, its keys go to the next points and no other key moves. A pick is a binary search.
 */
final class Ring implements KeyTable {

    /** So many points in all at the most: 10 000 endpoints keep 100 each. */
    private static final int MOST_POINTS = 1_000_000;

    private final Weighted endpoints;
    private final long[] points;
    private final int[] owners;

    Ring(Weighted endpoints, int pointsEach) {
        this.endpoints = endpoints;
        double each = Math.min(pointsEach, (double) MOST_POINTS / endpoints.size());
        int[] counts = new int[endpoints.size()];
        int total = 0;
        for (int i = 0; i < counts.length; i++) {
            counts[i] = (int) Math.max(1, Math.round(endpoints.weight(i) / endpoints.mean() * each));
            total += counts[i];
        }
        long[][] pointAndOwner = new long[total][];
        int next = 0;
        for (int i = 0; i < counts.length; i++) {
            long id = KeyTable.idOf(endpoints.get(i));
            for (int k = 0; k < counts[i]; k++) {
                pointAndOwner[next++] = new long[] {Hash.again(id, k + 1), id, i};
            }
        }
        // Points that fall together are kept, in an order that does not depend on that of discovery.
        Arrays.sort(pointAndOwner, (a, b) -> a[0] != b[0] ? Long.compare(a[0], b[0]) : Long.compare(a[1], b[1]));
        this.points = new long[total];
        this.owners = new int[total];
        for (int i = 0; i < total; i++) {
            points[i] = pointAndOwner[i][0];
            owners[i] = (int) pointAndOwner[i][2];
        }
    }

    @Override
    public @Nullable Endpoint owner(long hash, Attempt attempt) {
        int found = Arrays.binarySearch(points, hash);
        int start = found >= 0 ? found : -found - 1;
        for (int i = 0; i < points.length; i++) {
            int at = start + i;
            Endpoint candidate = endpoints.get(owners[at < points.length ? at : at - points.length]);
            if (!attempt.tried(candidate)) {
                return candidate;
            }
        }
        return null;
    }
}
