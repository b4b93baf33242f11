package io.fairlead;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Checks of settings: each throws an {@link IllegalArgumentException} that names the setting, the value and what is allowed.
 *
 * <p>Public so that users' own strategies and limiters can report bad settings in the same words.
 */
public final class Require {

    private Require() {}

    /** Returns {@code value}, which must not be null. */
    public static <T> T notNull(T value, String setting) {
        if (value == null) {
            throw new IllegalArgumentException(setting + " is null: a value is required");
        }
        return value;
    }

    /** Returns {@code value}, which must be neither null nor blank. */
    public static String notBlank(String value, String setting) {
        if (notNull(value, setting).isBlank()) {
            throw bad(setting, "\"" + value + "\"", "a text that is not blank");
        }
        return value;
    }

    /** Returns {@code value}, which must lie in {@code [min, max]}. */
    public static long between(long value, long min, long max, String setting) {
        if (value < min || value > max) {
            throw bad(setting, value, max == Long.MAX_VALUE ? "at least " + min : min + " to " + max);
        }
        return value;
    }

    /** Returns {@code value}, which must lie in {@code [min, max]}. */
    public static int between(int value, int min, int max, String setting) {
        if (value < min || value > max) {
            throw bad(setting, value, max == Integer.MAX_VALUE ? "at least " + min : min + " to " + max);
        }
        return value;
    }

    /** Returns {@code value}, which must be a finite number in {@code [min, max]}. */
    public static double between(double value, double min, double max, String setting) {
        if (!(value >= min && value <= max) || Double.isInfinite(value)) {
            throw bad(
                    setting, value, max == Double.MAX_VALUE ? "a finite number, at least " + min : min + " to " + max);
        }
        return value;
    }

    /** Returns the nanoseconds of {@code value}, which must be longer than zero and at most some 292 years. */
    public static long positiveNanos(Duration value, String setting) {
        if (notNull(value, setting).isZero() || value.isNegative()) {
            throw bad(setting, value, "longer than zero");
        }
        return nanos(value, setting);
    }

    /** Returns the nanoseconds of {@code value}, which must not be negative and be at most some 292 years. */
    public static long nanos(Duration value, String setting) {
        if (notNull(value, setting).isNegative()) {
            throw bad(setting, value, "zero or longer");
        }
        try {
            return value.toNanos();
        } catch (ArithmeticException e) {
            throw bad(setting, value, "at most " + Duration.ofNanos(Long.MAX_VALUE));
        }
    }

    /** The exception for {@code value}, for rules that the methods above do not cover. */
    public static IllegalArgumentException bad(String setting, @Nullable Object value, String allowed) {
        return new IllegalArgumentException(setting + " is " + value + ": allowed is " + allowed);
    }
}
