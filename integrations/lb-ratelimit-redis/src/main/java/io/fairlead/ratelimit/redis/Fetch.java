package io.fairlead.ratelimit.redis;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** A process that asks for its next lease. */
final class Fetch implements Op {

    private final Purse purse;
    private final long want;
    private final long need;
    private final long mostNanos;
    private final int covered;
    private long sentNanos;

    /**
     * Asks for {@code need} to {@code want} permits.
     *
     * @param covered how many of those who wait it is for
     */
    Fetch(Purse purse, long want, long need, long mostNanos, int covered) {
        this.purse = purse;
        this.want = want;
        this.need = need;
        this.mostNanos = mostNanos;
        this.covered = covered;
    }

    /** For all who wait, but at least for the first of them; with what the demand needs besides. */
    static Fetch forWaiting(Purse purse, Collection<Decision> waiting, long size, long nowNanos) {
        long need = 0;
        long all = 0;
        long most = 0;
        for (Decision decision : waiting) {
            need = need == 0 ? decision.permits : need;
            all += decision.permits;
            most = Math.max(most, decision.leftNanos(nowNanos));
        }
        return new Fetch(purse, purse.atMost(Math.max(all, size)), need, most, waiting.size());
    }

    int covered() {
        return covered;
    }

    long need() {
        return need;
    }

    @Override
    public Redis.Request request(long nowNanos) {
        sentNanos = nowNanos;
        return new Redis.Request(want, need, Math.min(Quota.MOST_WAIT, mostNanos / 1_000));
    }

    @Override
    public void answered(Grant grant) {
        purse.fetched(this, grant, sentNanos);
    }

    @Override
    public void lost(Line line, @Nullable Throwable why) {
        purse.lost();
    }
}
