package io.fairlead.health;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.CircuitOpenException;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import io.fairlead.Require;
import io.fairlead.ThrottledException;
import java.time.Duration;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Ways to hold calls to a whole service back: while it is sick, or while too many are under way.
 *
 * <p>Both patterns are from Nygard, <i>Release It!</i>, 2nd edition, chapter 5. Each admission holds the state of one service: given to
 * two, it judges and counts them as one. All are safe for use by many threads, and block none.
 */
public final class Admissions {

    private Admissions() {}

    /**
     * Refuses calls to a service that as a whole fails or is slow, so that callers are answered at once and it gets air to recover;
     * single servers are the ejection's to judge. Open after half of at least 20 calls within 10 s have failed, for 5 s at first; then
     * one call at a time is tried until three have succeeded. Its permits cost nothing while the circuit is closed.
     */
    public static CircuitBreakerBuilder circuitBreaker() {
        return new CircuitBreakerBuilder();
    }

    /** At most so many attempts in flight, 1 or more; others wait in a queue, within their time. */
    public static BulkheadBuilder bulkhead(int inFlight) {
        Require.between(inFlight, 1, Integer.MAX_VALUE, "attempts in flight of the bulkhead");
        return new BulkheadBuilder(env -> () -> inFlight, inFlight);
    }

    /** As many attempts in flight as the limit learns that the service can take; others wait in a queue of 1 000, within their time. */
    public static BulkheadBuilder bulkhead(ConcurrencyLimit inFlight) {
        return new BulkheadBuilder(Require.notNull(inFlight, "concurrency limit of the bulkhead"), 1_000);
    }

    /** As {@link #all(Environment, Admission...)} on the system's clock. */
    public static Admission all(Admission... admissions) {
        return all(Environment.system(), admissions);
    }

    /**
     * All of these, asked in order, each for what is left of the wait: leave of all, or of none. When a later one refuses, what the
     * earlier ones gave is cancelled. A circuit breaker is best asked before a bulkhead, so that nobody queues to be refused.
     *
     * @param admissions one or more, none of them null
     */
    public static Admission all(Environment env, Admission... admissions) {
        Require.between(Require.notNull(admissions, "admissions").length, 1, Integer.MAX_VALUE, "number of admissions");
        Require.notNull(env, "environment");
        for (int i = 0; i < admissions.length; i++) {
            Require.notNull(admissions[i], "admission " + (i + 1));
        }
        Admission all = admissions[admissions.length - 1];
        for (int i = admissions.length - 2; i >= 0; i--) {
            all = new AdmissionPair(admissions[i], all, env);
        }
        return all;
    }

    /** An admission that refuses with a {@link CircuitOpenException} while a service is sick. What follows are views for operators. */
    public interface CircuitBreaker extends Admission {

        /** Whether calls are admitted. */
        enum State {
            /** All are. */
            CLOSED,
            /** None is. */
            OPEN,
            /** Some are, on trial. */
            HALF_OPEN
        }

        /** Whether calls are admitted now. */
        State state();

        /** Why it is in this state, in a few words: {@code 12 of 20 calls failed within 10000 ms}. Never null. */
        String reason();

        /**
         * The reading of {@link Environment#nanoTime()} before which no call is admitted; the present one if one would be. While trials
         * are under way: the end of the first lease.
         */
        long untilNanos();
    }

    /** An admission that refuses with a {@link ThrottledException} when too many are under way. What follows are views. */
    public interface Bulkhead extends Admission {

        /** Attempts that were admitted and are not over. */
        int inFlight();

        /** Attempts that wait. */
        int waiting();
    }

    /** Makes a circuit breaker. */
    public static final class CircuitBreakerBuilder {

        private double failureRatio = 0.5;
        private int minimumCalls = 20;
        private long windowNanos = Duration.ofSeconds(10).toNanos();
        private long slowNanos;
        private double slowRatio = 1;
        private long openNanos = Duration.ofSeconds(5).toNanos();
        private long maxOpenNanos = Duration.ofSeconds(60).toNanos();
        private int trials = 1;
        private int successes = 3;
        private long leaseNanos = Duration.ofSeconds(10).toNanos();
        private Predicate<Attempt> failure = CircuitBreakerBuilder::isFailure;
        private int waiting;
        private @Nullable BiConsumer<CircuitBreaker.State, String> onChange;
        private Environment env = Environment.system();

        private CircuitBreakerBuilder() {}

        private static boolean isFailure(Attempt attempt) {
            return attempt.outcome() == Outcome.FAILED
                    || (attempt.outcome() == Outcome.OVERLOADED && attempt.status() == 503);
        }

        /** Sets the share of failed calls that opens the circuit, above 0 and at most 1. Default 0.5: less is worth retrying. */
        public CircuitBreakerBuilder failureRatio(double ratio) {
            this.failureRatio = share(ratio, "failure ratio of the circuit breaker");
            return this;
        }

        /**
         * Sets how many calls the window must have, 1 or more. Default 20: where one call in a hundred fails, chance alone makes ten of
         * twenty fail once in 10¹⁴. A service with fewer calls is never refused: its callers learn of a failure by their own.
         */
        public CircuitBreakerBuilder minimumCalls(int calls) {
            this.minimumCalls = Require.between(calls, 1, Integer.MAX_VALUE, "minimum calls of the circuit breaker");
            return this;
        }

        /** Sets how far back calls count, in ten steps. Default 10 s: two calls a second suffice, and an old incident is forgotten. */
        public CircuitBreakerBuilder window(Duration window) {
            this.windowNanos = Require.positiveNanos(window, "window of the circuit breaker");
            return this;
        }

        /**
         * Makes slow calls count: those whose headers, or whose failure before them, took this long or longer. Off by default, as what
         * is slow differs between services.
         *
         * @param ratio the share of slow calls that opens the circuit, above 0 and at most 1
         */
        public CircuitBreakerBuilder slowCalls(Duration latency, double ratio) {
            this.slowNanos = Require.positiveNanos(latency, "latency of slow calls");
            this.slowRatio = share(ratio, "slow-call ratio of the circuit breaker");
            return this;
        }

        /**
         * Sets the times for which the circuit stays open: the first, and the longest. Each further opening takes twice the last, with
         * ±10 % jitter so that clients do not come back together; each first time spent closed forgives one. Where the service asks to
         * wait ({@code Retry-After}) it gets that, up to the longest. Default 5 s, which a failover of its own takes, to 60 s, which a
         * restart takes.
         */
        public CircuitBreakerBuilder openTime(Duration first, Duration longest) {
            this.openNanos = Require.positiveNanos(first, "open time of the circuit breaker");
            this.maxOpenNanos = Require.positiveNanos(longest, "longest open time of the circuit breaker");
            if (maxOpenNanos < openNanos) {
                throw Require.bad("longest open time of the circuit breaker", longest, "at least the first, " + first);
            }
            return this;
        }

        /**
         * Sets the trials after the open time. One that fails, or is slow where that counts, opens the circuit again; one that is
         * cancelled says nothing.
         *
         * @param atOnce how many may be under way, 1 or more. Default 1: if the service is still sick, one caller pays for it
         * @param successes how many must succeed, 1 or more. Default 3: one may be luck
         */
        public CircuitBreakerBuilder trials(int atOnce, int successes) {
            this.trials = Require.between(atOnce, 1, Integer.MAX_VALUE, "trials at once of the circuit breaker");
            this.successes = Require.between(successes, 1, Integer.MAX_VALUE, "successes of the circuit breaker");
            return this;
        }

        /**
         * Sets after how long the place of a trial that has not ended is given to another. Default 10 s: longer than most calls take,
         * and a service that swallows calls gets one in that time.
         */
        public CircuitBreakerBuilder lease(Duration lease) {
            this.leaseNanos = Require.positiveNanos(lease, "lease of a trial");
            return this;
        }

        /**
         * Sets which attempts failed; asked at their end, on the thread that brings it, and not of ignored ones. Default: {@link
         * Outcome#FAILED}, and a 503, with which a service refuses everyone. A 429 is a success: it is about our own quota, which the
         * rate limiter keeps, and refusing the calls that are within it would make an overrun an outage.
         */
        public CircuitBreakerBuilder failures(Predicate<Attempt> failed) {
            this.failure = Require.notNull(failed, "failures of the circuit breaker");
            return this;
        }

        /**
         * Holds callers, instead of refusing them at once, while the circuit may let them through within their time: so many at most, 1
         * or more, answered in order. By default none is held.
         */
        public CircuitBreakerBuilder hold(int callers) {
            this.waiting = Require.between(callers, 1, Integer.MAX_VALUE, "callers held by the circuit breaker");
            return this;
        }

        /** Sets who is told of each new state and its reason, in order, on the environment's executor. What it throws disturbs no call. */
        public CircuitBreakerBuilder onChange(BiConsumer<CircuitBreaker.State, String> told) {
            this.onChange = Require.notNull(told, "listener of the circuit breaker");
            return this;
        }

        /** Sets where time, chance and threads come from; default {@link Environment#system()}. */
        public CircuitBreakerBuilder environment(Environment env) {
            this.env = Require.notNull(env, "environment");
            return this;
        }

        /** The circuit breaker, which begins closed. */
        public CircuitBreaker build() {
            CircuitBreakerRules rules = new CircuitBreakerRules(
                    failureRatio,
                    minimumCalls,
                    windowNanos,
                    slowNanos,
                    slowRatio,
                    openNanos,
                    maxOpenNanos,
                    trials,
                    successes,
                    leaseNanos,
                    failure,
                    waiting);
            return new CircuitBreakerAdmission(rules, onChange, env);
        }

        private static double share(double value, String setting) {
            if (!(value > 0 && value <= 1)) {
                throw Require.bad(setting, value, "above 0, at most 1");
            }
            return value;
        }
    }

    /** Makes a bulkhead. */
    public static final class BulkheadBuilder {

        private final ConcurrencyLimit inFlight;
        private int queue;
        private Environment env = Environment.system();

        private BulkheadBuilder(ConcurrencyLimit inFlight, int queue) {
            this.inFlight = inFlight;
            this.queue = queue;
        }

        /**
         * Sets how many may wait, 0 or more. They get their permit in the order in which they came, or are refused when their time is up.
         * Default as many as may be in flight: by Little's law the last of them then waits about as long as a call takes.
         */
        public BulkheadBuilder queue(int attempts) {
            this.queue = Require.between(attempts, 0, Integer.MAX_VALUE, "queue of the bulkhead");
            return this;
        }

        /** Sets where time and threads come from; default {@link Environment#system()}. */
        public BulkheadBuilder environment(Environment env) {
            this.env = Require.notNull(env, "environment");
            return this;
        }

        /** The bulkhead, which begins empty. */
        public Bulkhead build() {
            return new BulkheadAdmission(inFlight, queue, env);
        }
    }
}
