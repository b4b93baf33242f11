package io.fairlead.crypto;

import io.fairlead.Environment;
import java.time.Duration;
import java.util.OptionalLong;

/**
 * The server's date, learned from the {@code Date} of its answers: what is dated for it must be of its now, and clocks are off.
 * Thread-safe.
 */
final class ServerClock {

    /** The header has whole seconds and was some time on its way; servers allow more than that. */
    private static final long LEAST_MILLIS = Duration.ofSeconds(5).toMillis();

    /** A clock that is further off is more likely an answer from a cache, and signing far into the future is nobody's intention. */
    private static final long MOST_MILLIS = Duration.ofMinutes(15).toMillis();

    private final Environment env;
    private volatile long aheadMillis;

    ServerClock(Environment env) {
        this.env = env;
    }

    long millis() {
        return env.now().toEpochMilli() + aheadMillis;
    }

    long seconds() {
        return Math.floorDiv(millis(), 1000L);
    }

    /** Whether the clock was off: what was dated by it may pass if it is dated again. */
    boolean learn(ServerAnswer answer) {
        OptionalLong date = answer.dateMillis();
        if (date.isEmpty()) {
            return false;
        }
        long ahead = date.getAsLong() - env.now().toEpochMilli();
        if (Math.abs(ahead) > MOST_MILLIS || Math.abs(ahead - aheadMillis) < LEAST_MILLIS) {
            return false;
        }
        aheadMillis = Math.abs(ahead) < LEAST_MILLIS ? 0 : ahead;
        return true;
    }
}
