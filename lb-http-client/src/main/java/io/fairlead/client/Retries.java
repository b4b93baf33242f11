package io.fairlead.client;

import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import io.fairlead.Require;
import io.fairlead.RetryBudget;
import io.fairlead.RetryPolicy;
import java.time.Duration;

/** Ways to retry, and to keep retries from multiplying an outage. */
public final class Retries {

    /** Two retries catch a passing fault; more only add load to one that lasts (Google SRE Book, "Handling Overload"). */
    private static final int STANDARD_ATTEMPTS = 3;

    private static final Duration STANDARD_BASE = Duration.ofMillis(25);
    private static final Duration STANDARD_CAP = Duration.ofSeconds(1);

    private Retries() {}

    /** No retry but that of a request proven unsent, which goes to another endpoint at once. */
    public static RetryPolicy none() {
        return attempt -> RetryPolicy.STOP;
    }

    /**
     * The policy of a service that names none: at most 3 attempts; the first retry at once if an endpoint is left that was not
     * tried, the others after full jitter on 25 ms · 2ⁿ up to 1 s, or after what {@code Retry-After} says.
     */
    public static RetryPolicy standard(Environment env) {
        return backoff(STANDARD_ATTEMPTS, STANDARD_BASE, STANDARD_CAP, env);
    }

    /**
     * As {@link #standard}, with other numbers.
     *
     * @param attempts most attempts of a call, 1 or more
     * @param base the first step of the back-off, doubled with each attempt
     * @param cap the longest step
     */
    public static RetryPolicy backoff(int attempts, Duration base, Duration cap, Environment env) {
        Require.between(attempts, 1, 100, "attempts");
        long baseNanos = Require.positiveNanos(base, "back-off base");
        long capNanos =
                Require.between(Require.positiveNanos(cap, "back-off cap"), baseNanos, Long.MAX_VALUE, "back-off cap");
        Require.notNull(env, "environment");
        return attempt -> delay(attempt, attempts, baseNanos, capNanos, env);
    }

    private static long delay(Attempt attempt, int attempts, long base, long cap, Environment env) {
        int number = attempt.number();
        if (number >= attempts) {
            return RetryPolicy.STOP;
        }
        boolean serversDoing = attempt.outcome() != Outcome.IGNORED;
        if (number == 1 && serversDoing && attempt.untried() > 0) {
            return 0; // another server need not suffer for what this one did
        }
        long asked = attempt.retryAfterNanos();
        if (asked >= 0) {
            return asked;
        }
        int doublings = Math.min(number - 1, 40);
        long step = base > (cap >> doublings) ? cap : base << doublings;
        return env.random().nextLong(step + 1); // full jitter (AWS Architecture Blog, "Exponential Backoff And Jitter")
    }

    /** The budget of a service that names none: 20 % of the calls plus one a second, as Finagle's and Linkerd's. */
    public static RetryBudget standardBudget(Environment env) {
        return budget(0.2, 1, env);
    }

    /**
     * A budget that grows by a share of each call and by a constant rate, and forgets within some ten seconds what was not used.
     * While more than half of the calls ask for a retry, the constant rate counts for nothing: a service that is down is not asked more.
     *
     * @param share added attempts per call, 0 to 10
     * @param perSecond added attempts per second whatever the traffic, 0 or more, so that a quiet service can retry at all
     */
    public static RetryBudget budget(double share, double perSecond, Environment env) {
        Require.between(share, 0, 10, "share of the retry budget");
        Require.between(perSecond, 0, 1e6, "retries per second of the retry budget");
        return new DecayingBudget(share, perSecond, Require.notNull(env, "environment"));
    }
}
