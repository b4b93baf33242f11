package io.fairlead.health;

import io.fairlead.Attempt;
import io.fairlead.Ejection;
import io.fairlead.Environment;
import io.fairlead.Outcome;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;

/** Applies the rules to one endpoint. Taking note of a success is lock-free and allocates nothing. */
final class TrafficJudge implements Ejection.Judge {

    private static final int OVERLOADED_STATUS = 503;

    private final TrafficEjection.Rules rules;
    private final Tally all;
    private final Environment env;
    private final AtomicInteger inARow = new AtomicInteger();
    private volatile Tally own;
    private volatile Deviation failing = new Deviation();
    private volatile Deviation declining = new Deviation();
    private volatile String reason = "";
    private int ejections;
    private long inServiceSinceNanos;

    TrafficJudge(TrafficEjection.Rules rules, Tally all, Environment env) {
        this.rules = rules;
        this.all = all;
        this.env = env;
        this.own = new Tally(rules, env.nanoTime());
        this.inServiceSinceNanos = env.nanoTime();
    }

    @Override
    public long judge(Attempt attempt) {
        long now = attempt.eventNanos();
        boolean slow = rules.slowNanos > 0 && attempt.latencyNanos() >= rules.slowNanos;
        Outcome outcome = Objects.requireNonNull(attempt.outcome());
        if (outcome == Outcome.SUCCESS && !slow && !rules.declines) {
            good(now, false); // nearly every call: nothing that it says can condemn
            return KEEP;
        }
        String why = switch (outcome) {
            case SUCCESS -> success(attempt, now, slow);
            case FAILED -> failure(now, slow);
            case OVERLOADED -> attempt.status() == OVERLOADED_STATUS ? overload(now, slow) : "";
            case IGNORED -> "";
        };
        if (why.isEmpty()) {
            return KEEP;
        }
        reason = why;
        return ejectionNanos(now);
    }

    private void good(long now, boolean slow) {
        if (inARow.get() != 0) {
            inARow.set(0);
        }
        count(now, false, slow);
        failing.good();
    }

    private String success(Attempt attempt, long now, boolean slow) {
        good(now, slow);
        String why = rules.declines ? decline(attempt.status(), now) : "";
        return why.isEmpty() && slow ? slow(now) : why;
    }

    private String failure(long now, boolean slow) {
        int row = inARow.incrementAndGet();
        count(now, true, slow);
        declining.good();
        if (rules.failuresInARow > 0 && row >= rules.failuresInARow) {
            return row + " failures in a row";
        }
        long failed = own.failed(now);
        long calls = own.calls(now);
        if (rules.failureShare > 0 && calls >= rules.leastCalls && failed >= rules.failureShare * calls) {
            return failed + " of " + calls + " calls failed";
        }
        String why = slow ? slow(now) : "";
        return why.isEmpty() ? standsOut(now) : why;
    }

    private String overload(long now, boolean slow) {
        own.overload(now, slow);
        all.overload(now, slow);
        declining.good();
        return standsOut(now);
    }

    private void count(long now, boolean failed, boolean slow) {
        own.call(now, failed, slow);
        all.call(now, failed, slow);
    }

    private String slow(long now) {
        long slow = own.slow(now);
        long calls = own.calls(now);
        return calls >= rules.leastCalls && slow >= rules.slowShare * calls
                ? slow + " of " + calls + " calls took longer than " + rules.slowNanos / 1_000_000 + " ms"
                : "";
    }

    private String standsOut(long now) {
        if (!rules.standingOut) {
            return "";
        }
        long bad = own.failed(now) + own.overloads(now);
        long othersBad = all.failed(now) + all.overloads(now) - bad;
        long calls = own.calls(now);
        long others = all.calls(now) - calls;
        return failing.bad(othersBad, others) ? words(bad, calls, "failed", othersBad, others) : "";
    }

    private String decline(int status, long now) {
        if (status < 400 || status >= 500) {
            declining.good();
            return "";
        }
        own.decline(now);
        all.decline(now);
        long declines = own.declines(now);
        long othersDeclines = all.declines(now) - declines;
        long calls = own.calls(now);
        long others = all.calls(now) - calls;
        return declining.bad(othersDeclines, others)
                ? words(declines, calls, "were declined", othersDeclines, others)
                : "";
    }

    private static String words(long bad, long calls, String what, long othersBad, long others) {
        return bad + " of " + calls + " calls " + what + ", of the other endpoints' " + othersBad + " of " + others;
    }

    private synchronized long ejectionNanos(long now) {
        int counted = (int) Math.min(62, counted(now));
        long base = rules.baseNanos;
        long time = counted >= Long.numberOfLeadingZeros(base) - 1
                ? rules.maxNanos
                : Math.min(rules.maxNanos, base << counted);
        double jitter = 0.9 + 0.2 * env.random().nextDouble();
        return Math.max(1, (long) (time * jitter));
    }

    private long counted(long now) {
        return Math.max(0, ejections - (now - inServiceSinceNanos) / rules.baseNanos);
    }

    @Override
    public synchronized void ejected() {
        long now = env.nanoTime();
        ejections = 1 + (int) counted(now);
        inServiceSinceNanos = now;
        beginAnew(now);
    }

    @Override
    public synchronized void returned() {
        long now = env.nanoTime();
        inServiceSinceNanos = now; // time spent out forgives nothing
        beginAnew(now);
    }

    private void beginAnew(long now) {
        inARow.set(0);
        own = new Tally(rules, now);
        failing = new Deviation();
        declining = new Deviation();
    }

    @Override
    public long failedTrial(Attempt attempt, long lastNanos) {
        reason = attempt.status() > 0 ? "answered " + attempt.status() : "no answer";
        return ejectionNanos(attempt.eventNanos());
    }

    @Override
    public String reason() {
        return reason;
    }
}
