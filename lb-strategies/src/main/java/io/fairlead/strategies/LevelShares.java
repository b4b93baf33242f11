package io.fairlead.strategies;

import io.fairlead.Environment;
import java.util.Arrays;
import java.util.List;

/**
 * Which part of the traffic each priority level gets. As in Envoy ("Priority levels"): a level with the part h of its listed endpoints
 * healthy carries min(1, 1.4 · h) of the traffic, the next level of the rest as much as it can, and so on; if all together carry less
 * than the whole, each gets its part of it. The factor 1.4 is the overprovisioning: a level copes with the loss of 28 % of its endpoints.
 *
 * <p>Traffic spills at once, and comes back late: an endpoint that was out counts as well only when it has been back for ten seconds, so
 * that one that flaps does not make the traffic flap. Only what the others cannot carry goes to levels for such endpoints' sake.
 * Immutable: the moments at which they will count are known in advance.
 */
final class LevelShares {

    private static final double OVERPROVISIONING = 1.4;

    /** One level. */
    static final class Level {

        private final long[] settledNanos;
        private final int listed;

        /**
         * {@code settledNanos}: of each of its healthy endpoints when it counts, {@link Returns#LONG_AGO} if it does already; {@code
         * listed}: how many are listed, the healthy ones included.
         */
        Level(long[] settledNanos, int listed) {
            this.settledNanos = settledNanos;
            this.listed = listed;
        }

        /** The part of the traffic that those carry who count by then. */
        double carries(long now) {
            long well = Arrays.stream(settledNanos)
                    .filter(moment -> moment == Returns.LONG_AGO || now - moment >= 0)
                    .count();
            return carried(well);
        }

        double carriesAtMost() {
            return carried(settledNanos.length);
        }

        private double carried(long well) {
            return Math.min(1, OVERPROVISIONING * well / listed);
        }
    }

    private final long[] moments;
    private final double[][] parts;

    /* parts[i] until moments[i], the last ones from the last moment on. */
    private LevelShares(long[] moments, double[][] parts) {
        this.moments = moments;
        this.parts = parts;
    }

    static LevelShares of(List<Level> levels, long now) {
        long[] ahead = levels.stream()
                .flatMapToLong(level -> Arrays.stream(level.settledNanos))
                .filter(moment -> moment != Returns.LONG_AGO)
                .map(moment -> moment - now)
                .filter(left -> left > 0)
                .sorted()
                .distinct()
                .toArray();
        long[] moments = Arrays.stream(ahead).map(left -> now + left).toArray();
        double[][] parts = new double[moments.length + 1][];
        parts[0] = parts(levels, now);
        for (int i = 0; i < moments.length; i++) {
            parts[i + 1] = parts(levels, moments[i]);
        }
        return new LevelShares(moments, parts);
    }

    /** The parts of now, in the order of the levels; not to be changed. Reads the clock only if the parts will change. */
    double[] now(Environment env) {
        int i = 0;
        if (moments.length > 0) {
            long now = env.nanoTime();
            while (i < moments.length && now - moments[i] >= 0) {
                i++;
            }
        }
        return parts[i];
    }

    private static double[] parts(List<Level> levels, long now) {
        double[] parts = new double[levels.size()];
        double left = 1;
        for (int i = 0; i < parts.length; i++) {
            parts[i] = Math.min(left, levels.get(i).carries(now));
            left -= parts[i];
        }
        for (int i = 0; i < parts.length; i++) {
            double more =
                    Math.min(left, levels.get(i).carriesAtMost() - levels.get(i).carries(now));
            parts[i] += more;
            left -= more;
        }
        if (left > 0) {
            double carried = 1 - left;
            Arrays.setAll(parts, i -> parts[i] / carried);
        }
        return parts;
    }
}
