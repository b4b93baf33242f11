package io.fairlead.ratelimit;

import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.RateLimiter;
import io.fairlead.Require;
import io.fairlead.Settings;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Makes the limiters of {@link RateLimiters} by name. Settings of {@code token-bucket}, {@code leaky-bucket}, {@code
 * fixed-window}, {@code sliding-window} and {@code sliding-log}: {@code permits} (required) and {@code per} (default 1s). Of the
 * token bucket also {@code burst}, {@code warm-up} and {@code cold-part}, of the token bucket and the sliding ones {@code jitter}.
 *
 * <p>{@code all} has one setting, {@code limits}: a list such as {@code 500/1s burst 50, sliding-log 3000/1m}, each with its name (unless
 * it is a token bucket), its permits and period, and its other settings.
 */
public final class RateLimiterFactory implements Factory<RateLimiter> {

    private static final String TOKEN_BUCKET = "token-bucket";

    /** For the service loader. */
    public RateLimiterFactory() {}

    @Override
    public Class<RateLimiter> type() {
        return RateLimiter.class;
    }

    @Override
    public Set<String> names() {
        return Set.of(TOKEN_BUCKET, "leaky-bucket", "fixed-window", "sliding-window", "sliding-log", "all");
    }

    @Override
    public RateLimiter create(String name, Settings settings, Environment env) {
        return switch (name) {
            case TOKEN_BUCKET -> {
                settings.known("permits", "per", "burst", "warm-up", "cold-part", "jitter");
                yield tokenBucket(settings, env).build();
            }
            case "leaky-bucket" ->
                RateLimiters.leakyBucket(permits(settings.known("permits", "per")), period(settings), env);
            case "fixed-window" ->
                RateLimiters.fixedWindow(permits(settings.known("permits", "per")), period(settings), env);
            case "sliding-window" ->
                RateLimiters.slidingWindow(permits(settings.known("permits", "per", "jitter")), longer(settings), env);
            case "sliding-log" ->
                RateLimiters.slidingLog(permits(settings.known("permits", "per", "jitter")), longer(settings), env);
            case "all" -> all(settings.known("limits").required("limits"), env);
            default -> throw new IllegalArgumentException("limiter " + name + " is not one of " + names());
        };
    }

    /** A token bucket of these settings; what others there are is checked by the caller. */
    static TokenBucketBuilder tokenBucket(Settings settings, Environment env) {
        TokenBucketBuilder bucket =
                RateLimiters.tokenBucket(permits(settings), period(settings)).environment(env);
        if (settings.text("burst") != null) {
            bucket.burst(settings.number("burst", 1, 1, Long.MAX_VALUE));
        }
        double coldPart = settings.decimal("cold-part", TokenBucketBuilder.COLD_PART, 0.01, 1);
        if (settings.text("warm-up") != null) {
            bucket.warmUp(settings.duration("warm-up", Duration.ZERO), coldPart);
        } else if (settings.text("cold-part") != null) {
            throw new IllegalArgumentException("setting warm-up is not set: cold-part needs it");
        }
        return bucket.jitter(settings.duration("jitter", Duration.ZERO));
    }

    private static long permits(Settings settings) {
        settings.required("permits");
        return settings.number("permits", 1, 1, Long.MAX_VALUE);
    }

    private static Duration period(Settings settings) {
        return settings.duration("per", Duration.ofSeconds(1));
    }

    /** What leaves within a period and the jitter arrives within the period. */
    private static Duration longer(Settings settings) {
        return period(settings).plus(settings.duration("jitter", Duration.ZERO));
    }

    // ---- lists ------------------------------------------------------------------------------------------------------

    /** The one decision of a list of limits; also for what makes admissions. */
    RateLimiter all(String limits, Environment env) {
        String[] items = limits.split(",", -1);
        RateLimiter[] made = new RateLimiter[items.length];
        for (int i = 0; i < items.length; i++) {
            String item = items[i].trim();
            try {
                made[i] = one(item, env);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("setting limits, at \"" + item + "\": " + e.getMessage(), e);
            }
        }
        return RateLimiters.all(made);
    }

    private RateLimiter one(String item, Environment env) {
        String[] words = item.split("\\s+", -1);
        int rate = words[0].isEmpty() || Character.isLetter(words[0].charAt(0)) ? 1 : 0;
        String[] parts = rate < words.length ? words[rate].split("/", -1) : new String[0];
        if (parts.length != 2 || (words.length - rate) % 2 == 0) {
            throw Require.bad("limit", "\"" + item + "\"", "such as 500/1s, 500/1s burst 50 or sliding-log 3000/1m");
        }
        Map<String, String> settings = new HashMap<>(Map.of("permits", parts[0], "per", parts[1]));
        for (int i = rate + 1; i < words.length; i += 2) {
            if (settings.put(words[i], words[i + 1]) != null) {
                throw new IllegalArgumentException("setting " + words[i] + " is given twice");
            }
        }
        String name = rate == 0 ? TOKEN_BUCKET : words[0];
        if (!names().contains(name) || name.equals("all")) {
            throw new IllegalArgumentException("limiter " + name + " is not known");
        }
        return create(name, Settings.of(settings), env);
    }
}
