package io.fairlead.strategies;

import io.fairlead.Attempt;
import io.fairlead.Endpoint;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The turns of a service: one counter that begins at random, so that many clients do not begin at the same server, and that
 * outlives the pickers, so that an update does not begin a new round. Lock-free.
 */
final class Sequence {

    private final AtomicLong next;

    Sequence(long start) {
        this.next = new AtomicLong(start & (Long.MAX_VALUE >> 1)); // 2^62 turns until it would be negative
    }

    /** The next turn, which is taken. */
    long take() {
        return next.getAndIncrement();
    }

    /**
     * The endpoint for a retry, which takes nobody's turn: the first untried from where the turn stands. If retries took turns,
     * every call to two servers of which one fails would begin at the one that fails.
     */
    @Nullable
    Endpoint afterTried(Weighted endpoints, Attempt attempt) {
        int size = endpoints.size();
        int turn = (int) (next.get() % size);
        for (int i = 0; i < size; i++) {
            Endpoint choice = endpoints.get((turn + i) % size);
            if (!attempt.tried(choice)) {
                return choice;
            }
        }
        return endpoints.get(turn);
    }
}
