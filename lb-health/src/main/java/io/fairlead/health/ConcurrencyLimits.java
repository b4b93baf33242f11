package io.fairlead.health;

import io.fairlead.Admission;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Environment;
import io.fairlead.Require;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Ways to learn how many attempts a server, or a service, can take at once. Each is for {@code Service.endpointLimit(…)}, one limit for each
 * endpoint, or for {@link Admissions#bulkhead(ConcurrencyLimit)}, one for the service as a whole.
 *
 * <p>All learn from the same: a good answer that made use of the limit raises it, unless its latency speaks against that; being turned away (429, 503)
 * lowers it, once for all attempts that were on their way together, and when it is a tenth of them. Failures do not count unless asked for:
 * a defect that fails three calls in ten is no overload, and would hold back the other seven.
 */
public final class ConcurrencyLimits {

    private ConcurrencyLimits() {}

    /** Where a limit begins, between what it stays, and whether failures lower it. */
    record Bounds(int first, int least, int most, boolean failuresCount) {}

    private enum Algorithm {
        AIMD,
        QUEUE_AWARE,
        GRADIENT2,
        VEGAS
    }

    /**
     * Additive increase, multiplicative decrease, with a slow start: doubles with each round of answers until the server turns calls away, is then
     * halved, and grows by one a round. Heeds no latency, so that a service which becomes slow by itself is not held back. What a service
     * has that names none. Begins with 20, from 1 to 10 000.
     */
    public static Adaptive aimd() {
        return new Adaptive(Algorithm.AIMD, new Bounds(20, 1, 10_000, false));
    }

    /**
     * The same for servers that fail, or slow down, before they say that they have enough: does not grow while the least latency of the last
     * answers is twice the least that is known, shrinks by two a round then, and counts failures. For services whose latency does not rise
     * for other reasons than load. Begins with 4, since doubling from there meets the first answers, from 1 to 10 000.
     */
    public static Adaptive queueAware() {
        return new Adaptive(Algorithm.QUEUE_AWARE, new Bounds(4, 1, 10_000, true));
    }

    /**
     * Netflix's Gradient2: shrinks as the latency rises above one and a half times its long-term mean, and lets four wait at the server. For latencies that are much
     * alike. Begins with 20, from 1 to 1 000.
     */
    public static Adaptive gradient2() {
        return new Adaptive(Algorithm.GRADIENT2, new Bounds(20, 1, 1_000, false));
    }

    /**
     * TCP Vegas with Netflix's bounds: keeps the number that wait at the server, as estimated from the least latency, between three and six times
     * the logarithm of the limit. For latencies that are nearly equal without load. Begins with 20, from 1 to 1 000.
     */
    public static Adaptive vegas() {
        return new Adaptive(Algorithm.VEGAS, new Bounds(20, 1, 1_000, false));
    }

    /**
     * A line before places that the caller gives: whoever comes gets one at once if nobody waits and there is one, else waits in order and
     * within its time. For limits that no single number tells, such as those of many endpoints.
     *
     * @param queue the most that may wait, 1 or more
     * @param source a place, or null if there is none; called by many threads: it must be quick, and not call the line
     * @param why what to tell who is refused, without the name of the service: {@code all endpoints are at their limit}
     */
    public static Places places(
            int queue, Environment env, Supplier<Admission.@Nullable Permit> source, Supplier<String> why) {
        return new WaitingPlaces(
                Require.between(queue, 1, Integer.MAX_VALUE, "queue before the places"),
                Require.notNull(env, "environment"),
                Require.notNull(source, "source of the places"),
                Require.notNull(why, "why there is none"));
    }

    /** A line before places. */
    public interface Places extends Admission {

        /** Gives those in front a place while there are any: to be called whenever there may be one. */
        void serve();

        /** Attempts that wait. */
        int waiting();
    }

    /** A limit that is learnt. Immutable; given to several services or endpoints, each learns its own. */
    public static final class Adaptive implements ConcurrencyLimit {

        private static final int MOST = 1_000_000;

        private final Algorithm algorithm;
        private final Bounds bounds;

        private Adaptive(Algorithm algorithm, Bounds bounds) {
            this.algorithm = algorithm;
            this.bounds = bounds;
        }

        /** The same with another beginning; the bounds are widened where it lies outside. */
        public Adaptive initial(int inFlight) {
            Require.between(inFlight, 1, MOST, "initial concurrency limit");
            return with(inFlight, Math.min(bounds.least, inFlight), Math.max(bounds.most, inFlight));
        }

        /** The same with other bounds, 1 or more each; the beginning is moved between them. */
        public Adaptive between(int least, int most) {
            Require.between(least, 1, MOST, "least concurrency limit");
            Require.between(most, least, MOST, "most of the concurrency limit");
            return with(Math.max(least, Math.min(most, bounds.first)), least, most);
        }

        private Adaptive with(int first, int least, int most) {
            return new Adaptive(algorithm, new Bounds(first, least, most, bounds.failuresCount));
        }

        /** The same, lowered by failures that may have reached the server too: 5xx, timeouts, resets. */
        public Adaptive countFailures() {
            return new Adaptive(algorithm, new Bounds(bounds.first, bounds.least, bounds.most, true));
        }

        Bounds bounds() {
            return bounds;
        }

        @Override
        public Cap start(Environment env) {
            return switch (algorithm) {
                case AIMD -> new Aimd(bounds, false, env);
                case QUEUE_AWARE -> new Aimd(bounds, true, env);
                case GRADIENT2 -> new Gradient2(bounds);
                case VEGAS -> new Vegas(bounds, env);
            };
        }

        @Override
        public String toString() {
            return algorithm + "[" + bounds.first + ", " + bounds.least + " to " + bounds.most + "]";
        }
    }
}
