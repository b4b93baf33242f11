package io.fairlead.health;

import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Require;
import io.fairlead.Target;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Ejects a server for what its calls say of it, by up to four rules, each of which alone suffices; {@code docs/health.md} draws them.
 *
 * <ul>
 *   <li><b>failures in a row</b>: quick, whatever the traffic
 *   <li><b>the share of failures</b> in a sliding window, from a least number of calls on
 *   <li><b>the share of slow calls</b>, the same
 *   <li><b>standing out</b>: failing so much more often than the other endpoints that chance does it once in a thousand million calls. Right for
 *       two endpoints as for a thousand, and silent where all fail alike: then it is not this server
 * </ul>
 *
 * <p>An overloaded answer (429, 503) is no failure; a 503 counts where endpoints are compared. A declined payment (4xx) is a success.
 *
 * <p>The first ejection takes the base time, each further one twice the last up to the cap, with ±10 % jitter so that servers ejected
 * together do not return together; each base time spent in service forgives one. Then the endpoint is tried by one attempt at a time.
 *
 * <p>Immutable; made by {@link Ejections}. Where the traffic of the endpoints differs (a strategy by key), standing out by failures still
 * means something, by declines it does not: {@link #comparingDeclines} is off.
 */
public final class TrafficEjection implements Ejection {

    /** Envoy's base_ejection_time: longer than a restart. */
    private static final Duration BASE_TIME = Duration.ofSeconds(30);

    /** As many calls as a share needs to be more than chance, at the payment volumes of one client. */
    private static final int LEAST_CALLS = 10;

    private static final Duration WINDOW = Duration.ofSeconds(10);

    /** What is set; 0 for a rule that is off. Written before it is shared, never after. */
    static final class Rules implements Cloneable {
        int failuresInARow;
        double failureShare;
        int leastCalls = LEAST_CALLS;
        long slowNanos;
        double slowShare;
        boolean standingOut;
        boolean declines;
        long windowNanos = WINDOW.toNanos();
        long baseNanos = BASE_TIME.toNanos();
        long maxNanos = Judge.MOST_NANOS;

        Rules copy() {
            try {
                return (Rules) clone();
            } catch (CloneNotSupportedException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private final Rules rules;

    private TrafficEjection(Rules rules) {
        this.rules = rules;
    }

    static TrafficEjection standard() {
        return none().failuresInARow(5).failureShare(0.5).standingOut();
    }

    static TrafficEjection none() {
        return new TrafficEjection(new Rules());
    }

    private TrafficEjection with(Consumer<Rules> change) {
        Rules next = rules.copy();
        change.accept(next);
        return new TrafficEjection(next);
    }

    /** The same and ejects after so many failures in a row, 1 or more; a success begins the count anew. */
    public TrafficEjection failuresInARow(int failures) {
        Require.between(failures, 1, Integer.MAX_VALUE, "failures in a row");
        return with(r -> r.failuresInARow = failures);
    }

    /** The same and ejects when this share of the calls in the window failed, more than 0 up to 1. */
    public TrafficEjection failureShare(double share) {
        Require.between(share, 1e-6, 1, "share of failures");
        return with(r -> r.failureShare = share);
    }

    /**
     * The same and ejects when this share of the calls in the window took so long from sending to headers.
     *
     * @param slow longer than a good answer ever takes
     * @param share more than 0 up to 1
     */
    public TrafficEjection slowShare(Duration slow, double share) {
        long nanos = Require.positiveNanos(slow, "time of a slow call");
        Require.between(share, 1e-6, 1, "share of slow calls");
        return with(r -> {
            r.slowNanos = nanos;
            r.slowShare = share;
        });
    }

    /** The same and ejects one that fails far more often than the others. */
    public TrafficEjection standingOut() {
        return with(r -> r.standingOut = true);
    }

    /**
     * The same and ejects also one that declines (4xx) far more often than the others: for strategies that send every endpoint the same
     * traffic. Not by key: there a merchant whose cards are all declined would look like a sick server, and take one after the other out.
     */
    public TrafficEjection comparingDeclines() {
        return with(r -> r.declines = true);
    }

    /**
     * The same with another window of the shares.
     *
     * @param window default 10 s
     * @param leastCalls calls in the window below which a share means nothing, 1 or more; default 10
     */
    public TrafficEjection window(Duration window, int leastCalls) {
        long nanos = Require.positiveNanos(window, "window of the ejection");
        Require.between(leastCalls, 1, Integer.MAX_VALUE, "least calls in the window");
        return with(r -> {
            r.windowNanos = nanos;
            r.leastCalls = leastCalls;
        });
    }

    /** The same with the time of a first ejection; default 30 s. Lifts the cap where that is shorter. */
    public TrafficEjection baseTime(Duration time) {
        long nanos = Require.positiveNanos(time, "base time of the ejection");
        return with(r -> {
            r.baseNanos = nanos;
            r.maxNanos = Math.max(nanos, r.maxNanos);
        });
    }

    /** The same with the longest time of an ejection, at least the base time; default 300 s. */
    public TrafficEjection maxTime(Duration time) {
        long nanos = Require.positiveNanos(time, "max time of the ejection");
        if (nanos < rules.baseNanos) {
            throw Require.bad(
                    "max time of the ejection", time, "at least the base time " + Duration.ofNanos(rules.baseNanos));
        }
        return with(r -> r.maxNanos = nanos);
    }

    @Override
    public Ejection start(Environment env) {
        Tally all = new Tally(rules, env.nanoTime());
        return (target, environment) -> new TrafficJudge(rules, all, environment);
    }

    /** A judge that compares with no other; {@link #start} gives a cluster those that do. */
    @Override
    public Judge newJudge(Target target, Environment env) {
        return new TrafficJudge(rules, new Tally(rules, env.nanoTime()), env);
    }
}
