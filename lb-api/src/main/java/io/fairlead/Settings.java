package io.fairlead;

import java.time.Duration;
import java.time.format.DateTimeParseException;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Named settings as a configuration gives them, read with a check: a bad one is an {@link IllegalArgumentException} that
 * names the setting, the value and what is allowed. Immutable.
 *
 * <p>{@link #toString()} shows the names only: a value may be a secret.
 */
public final class Settings {

    private static final Settings NONE = new Settings(Map.of());

    private final Map<String, String> values;

    private Settings(Map<String, String> values) {
        this.values = values;
    }

    /** No settings: every default applies. */
    public static Settings none() {
        return NONE;
    }

    /** These settings; neither a name nor a value is null. */
    public static Settings of(Map<String, String> values) {
        return new Settings(Map.copyOf(Require.notNull(values, "settings")));
    }

    /** Checks that there is no setting but these, so that a misspelt one is not ignored. Returns this. */
    public Settings known(String... names) {
        TreeSet<String> unknown = new TreeSet<>(values.keySet());
        TreeSet<String> allowed = new TreeSet<>(java.util.List.of(names));
        unknown.removeAll(allowed);
        if (!unknown.isEmpty()) {
            String name = unknown.first();
            throw new IllegalArgumentException("setting " + name + " is not known: allowed is "
                    + (allowed.isEmpty() ? "none" : String.join(", ", allowed)) + Providers.suggestion(name, allowed));
        }
        return this;
    }

    /** The text of a setting, or null if it is not set. */
    public @Nullable String text(String name) {
        return values.get(name);
    }

    /** The text of a setting that must be set. */
    public String required(String name) {
        String value = values.get(name);
        if (value == null) {
            throw new IllegalArgumentException("setting " + name + " is not set: a value is required");
        }
        return value;
    }

    /** Whether a setting is {@code true} and not {@code false}, or the default where it is not set. */
    public boolean flag(String name, boolean whenUnset) {
        String value = values.get(name);
        if (value != null && !value.equals("true") && !value.equals("false")) {
            throw Require.bad("setting " + name, "\"" + value + "\"", "true or false");
        }
        return value == null ? whenUnset : value.equals("true");
    }

    /** A whole number in {@code [min, max]}, or the default where it is not set. */
    public long number(String name, long whenUnset, long min, long max) {
        String value = values.get(name);
        if (value == null) {
            return whenUnset;
        }
        try {
            return Require.between(Long.parseLong(value.trim()), min, max, "setting " + name);
        } catch (NumberFormatException e) {
            throw Require.bad("setting " + name, "\"" + value + "\"", "a whole number, " + min + " to " + max);
        }
    }

    /** A number in {@code [min, max]}, or the default where it is not set. */
    public double decimal(String name, double whenUnset, double min, double max) {
        String value = values.get(name);
        if (value == null) {
            return whenUnset;
        }
        try {
            return Require.between(Double.parseDouble(value.trim()), min, max, "setting " + name);
        } catch (NumberFormatException e) {
            throw Require.bad("setting " + name, "\"" + value + "\"", "a number, " + min + " to " + max);
        }
    }

    /** A duration longer than zero ({@code 250ms}, {@code 30s}, {@code 5m}, or ISO-8601 such as {@code PT30S}), or the default. */
    public Duration duration(String name, Duration whenUnset) {
        String value = values.get(name);
        if (value == null) {
            return whenUnset;
        }
        try {
            Duration parsed = parse(value.trim());
            Require.positiveNanos(parsed, "setting " + name);
            return parsed;
        } catch (DateTimeParseException | NumberFormatException e) {
            throw Require.bad("setting " + name, "\"" + value + "\"", "a duration such as 250ms, 30s, 5m or PT30S");
        }
    }

    private static Duration parse(String value) {
        if (value.endsWith("ms")) {
            return Duration.ofMillis(Long.parseLong(value.substring(0, value.length() - 2)));
        }
        return Duration.parse(value.startsWith("P") ? value : "PT" + value);
    }

    @Override
    public String toString() {
        return "Settings" + new TreeMap<>(values).keySet();
    }
}
