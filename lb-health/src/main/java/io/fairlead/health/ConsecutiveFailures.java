package io.fairlead.health;

import io.fairlead.Attempt;
import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import io.fairlead.Require;
import io.fairlead.Target;
import java.time.Duration;

/**
 * Ejects a server after a number of failures in a row.
 *
 * <p>A success begins the count anew; an overloaded answer neither counts nor begins it anew. The first ejection takes the base
 * time, each further one twice the last up to the cap, with ±10 % jitter so that servers ejected together do not return
 * together; each base time spent healthy forgives one. After its return a server is on probation: one failure ejects it again,
 * the first success ends the probation. Immutable.
 */
public final class ConsecutiveFailures implements Ejection {

    /** Envoy's: longer than a restart. */
    private static final Duration BASE_TIME = Duration.ofSeconds(30);

    /** Envoy's: a server that was repaired is not left alone for longer. */
    private static final Duration MAX_TIME = Duration.ofMinutes(5);

    private final int failures;
    private final long baseNanos;
    private final long maxNanos;

    private ConsecutiveFailures(int failures, long baseNanos, long maxNanos) {
        this.failures = Require.between(failures, 1, Integer.MAX_VALUE, "failures in a row");
        this.baseNanos = baseNanos;
        this.maxNanos = maxNanos;
    }

    static ConsecutiveFailures of(int failures) {
        return new ConsecutiveFailures(failures, BASE_TIME.toNanos(), MAX_TIME.toNanos());
    }

    /** The same with the time of a first ejection; default 30 s. Lifts the cap where that is shorter. */
    public ConsecutiveFailures baseTime(Duration time) {
        long nanos = Require.positiveNanos(time, "base time of the ejection");
        return new ConsecutiveFailures(failures, nanos, Math.max(nanos, maxNanos));
    }

    /** The same with the longest time of an ejection, at least the base time; default 300 s. */
    public ConsecutiveFailures maxTime(Duration time) {
        long nanos = Require.positiveNanos(time, "max time of the ejection");
        if (nanos < baseNanos) {
            throw Require.bad(
                    "max time of the ejection", time, "at least the base time " + Duration.ofNanos(baseNanos));
        }
        return new ConsecutiveFailures(failures, baseNanos, nanos);
    }

    @Override
    public Judge newJudge(Target target, Environment env) {
        return new Counter(env);
    }

    /** Counts for one server. Its monitor is held for a few additions. */
    private final class Counter implements Judge {

        private final Environment env;
        private int inARow;
        private int ejections;
        private boolean probation;
        private long healthySinceNanos;
        private int lastCount;

        Counter(Environment env) {
            this.env = env;
            this.healthySinceNanos = env.nanoTime();
        }

        @Override
        public synchronized long judge(Attempt attempt) {
            if (attempt.outcome() == Outcome.SUCCESS) {
                inARow = 0;
                probation = false;
            } else if (attempt.outcome() == Outcome.FAILED) {
                inARow++;
                if (inARow >= failures || probation) {
                    lastCount = inARow;
                    return ejectionNanos(attempt.eventNanos());
                }
            }
            return KEEP;
        }

        private long ejectionNanos(long now) {
            long forgiven = (now - healthySinceNanos) / baseNanos;
            int counted = (int) Math.max(0, ejections - forgiven);
            long time = counted >= Long.numberOfLeadingZeros(baseNanos) - 1
                    ? maxNanos
                    : Math.min(maxNanos, baseNanos << counted);
            double jitter = 0.9 + 0.2 * env.random().nextDouble();
            return Math.max(1, (long) (time * jitter));
        }

        @Override
        public synchronized void ejected() {
            long forgiven = (env.nanoTime() - healthySinceNanos) / baseNanos;
            ejections = 1 + (int) Math.max(0, ejections - forgiven);
            inARow = 0;
        }

        @Override
        public synchronized void returned() {
            probation = true;
            inARow = 0;
            healthySinceNanos = env.nanoTime();
        }

        @Override
        public synchronized String reason() {
            return lastCount == 1 ? "failed again after its return" : lastCount + " failures in a row";
        }
    }
}
