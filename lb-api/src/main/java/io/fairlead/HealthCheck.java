package io.fairlead;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * How the servers of a service are asked whether they are well: by which probe, how often, and how many answers count.
 *
 * <p>A target's first probe comes at a random moment of the first interval, so that a fleet is never asked at once; each further
 * one an interval (±10 %) after the start of the one before. One pass makes a new target well; after that {@code fall} failures in
 * a row make it sick and {@code rise} passes in a row well again.
 *
 * <p>Immutable. Services of one client that are given the same object, and reach a target in the same way, ask it once.
 */
public final class HealthCheck {

    /** Finagle's ping period. Since failures are followed up faster, a dead server is found after this and two seconds. */
    private static final Duration DEFAULT_INTERVAL = Duration.ofSeconds(5);

    /** The client's connect timeout; a server that needs longer for a health page is no good for payments. */
    private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

    /** With {@link #DEFAULT_RISE} a repaired server is back after two seconds, for one small request a second. */
    private static final Duration DEFAULT_WHILE_SICK = Duration.ofSeconds(1);

    /** Half of Envoy's: often enough that the first call after a pause seldom meets a server that died in it. */
    private static final Duration DEFAULT_WHILE_IDLE = Duration.ofSeconds(30);

    /** HAProxy's {@code rise}: one pass may be chance. */
    private static final int DEFAULT_RISE = 2;

    /** HAProxy's {@code fall}: a lost packet and its repetition are not a sick server. */
    private static final int DEFAULT_FALL = 3;

    /** 10 000 servers every 5 s at 30 ms a probe are 60 at once. */
    private static final int DEFAULT_CONCURRENCY = 64;

    private static final Duration SHORTEST = Duration.ofMillis(10);
    private static final Duration LONGEST = Duration.ofDays(1);

    private final HealthProbe probe;
    private final long interval;
    private final long timeout;
    private final long whileSick;
    private final long whileIdle;
    private final int rise;
    private final int fall;
    private final int permits;
    private final int concurrency;
    private final boolean deep;

    private HealthCheck(Draft draft) {
        probe = draft.probe;
        interval = draft.interval;
        timeout = draft.timeout;
        whileSick = draft.whileSick;
        whileIdle = draft.whileIdle;
        rise = draft.rise;
        fall = draft.fall;
        permits = draft.permits;
        concurrency = draft.concurrency;
        deep = draft.deep;
    }

    /**
     * A check by this probe: every 5 s, every second while sick, every 30 s while idle; 2 s timeout; rise 2, fall 3; shallow, without
     * permits, at most 64 probes at once.
     */
    public static HealthCheck of(HealthProbe probe) {
        return new HealthCheck(new Draft(Require.notNull(probe, "probe of the health check")));
    }

    private HealthCheck with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return new HealthCheck(draft);
    }

    /**
     * The same with another time between the starts of two probes of a target that is well; 10 ms to a day, default 5 s. What is not
     * set otherwise follows: a shorter timeout and interval while sick, a longer interval while idle.
     *
     * @throws IllegalArgumentException also if a timeout or interval that was set before does not fit
     */
    public HealthCheck withInterval(Duration interval) {
        long nanos = nanos(interval, "interval of the health check");
        if (timeout >= nanos) {
            throw Require.bad("interval of the health check", interval, "longer than its timeout " + text(timeout));
        }
        if (whileSick > nanos) {
            throw Require.bad("interval of the health check", interval, "at least that while sick " + text(whileSick));
        }
        if (whileIdle > 0 && whileIdle < nanos) {
            throw Require.bad("interval of the health check", interval, "at most that while idle " + text(whileIdle));
        }
        return with(draft -> draft.interval = nanos);
    }

    /**
     * The same with another time after which a probe without answer has failed and is cancelled. Shorter than the interval (set that
     * first); default 2 s, or half of an interval under 4 s.
     */
    public HealthCheck withTimeout(Duration timeout) {
        long nanos = Require.positiveNanos(timeout, "timeout of the health check");
        if (nanos >= interval) {
            throw Require.bad("timeout of the health check", timeout, "shorter than its interval " + text(interval));
        }
        return with(draft -> draft.timeout = nanos);
    }

    /**
     * The same with another interval for targets that are sick, or whose last probe failed: a failure is followed up, and a return
     * noticed, faster. At most the interval; default 1 s, or a shorter interval.
     */
    public HealthCheck withIntervalWhileSick(Duration interval) {
        long nanos = nanos(interval, "interval while sick of the health check");
        if (nanos > this.interval) {
            throw Require.bad(
                    "interval while sick of the health check", interval, "at most the interval " + text(this.interval));
        }
        return with(draft -> draft.whileSick = nanos);
    }

    /** The same with another interval for targets that are well and without traffic. At least the interval; default 30 s, or a longer interval. */
    public HealthCheck withIntervalWhileIdle(Duration interval) {
        long nanos = nanos(interval, "interval while idle of the health check");
        if (nanos < this.interval) {
            throw Require.bad(
                    "interval while idle of the health check",
                    interval,
                    "at least the interval " + text(this.interval));
        }
        return with(draft -> draft.whileIdle = nanos);
    }

    /** The same with another number of passes in a row that make a sick target well, 1 or more; default 2. */
    public HealthCheck withRise(int passes) {
        Require.between(passes, 1, Integer.MAX_VALUE, "rise of the health check");
        return with(draft -> draft.rise = passes);
    }

    /** The same with another number of failures in a row that make a target sick, 1 or more; default 3. */
    public HealthCheck withFall(int failures) {
        Require.between(failures, 1, Integer.MAX_VALUE, "fall of the health check");
        return with(draft -> draft.fall = failures);
    }

    /**
     * The same, whose probe goes the way of the traffic (it reaches the ledger, the acquirer's link), so that its pass may end an
     * ejection. The pass of a shallow probe never does: a health page that says OK proves nothing against payments that fail.
     */
    public HealthCheck withDeep() {
        return with(draft -> draft.deep = true);
    }

    /** The same with what a probe costs at the service's limiter, 0 or more; default 0. For partners that count probes as requests. */
    public HealthCheck withPermits(int permits) {
        Require.between(permits, 0, Integer.MAX_VALUE, "permits of the health check");
        return with(draft -> draft.permits = permits);
    }

    /** The same with another limit on probes under way at once, 1 to 10 000; default 64. Others wait, the longest due first. */
    public HealthCheck withConcurrency(int probes) {
        Require.between(probes, 1, 10_000, "concurrency of the health check");
        return with(draft -> draft.concurrency = probes);
    }

    /** What asks. */
    public HealthProbe probe() {
        return probe;
    }

    /** Nanoseconds between the starts of two probes of a target that is well and has traffic. */
    public long intervalNanos() {
        return interval;
    }

    /** Nanoseconds after which a probe has failed. */
    public long timeoutNanos() {
        return timeout > 0 ? timeout : Math.min(DEFAULT_TIMEOUT.toNanos(), interval / 2);
    }

    /** Nanoseconds between the starts of two probes of a target that is sick or whose last probe failed. */
    public long intervalWhileSickNanos() {
        return whileSick > 0 ? whileSick : Math.min(DEFAULT_WHILE_SICK.toNanos(), interval);
    }

    /** Nanoseconds between the starts of two probes of a target that is well and without traffic. */
    public long intervalWhileIdleNanos() {
        return whileIdle > 0 ? whileIdle : Math.max(DEFAULT_WHILE_IDLE.toNanos(), interval);
    }

    /** Passes in a row that make a sick target well. */
    public int rise() {
        return rise;
    }

    /** Failures in a row that make a target sick. */
    public int fall() {
        return fall;
    }

    /** Whether a pass may end an ejection. */
    public boolean deep() {
        return deep;
    }

    /** What a probe costs at the service's limiter. */
    public int permits() {
        return permits;
    }

    /** Probes under way at once, at the most. */
    public int concurrency() {
        return concurrency;
    }

    @Override
    public String toString() {
        return "HealthCheck[" + probe + " every " + text(interval) + ", timeout " + text(timeoutNanos()) + ", rise "
                + rise + ", fall " + fall + (deep ? ", deep]" : "]");
    }

    private static String text(long nanos) {
        return Duration.ofNanos(nanos).toString();
    }

    private static long nanos(Duration value, String setting) {
        long nanos = Require.positiveNanos(value, setting);
        if (nanos < SHORTEST.toNanos() || nanos > LONGEST.toNanos()) {
            throw Require.bad(setting, value, SHORTEST + " to " + LONGEST);
        }
        return nanos;
    }

    /** The values of a check in the making; a timeout or interval of 0 is not set and follows {@link #interval}. */
    private static final class Draft {

        private final HealthProbe probe;
        private long interval = DEFAULT_INTERVAL.toNanos();
        private long timeout;
        private long whileSick;
        private long whileIdle;
        private int rise = DEFAULT_RISE;
        private int fall = DEFAULT_FALL;
        private int permits;
        private int concurrency = DEFAULT_CONCURRENCY;
        private boolean deep;

        Draft(HealthProbe probe) {
            this.probe = probe;
        }

        Draft(HealthCheck from) {
            probe = from.probe;
            interval = from.interval;
            timeout = from.timeout;
            whileSick = from.whileSick;
            whileIdle = from.whileIdle;
            rise = from.rise;
            fall = from.fall;
            permits = from.permits;
            concurrency = from.concurrency;
            deep = from.deep;
        }
    }
}
