package io.fairlead.examples;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import io.fairlead.Listener;
import io.fairlead.Target;
import io.fairlead.client.BalancedClient;
import io.fairlead.client.EndpointState;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Sees who is left alone and who comes back, and which requests try out those who were. */
final class FaultWatch implements Listener {

    private final Set<Target> victims;
    private final Map<Target, Long> firstOut = new ConcurrentHashMap<>();
    private final Map<Target, Long> lastBack = new ConcurrentHashMap<>();
    private final Set<Target> out = ConcurrentHashMap.newKeySet();
    private final Set<Target> onTrial = ConcurrentHashMap.newKeySet();
    private final Set<Target> others = ConcurrentHashMap.newKeySet();
    private final AtomicInteger trials = new AtomicInteger();
    private final AtomicInteger unkeyedTrials = new AtomicInteger();
    private volatile @Nullable BalancedClient client;
    private boolean faulty;
    private int underWay;
    private int met;

    FaultWatch(Set<Target> victims) {
        this.victims = victims;
    }

    /** The client whose states tell a trial from what comes right after it. */
    void of(BalancedClient watched) {
        client = watched;
    }

    /** From now on the victims are faulty, or well. What is under way to them meets the fault, too. */
    synchronized void faulty(boolean now) {
        faulty = now;
        met += now ? underWay : 0;
    }

    private synchronized void started() {
        underWay++;
        met += faulty ? 1 : 0;
    }

    @Override
    public void attemptFinished(Attempt attempt) {
        if (isVictim(attempt.endpoint())) {
            synchronized (this) {
                underWay--;
            }
        }
    }

    private boolean isVictim(@Nullable Endpoint endpoint) {
        return endpoint != null && victims.contains(endpoint.target());
    }

    @Override
    public void endpointEjected(String service, Target target, long nanos, String reason) {
        left(target);
    }

    @Override
    public void endpointSick(String service, Target target, String reason) {
        left(target);
    }

    private void left(Target target) {
        onTrial.remove(target);
        if (!victims.contains(target)) {
            others.add(target);
        }
        firstOut.putIfAbsent(target, System.nanoTime());
        out.add(target);
    }

    @Override
    public void endpointOnTrial(String service, Target target) {
        onTrial.add(target);
    }

    @Override
    public void endpointReturned(String service, Target target) {
        onTrial.remove(target);
        lastBack.put(target, System.nanoTime());
        out.remove(target);
    }

    @Override
    public void attemptStarted(Attempt attempt) {
        Endpoint endpoint = attempt.endpoint();
        if (isVictim(endpoint)) {
            started();
        }
        if (endpoint != null && onTrial.contains(endpoint.target()) && isOnTrial(attempt, endpoint.target())) {
            trials.incrementAndGet();
            if (attempt.request().method().equals("POST") && attempt.idempotencyKey() == null) {
                unkeyedTrials.incrementAndGet();
            }
        }
    }

    /* An attempt may be a regular one again before this listener has heard of the return. */
    private boolean isOnTrial(Attempt attempt, Target target) {
        BalancedClient watched = client;
        return watched != null
                && watched.service(attempt.service()).endpoints().stream()
                        .anyMatch(e -> e.target().equals(target) && e.state() == EndpointState.TRIAL);
    }

    int victimsLeft() {
        return (int) victims.stream().filter(firstOut::containsKey).count();
    }

    /** Endpoints that were well and were left alone nevertheless. */
    int othersLeft() {
        return others.size();
    }

    boolean allBack() {
        return out.isEmpty();
    }

    /** Attempts that were under way to a victim while it was faulty. */
    synchronized int met() {
        return met;
    }

    int trials() {
        return trials.get();
    }

    int unkeyedTrials() {
        return unkeyedTrials.get();
    }

    /** When the last of the victims was first left alone; −1 if none was. */
    long leftNanos() {
        return victims.stream()
                .filter(firstOut::containsKey)
                .mapToLong(target -> firstOut.getOrDefault(target, 0L))
                .max()
                .orElse(-1);
    }

    /** When the last of the victims came back; −1 if none did. */
    long backNanos() {
        return victims.stream()
                .filter(lastBack::containsKey)
                .mapToLong(target -> lastBack.getOrDefault(target, 0L))
                .max()
                .orElse(-1);
    }
}
