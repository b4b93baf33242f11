package io.fairlead.client;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.ConcurrencyLimit;
import io.fairlead.Endpoint;
import io.fairlead.Environment;
import io.fairlead.health.ConcurrencyLimits;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How many attempts each endpoint of a cluster may have in flight, and the line of those for whom all are full. What the line gives is
 * the turn to pick; the endpoint is chosen when it is used, by load and health of that moment.
 */
final class Room {

    /** Each that waits takes some 500 bytes; at a thousand calls a second the last would wait ten seconds, longer than people do. */
    private static final int QUEUE = 10_000;

    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final ConcurrencyLimit limit;
    private final Environment env;
    private final Supplier<@Nullable View> view;
    private final ConcurrencyLimits.Places line;
    private final AtomicInteger turns = new AtomicInteger();
    private final AtomicBoolean looking = new AtomicBoolean();

    Room(ConcurrencyLimit limit, Environment env, Supplier<@Nullable View> view) {
        this.limit = limit;
        this.env = env;
        this.view = view;
        this.line = ConcurrencyLimits.places(QUEUE, env, this::turn, this::why);
    }

    /** The limit of a new endpoint. */
    ConcurrencyLimit.Cap newCap() {
        return limit.start(env);
    }

    /** The turn to pick, for one who found every endpoint full. */
    CompletionStage<Admission.Permit> admit(Attempt attempt, long maxWaitNanos) {
        CompletionStage<Admission.Permit> turn = line.admit(attempt, maxWaitNanos);
        if (line.waiting() > 0) {
            lookSoon();
        }
        return turn;
    }

    /** Whether others have come before, so that a newcomer must not choose now. */
    boolean hasLine() {
        return line.waiting() > 0 || turns.get() > 0;
    }

    int waiting() {
        return line.waiting();
    }

    /** An endpoint may have room, or is there for the first time. */
    void serve() {
        line.serve();
    }

    private Admission.@Nullable Permit turn() {
        int given = turns.get();
        while (hasMoreRoomThan(given)) {
            if (turns.compareAndSet(given, given + 1)) {
                return new Turn();
            }
            given = turns.get();
        }
        return null;
    }

    private boolean hasMoreRoomThan(int given) {
        View now = view.get();
        int size = now == null ? 0 : now.endpoints.size();
        if (now == null || size == 0) {
            return true; // nothing to wait for: let it hear so
        }
        long free = 0;
        for (int i = 0; i < size && free <= given; i++) {
            Endpoint endpoint = now.endpoints.get(i);
            free += ((Node) endpoint).room();
        }
        return free > given;
    }

    private void lookSoon() {
        if (looking.compareAndSet(false, true)) {
            env.scheduler().schedule(this::look, LOOK_NANOS, TimeUnit.NANOSECONDS);
        }
    }

    private void look() {
        looking.set(false);
        View now = view.get();
        if (now == null || line.waiting() == 0) {
            return;
        }
        for (int i = 0; i < now.endpoints.size(); i++) {
            ((Node) now.endpoints.get(i)).waitedFor(env.nanoTime());
        }
        lookSoon();
        line.serve();
    }

    private String why() {
        View now = view.get();
        int size = now == null ? 0 : now.endpoints.size();
        long most = 0;
        for (int i = 0; now != null && i < size; i++) {
            most += ((Node) now.endpoints.get(i)).limit();
        }
        return size + " endpoints are at their limit of " + most + " attempts in flight together";
    }

    /** The turn to pick: over when the endpoint is chosen. */
    private final class Turn implements Admission.Permit {

        private final AtomicBoolean over = new AtomicBoolean();

        @Override
        public void release(Attempt attempt) {
            cancel();
        }

        @Override
        public void cancel() {
            if (over.compareAndSet(false, true)) {
                turns.decrementAndGet();
                line.serve();
            }
        }
    }
}
