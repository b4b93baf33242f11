package io.fairlead.client;

import io.fairlead.ConcurrencyLimit;
import io.fairlead.Ejection;
import io.fairlead.Endpoint;
import io.fairlead.Load;
import io.fairlead.Target;
import java.net.http.HttpClient;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** All the state there is of one endpoint. What changes by discovery and health is written under its {@link Cluster}'s lock alone. */
final class Node implements Endpoint {

    /** How long the one attempt of a trial may take before another is let through: longer than a payment takes. */
    private static final long LEASE_NANOS = TimeUnit.SECONDS.toNanos(30);

    private static final long FREE = Long.MIN_VALUE;

    /** What {@link #leaseTrial} answers when there is none to be had. */
    static final long NO_LEASE = Long.MIN_VALUE;

    final Ejection.Judge judge;
    private final Load load;
    private final ConcurrencyLimit.Cap cap;
    private final Room places;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final AtomicLong leasedUntil = new AtomicLong(FREE);

    volatile Target target;
    volatile boolean listed = true;
    volatile EndpointState state = EndpointState.READY;
    volatile String reason = "";
    /** Since when it is in its state; while it is ready: since when it is that and listed. */
    volatile long stateSinceNanos;

    /** On trial: when a request that may be repeated last came for it, or the trial began. */
    volatile long saferCameNanos;

    volatile long ejectedUntilNanos;
    /** Who asked for it to be drained, while it is. */
    volatile @Nullable Drain drain;
    /** Whether it was out already when it was drained, so that it comes back by way of a trial. */
    boolean outBefore;

    private volatile boolean answersByHttp2;

    private volatile long lastStartNanos;
    long leaveAgainNanos;
    long lastEjectionNanos;
    int ejections;
    /** What its probes say against it, or empty. */
    volatile String sick = "";

    Node(Target target, Load load, Ejection.Judge judge, Room places, long nowNanos) {
        this.target = target;
        this.cap = Guarded.cap(places.newCap());
        this.places = places;
        this.load = Guarded.load(load);
        this.judge = Guarded.judge(judge);
        this.stateSinceNanos = nowNanos;
        this.lastStartNanos = nowNanos;
        this.leaveAgainNanos = nowNanos;
    }

    /** Who drains an endpoint. */
    enum Drain {
        /** Until an operator restores it. */
        OPERATOR,
        /** As long as discovery says so. */
        DISCOVERY,
        /** The server itself, for a time; it is used all the same when nobody else is left. */
        SERVER
    }

    /** Whether its last answer came by HTTP/2; false before the first. */
    boolean answersByHttp2() {
        return answersByHttp2;
    }

    void cameBy(HttpClient.Version version) {
        boolean http2 = version == HttpClient.Version.HTTP_2;
        if (answersByHttp2 != http2) { // written when it changes alone: all attempts read it
            answersByHttp2 = http2;
        }
    }

    void become(EndpointState state, String reason, long nowNanos) {
        leasedUntil.set(FREE); // first: a trial that begins at once shall keep its lease
        this.state = state;
        this.reason = reason;
        this.drain = null;
        this.stateSinceNanos = nowNanos;
        this.saferCameNanos = nowNanos;
    }

    /**
     * The lease of the one attempt that tries the endpoint, until it ends or its lease is over; {@link #NO_LEASE} if another has it.
     */
    long leaseTrial(long nowNanos) {
        long until = leasedUntil.get();
        if (until != FREE && nowNanos - until < 0) {
            return NO_LEASE;
        }
        long lease = nowNanos + LEASE_NANOS;
        if (!leasedUntil.compareAndSet(until, lease)) {
            return NO_LEASE;
        }
        if (state != EndpointState.TRIAL) { // it left that state meanwhile
            returnLease(lease, FREE);
            return NO_LEASE;
        }
        return lease;
    }

    /** The trial of this lease told nothing: another may follow at that moment. Nothing if the lease is over and another has one. */
    void returnLease(long lease, long notBeforeNanos) {
        leasedUntil.compareAndSet(lease, notBeforeNanos);
    }

    /** Whether it is on trial, and by the attempt that has this lease. */
    boolean isTriedBy(long lease) {
        return listed && state == EndpointState.TRIAL && leasedUntil.get() == lease;
    }

    /** How long ago the last attempt was sent to it. */
    long idleNanos(long nowNanos) {
        return nowNanos - lastStartNanos;
    }

    /** Whether it had traffic within so many nanoseconds. */
    boolean isBusy(long nanos, long nowNanos) {
        return inFlight.get() > 0 || nowNanos - lastStartNanos <= nanos;
    }

    /** An attempt has chosen it, whatever the limit. */
    void hold() {
        inFlight.incrementAndGet();
    }

    /** An attempt has chosen it, if it is not at its limit. */
    boolean tryHold() {
        int now = inFlight.get();
        while (now < cap.limit()) {
            if (inFlight.compareAndSet(now, now + 1)) {
                return true;
            }
            now = inFlight.get();
        }
        return false;
    }

    /** How many more it may have in flight. */
    int room() {
        return Math.max(0, cap.limit() - inFlight.get());
    }

    int limit() {
        return cap.limit();
    }

    /** Attempts have waited for a place at any endpoint for about another second. */
    void waitedFor(long nowNanos) {
        cap.waitedFor(nowNanos);
    }

    /** That attempt is over, or goes elsewhere. */
    void release() {
        inFlight.decrementAndGet();
        places.serve();
    }

    void started(LiveAttempt attempt) {
        lastStartNanos = attempt.startNanos();
        load.started(attempt);
    }

    void answered(LiveAttempt attempt) {
        learn(attempt);
        load.answered(attempt);
        places.serve();
    }

    private void learn(LiveAttempt attempt) {
        int now = inFlight.get();
        if (StandardVerdicts.isFull(attempt.failure())) {
            cap.full(Math.max(1, now - 1));
        } else {
            cap.answered(attempt, now + places.waiting());
        }
    }

    void finished(LiveAttempt attempt) {
        release();
        load.finished(attempt);
    }

    /** Why it is not picked, for people. */
    String why(long nowNanos) {
        String bySick = sick;
        if (!bySick.isEmpty()) {
            return "is sick (" + bySick + ")";
        }
        return switch (state) {
            case READY -> room() == 0 ? "is at its limit of " + cap.limit() : "was not chosen by the strategy";
            case EJECTED ->
                "is ejected for " + TimeUnit.NANOSECONDS.toMillis(ejectedUntilNanos - nowNanos) + " ms more (" + reason
                        + ")";
            default -> "is " + state.name().toLowerCase(Locale.ROOT) + " (" + reason + ")";
        };
    }

    @Override
    public Target target() {
        return target;
    }

    @Override
    public double load() {
        return load.value();
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    /** Whether it was removed, ejected or drained; one whose probes fail may be in use all the same. */
    boolean leftService() {
        return !listed || state != EndpointState.READY;
    }

    /** Whether its probes have nothing against it, if they are believed. */
    boolean passes(boolean believed) {
        return !believed || sick.isEmpty();
    }

    @Override
    public boolean healthy() {
        return listed && state == EndpointState.READY && sick.isEmpty();
    }

    @Override
    public long readySinceNanos() {
        return stateSinceNanos;
    }

    @Override
    public String toString() {
        return target.toString();
    }
}
