package io.fairlead.health;

import io.fairlead.Attempt;
import io.fairlead.CallFailure;
import io.fairlead.Environment;
import io.fairlead.ThrottledException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Places that are somebody else's to give, and a line before them. */
final class WaitingPlaces implements ConcurrencyLimits.Places {

    private final WaitingLine line;
    private final Supplier<@Nullable Permit> source;
    private final Supplier<String> why;

    WaitingPlaces(int queue, Environment env, Supplier<@Nullable Permit> source, Supplier<String> why) {
        this.source = source;
        this.why = why;
        this.line = new WaitingLine(queue, env, source, this::refusal);
    }

    @Override
    public CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos) {
        if (line.size() == 0) {
            Permit permit = source.get();
            if (permit != null) {
                return CompletableFuture.completedFuture(permit);
            }
        }
        CompletionStage<Permit> waiting = maxWaitNanos > 0 ? line.join(attempt, maxWaitNanos) : null;
        return waiting != null ? waiting : CompletableFuture.failedFuture(refusal(WaitingLine.report(attempt)));
    }

    private ThrottledException refusal(CallFailure.Report report) {
        return new ThrottledException(
                why.get() + ", " + line.size() + " of " + line.capacity() + " waiting", report, null);
    }

    @Override
    public void serve() {
        line.serve();
    }

    @Override
    public int waiting() {
        return line.size();
    }
}
