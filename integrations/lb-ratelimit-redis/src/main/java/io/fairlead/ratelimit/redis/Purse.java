package io.fairlead.ratelimit.redis;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Permits of one key that this process took ahead, so that most decisions need no call. Safe for use by many threads.
 *
 * <p>A lease ends a fixed time after the moment it was granted for: what leaves within T was taken within T and that time, which bounds what
 * is granted too much. The next lease is asked for when half of what the demand of a lease's time needs is left.
 */
final class Purse {

    /** Permits that were taken together. */
    private static final class Lease {

        private final long usableNanos;
        private final long endNanos;
        private final long moment;
        private final long birth;
        private long left;

        Lease(Op.Grant grant, long sentNanos, long leaseNanos, long nowNanos) {
            this.left = grant.permits();
            this.usableNanos = nowNanos + grant.waitNanos();
            this.endNanos = sentNanos + grant.waitNanos() + leaseNanos;
            this.moment = grant.moment();
            this.birth = grant.birth();
        }
    }

    private final Line line;
    private final Environment env;
    private final long leaseNanos;
    private final Demand demand;

    /** Guarded by this, as is all that changes. */
    private final ArrayDeque<Decision> waiting = new ArrayDeque<>();

    private final ArrayDeque<Lease> leases = new ArrayDeque<>();

    private boolean fetching;
    private boolean closed;
    private long pausedUntil;

    Purse(Line line, long leaseNanos, long mostPermits, Environment env) {
        this.line = line;
        this.env = env;
        this.leaseNanos = leaseNanos;
        long now = env.nanoTime();
        this.demand = new Demand(leaseNanos, mostPermits, now);
        this.pausedUntil = now;
    }

    CompletionStage<Admission.Permit> admit(Decision decision) {
        long now = env.nanoTime();
        Admission.Permit permit = null;
        List<Runnable> answers = new ArrayList<>();
        Fetch fetch;
        synchronized (this) {
            demand.asked(decision.permits);
            end(now, answers);
            if (waiting.isEmpty() && room(now) >= decision.permits) {
                permit = take(decision.permits);
            } else {
                waiting.add(decision);
                serve(now, answers);
            }
            fetch = next(now);
        }
        finish(answers, fetch);
        return permit == null ? decision.future : CompletableFuture.completedFuture(permit);
    }

    private void finish(List<Runnable> answers, @Nullable Fetch fetch) {
        if (fetch != null) {
            line.submit(fetch);
        }
        answers.forEach(Runnable::run);
    }

    // ---- leases; all with the lock held -----------------------------------------------------------------------------

    /** The permits that may be used by {@code until}. */
    private long room(long until) {
        long room = 0;
        for (Lease lease : leases) {
            room += lease.usableNanos - until <= 0 ? lease.left : 0;
        }
        return room;
    }

    /** Takes what is there, from the oldest lease first. */
    private Admission.Permit take(int permits) {
        Lease first = leases.getFirst();
        long missing = permits;
        while (missing > 0) {
            Lease lease = leases.getFirst();
            long some = Math.min(missing, lease.left);
            lease.left -= some;
            missing -= some;
            if (lease.left == 0) {
                leases.removeFirst();
            }
        }
        return new Leased(this, first, permits);
    }

    /** Answers those at the head of the queue for whom there are permits. */
    private void serve(long now, List<Runnable> answers) {
        while (!waiting.isEmpty()) {
            Decision head = waiting.getFirst();
            long usable = usable(head.permits);
            if (usable == Long.MAX_VALUE) {
                return;
            }
            waiting.removeFirst();
            long wait = Math.max(0, usable - now);
            if (wait > head.leftNanos(now)) {
                answers.add(() -> head.refuse("no permit in time"));
            } else {
                Admission.Permit permit = take(head.permits);
                answers.add(() -> head.granted(permit, wait));
            }
        }
    }

    /** The moment from which so many permits may be used, or MAX_VALUE if they are not there. */
    private long usable(int permits) {
        long room = 0;
        for (Lease lease : leases) {
            room += lease.left;
            if (room >= permits) {
                return lease.usableNanos;
            }
        }
        return Long.MAX_VALUE;
    }

    /** Returns what is left of leases that have ended. */
    private void end(long now, List<Runnable> answers) {
        for (Iterator<Lease> each = leases.iterator(); each.hasNext(); ) {
            Lease lease = each.next();
            if (closed || lease.endNanos - now <= 0) {
                each.remove();
                long left = lease.left;
                answers.add(() -> line.refund(left, lease.moment, lease.birth));
            }
        }
    }

    /** What to ask for next, if anything. */
    private @Nullable Fetch next(long now) {
        if (fetching || closed) {
            return null;
        }
        long size = demand.perLease(now);
        if (!waiting.isEmpty()) {
            fetching = true;
            return Fetch.forWaiting(this, waiting, size, now);
        }
        long left = room(now + leaseNanos);
        if (size < 2 || left > size / 2 || pausedUntil - now > 0) {
            return null;
        }
        fetching = true;
        return new Fetch(this, demand.atMost(size - left), 1, 0, 0);
    }

    long atMost(long permits) {
        return demand.atMost(permits);
    }

    // ---- events -----------------------------------------------------------------------------------------------------

    void fetched(Fetch fetch, Op.Grant grant, long sentNanos) {
        long now = env.nanoTime();
        List<Runnable> answers = new ArrayList<>();
        Fetch following;
        synchronized (this) {
            fetching = false;
            if (grant.permits() > 0) {
                Lease lease = new Lease(grant, sentNanos, leaseNanos, now);
                leases.add(lease);
                env.scheduler().schedule(this::sweep, lease.endNanos - now, TimeUnit.NANOSECONDS);
                serve(now, answers);
                end(now, answers);
            } else if (fetch.covered() == 0) {
                pausedUntil = now + leaseNanos / 4; // nothing to take ahead: not to be asked at each decision
            } else {
                refuse(fetch, answers);
            }
            following = next(now);
        }
        finish(answers, following);
    }

    /** Those who were waiting when the call was made, and need as much as it asked for, would be late. */
    private void refuse(Fetch fetch, List<Runnable> answers) {
        int left = fetch.covered();
        for (Iterator<Decision> each = waiting.iterator(); left > 0 && each.hasNext(); left--) {
            Decision decision = each.next();
            if (decision.permits >= fetch.need()) {
                each.remove();
                answers.add(() -> decision.refuse("no permit in time"));
            }
        }
    }

    void lost() {
        List<Decision> all;
        synchronized (this) {
            fetching = false;
            all = new ArrayList<>(waiting);
            waiting.clear();
        }
        all.forEach(line::fallback);
    }

    private void sweep() {
        List<Runnable> answers = new ArrayList<>();
        synchronized (this) {
            end(env.nanoTime(), answers);
        }
        if (!answers.isEmpty()) {
            Decision.onExecutor(env, () -> answers.forEach(Runnable::run));
        }
    }

    /** Returns all leases, and takes no more. */
    void close() {
        synchronized (this) {
            closed = true;
        }
        sweep();
    }

    private void giveBack(Lease lease, int permits) {
        synchronized (this) {
            if (!closed && lease.endNanos - env.nanoTime() > 0) {
                lease.left += permits;
                if (!leases.contains(lease)) {
                    leases.addFirst(lease);
                }
                return;
            }
        }
        line.refund(permits, lease.moment, lease.birth);
    }

    private record Leased(Purse purse, Lease lease, int permits) implements Admission.Permit {

        @Override
        public void release(Attempt attempt) {}

        @Override
        public void cancel() {
            purse.giveBack(lease, permits);
        }

        @Override
        public String toString() {
            return "Permit[" + permits + "]";
        }
    }
}
