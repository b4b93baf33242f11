package io.fairlead.crypto;

import io.fairlead.Environment;
import java.time.Instant;
import java.util.Arrays;

/**
 * How far a partner's clock is from ours, as its answers tell: the median of the last few, so that one odd answer moves nothing.
 *
 * <p>Capped, so that no partner can have us sign for a date that is far from our own. Thread-safe.
 */
final class PartnerClock {

    /** With fewer, one odd answer would be the median. */
    private static final int LEAST = 3;

    /** Odd, so that the median is one of them; more would make a change of the clock take longer to be believed. */
    private static final int MOST = 9;

    /** The window that most partners allow: a clock that is farther off is to be set right, not to be followed. */
    static final long CAP_MILLIS = 300_000;

    /** What a slow network and the whole seconds of a Date explain. */
    private static final long NOISE_MILLIS = 2_000;

    private final Environment env;
    private final long[] samples = new long[MOST];
    private int known;
    private volatile long offsetMillis;

    PartnerClock(Environment env) {
        this.env = env;
    }

    /** How far the partner is ahead of us, in milliseconds; 0 until enough is known. */
    long offset() {
        return offsetMillis;
    }

    /** The environment whose dates are the partner's. */
    Environment environment() {
        return Environment.builder()
                .nanoClock(env::nanoTime)
                .instants(() -> env.now().plusMillis(offsetMillis))
                .sleep(env::sleep)
                .random(env.random())
                .secureRandom(env.secureRandom())
                .scheduler(env.scheduler())
                .executor(env.executor())
                .build();
    }

    /**
     * Takes one answer into account.
     *
     * @param date of an answer that has just come
     * @return how far this one says that the partner is ahead of us, capped
     */
    long learn(Instant date) {
        // In the middle of the second that the date names.
        long ahead = date.getEpochSecond() * 1000 + 500 - env.now().toEpochMilli();
        long sample = Math.abs(ahead) <= NOISE_MILLIS ? 0 : Math.max(-CAP_MILLIS, Math.min(CAP_MILLIS, ahead));
        synchronized (this) {
            samples[known % MOST] = sample;
            known = known == 2 * MOST - 1 ? MOST : known + 1; // beyond MOST it only says where the next one goes
            if (known >= LEAST) {
                offsetMillis = median();
            }
        }
        return sample;
    }

    /** Believes one answer alone, since the partner has turned us away for the date: what was known before is wrong. */
    synchronized void believe(long sample) {
        samples[0] = sample;
        known = 1;
        offsetMillis = sample;
    }

    private long median() {
        long[] sorted = Arrays.copyOf(samples, Math.min(known, MOST));
        Arrays.sort(sorted);
        return sorted[(sorted.length - 1) / 2];
    }
}
