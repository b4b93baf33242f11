package io.fairlead.health;

import io.fairlead.Attempt;
import io.fairlead.CallFailure;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Environment;
import io.fairlead.ThrottledException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts what is in flight and lets no more than the cap. One permit serves all: what it stands for is the count. */
final class BulkheadAdmission implements Admissions.Bulkhead {

    private final ConcurrencyLimit.Cap cap;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final WaitingLine line;
    private final Permit permit = new Counted();
    private final CompletionStage<Permit> admitted = CompletableFuture.completedFuture(permit);

    BulkheadAdmission(ConcurrencyLimit limit, int queue, Environment env) {
        this.cap = limit.start(env);
        this.line = new WaitingLine(queue, env, () -> take() ? permit : null, this::refusal);
    }

    @Override
    public CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos) {
        if (line.size() == 0 && take()) {
            return admitted;
        }
        CompletionStage<Permit> waiting = maxWaitNanos > 0 ? line.join(attempt, maxWaitNanos) : null;
        return waiting != null ? waiting : CompletableFuture.failedFuture(refusal(WaitingLine.report(attempt)));
    }

    private boolean take() {
        int now = inFlight.get();
        while (now < cap.limit()) {
            if (inFlight.compareAndSet(now, now + 1)) {
                return true;
            }
            now = inFlight.get();
        }
        return false;
    }

    private void giveBack() {
        if (inFlight.getAndUpdate(now -> Math.max(0, now - 1)) == 0) {
            throw new IllegalStateException("a permit of the bulkhead was given back twice");
        }
        line.serve();
    }

    private ThrottledException refusal(CallFailure.Report report) {
        String why = "bulkhead: " + inFlight.get() + " of " + cap.limit() + " in flight, " + line.size() + " of "
                + line.capacity() + " waiting";
        return new ThrottledException(why, report, null);
    }

    @Override
    public int inFlight() {
        return inFlight.get();
    }

    @Override
    public int waiting() {
        return line.size();
    }

    @Override
    public String toString() {
        return "Bulkhead[" + inFlight.get() + " of " + cap.limit() + " in flight, " + line.size() + " waiting]";
    }

    private final class Counted implements Permit {

        @Override
        public void release(Attempt attempt) {
            try {
                cap.answered(attempt, inFlight.get() + line.size());
            } finally { // also where a limit of the user's throws
                giveBack();
            }
        }

        @Override
        public void cancel() {
            giveBack();
        }
    }
}
