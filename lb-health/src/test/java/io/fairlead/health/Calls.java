package io.fairlead.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.Admission;
import io.fairlead.Admission.Permit;
import io.fairlead.Delivery;
import io.fairlead.Outcome;
import io.fairlead.testing.FakeAttempt;
import io.fairlead.testing.ManualTime;
import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Calls to one service through one admission, on manual time. */
final class Calls {

    private static final HttpHeaders NO_HEADERS = HttpHeaders.of(Map.of(), (name, value) -> true);

    final ManualTime time;
    private final Admission admission;

    Calls(ManualTime time, Admission admission) {
        this.time = time;
        this.admission = admission;
    }

    /** Asks for a permit for at most so long. */
    CompletableFuture<Permit> ask(Duration wait) {
        return admission
                .admit(FakeAttempt.fresh().idempotencyKey("key-1"), wait.toNanos())
                .toCompletableFuture();
    }

    /** A permit, which must be there at once. */
    Permit admitted() {
        CompletableFuture<Permit> asked = ask(Duration.ZERO);
        assertThat(asked).isCompleted();
        return asked.join();
    }

    /** Why a call is refused, which it must be at once. */
    Throwable refused() {
        return why(ask(Duration.ZERO));
    }

    /** Why the call was refused. */
    static Throwable why(CompletableFuture<Permit> asked) {
        assertThat(asked).isCompletedExceptionally();
        try {
            asked.join();
        } catch (CompletionException e) {
            return e.getCause();
        }
        throw new AssertionError("a permit was given");
    }

    /** Whether a call would be admitted; what it is given is cancelled. */
    boolean isAdmitted() {
        CompletableFuture<Permit> asked = ask(Duration.ZERO);
        if (asked.isCompletedExceptionally()) {
            return false;
        }
        asked.join().cancel();
        return true;
    }

    void succeed(int times) {
        for (int i = 0; i < times; i++) {
            admitted().release(ended(Outcome.SUCCESS, 200, Duration.ofMillis(20)));
        }
    }

    void fail(int times) {
        for (int i = 0; i < times; i++) {
            admitted().release(ended(Outcome.FAILED, 500, Duration.ofMillis(20)));
        }
    }

    /** An attempt that ended now. */
    FakeAttempt ended(Outcome outcome, int status, Duration latency) {
        return FakeAttempt.fresh()
                .startedAt(time.nanoTime() - latency.toNanos())
                .eventAt(time.nanoTime())
                .answer(status, NO_HEADERS)
                .verdict(outcome, Delivery.UNKNOWN);
    }

    FakeAttempt success() {
        return ended(Outcome.SUCCESS, 200, Duration.ofMillis(20));
    }

    FakeAttempt failure() {
        return ended(Outcome.FAILED, 500, Duration.ofMillis(20));
    }

    FakeAttempt ignored() {
        return ended(Outcome.IGNORED, 0, Duration.ofMillis(20));
    }
}
