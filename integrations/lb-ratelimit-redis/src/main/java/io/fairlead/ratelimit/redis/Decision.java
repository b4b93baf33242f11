package io.fairlead.ratelimit.redis;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.CallFailure;
import io.fairlead.Delivery;
import io.fairlead.Environment;
import io.fairlead.ThrottledException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** An attempt that asks for its permits. */
final class Decision implements Op {

    final CompletableFuture<Admission.Permit> future = new CompletableFuture<>();
    final int permits;
    private final Attempt attempt;
    private final Line line;
    private final Environment env;
    private final long askedNanos;
    private final long maxWaitNanos;

    Decision(Attempt attempt, long maxWaitNanos, Line line, Environment env) {
        this.attempt = attempt;
        this.permits = attempt.permits();
        this.line = line;
        this.env = env;
        this.askedNanos = env.nanoTime();
        this.maxWaitNanos = maxWaitNanos;
    }

    /** How long it may still wait, 0 or more. */
    long leftNanos(long nowNanos) {
        return Math.max(0, maxWaitNanos - Math.max(0, nowNanos - askedNanos));
    }

    @Override
    public Redis.Request request(long nowNanos) {
        return new Redis.Request(permits, permits, Math.min(Quota.MOST_WAIT, leftNanos(nowNanos) / 1_000));
    }

    @Override
    public void answered(Grant grant) {
        if (grant.permits() == 0) {
            refuse("no permit within " + maxWaitNanos / 1_000_000 + " ms");
            return;
        }
        granted(new Granted(line, permits, grant.moment(), grant.birth()), grant.waitNanos());
    }

    /** Completes with a permit after a wait, on the executor. */
    void granted(Admission.Permit permit, long waitNanos) {
        if (waitNanos > 0) {
            env.scheduler().schedule(() -> handOver(permit), waitNanos, TimeUnit.NANOSECONDS);
        } else {
            handOver(permit);
        }
    }

    @Override
    public void lost(Line line, @Nullable Throwable why) {
        line.fallback(this);
    }

    /** Fails, on the executor. */
    void refuse(String why) {
        CallFailure.Report report =
                new CallFailure.Report(attempt.service(), Delivery.NOT_PROCESSED, attempt.idempotencyKey(), List.of());
        onExecutor(() -> future.completeExceptionally(new ThrottledException("rate limit: " + why, report, null)));
    }

    /* Away from the timer's and the connection's thread: what follows may be a user's code. */
    private void handOver(Admission.Permit permit) {
        onExecutor(() -> {
            if (!future.complete(permit)) {
                permit.cancel();
            }
        });
    }

    private void onExecutor(Runnable task) {
        onExecutor(env, task);
    }

    /** Runs it on the executor; where that takes nobody (full, closed, out of threads), here: better on this thread than never. */
    static void onExecutor(Environment env, Runnable task) {
        AtomicBoolean begun = new AtomicBoolean();
        Runnable once = () -> {
            if (begun.compareAndSet(false, true)) {
                task.run();
            }
        };
        try {
            env.executor().execute(once);
        } catch (RuntimeException | Error e) {
            if (begun.get()) { // what it threw is its own
                throw e;
            }
            once.run();
        }
    }

    /** Leave to send, and what it takes to give it back. */
    record Granted(Line line, int permits, long moment, long birth) implements Admission.Permit {

        @Override
        public void release(Attempt attempt) {}

        @Override
        public void cancel() {
            line.refund(permits, moment, birth);
        }

        @Override
        public String toString() {
            return "Permit[" + permits + "]"; // not the key, which may be a secret
        }
    }
}
