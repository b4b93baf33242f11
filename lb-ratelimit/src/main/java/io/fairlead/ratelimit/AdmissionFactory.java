package io.fairlead.ratelimit;

import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Require;
import io.fairlead.Settings;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes the admissions of {@link RateLimiters} by name.
 *
 * <p>{@code keyed}: a token bucket for each key; {@code permits} (required), {@code per}, {@code burst} and {@code jitter} as of a token
 * bucket, {@code maximum-keys} (default 100 000). {@code fair-queue}: {@code limits} (required) as of the limiter {@code all}, {@code
 * maximum-waiting} (default 1 000). {@code learning}: such a queue before a token bucket that learns; {@code permits}, {@code per}, {@code
 * burst}, {@code jitter} and {@code maximum-waiting}.
 *
 * <p>All: {@code key} is {@code affinity} (the affinity key; the default), {@code path}, {@code header:name} or {@code attribute:name} (of
 * {@code CallOptions}).
 */
public final class AdmissionFactory implements Factory<Admission> {

    /** For the service loader. */
    public AdmissionFactory() {}

    @Override
    public Class<Admission> type() {
        return Admission.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("keyed", "fair-queue", "learning");
    }

    @Override
    public Admission create(String name, Settings settings, Environment env) {
        return switch (name) {
            case "keyed" -> {
                settings.known("permits", "per", "burst", "jitter", "key", "maximum-keys");
                yield RateLimiters.keyed(
                        key(settings),
                        RateLimiterFactory.tokenBucket(settings, env),
                        settings.number("maximum-keys", 100_000, 1, Integer.MAX_VALUE));
            }
            case "fair-queue" -> {
                settings.known("limits", "key", "maximum-waiting");
                yield RateLimiters.fairQueue(
                        new RateLimiterFactory().all(settings.required("limits"), env),
                        key(settings),
                        maximumWaiting(settings));
            }
            case "learning" -> {
                settings.known("permits", "per", "burst", "jitter", "key", "maximum-waiting");
                yield RateLimiters.learning(
                        RateLimiterFactory.tokenBucket(settings, env), key(settings), maximumWaiting(settings));
            }
            default -> throw new IllegalArgumentException("admission " + name + " is not one of " + names());
        };
    }

    private static int maximumWaiting(Settings settings) {
        return (int) settings.number("maximum-waiting", 1_000, 1, 1_000_000);
    }

    /** The function that the setting {@code key} names; also for other factories of admissions. */
    public static Function<Attempt, @Nullable Object> key(Settings settings) {
        String key = settings.text("key");
        if (key == null || key.equals("affinity")) {
            return Attempt::affinityKey;
        }
        if (key.equals("path")) {
            return attempt -> attempt.request().uri().getPath();
        }
        String named = key.substring(key.indexOf(':') + 1).trim();
        if (key.startsWith("header:") && !named.isEmpty()) {
            return attempt -> attempt.request().headers().firstValue(named).orElse(null);
        }
        if (key.startsWith("attribute:") && !named.isEmpty()) {
            return attempt -> attempt.options().attributes().get(named);
        }
        throw Require.bad("setting key", "\"" + key + "\"", "affinity, path, header:name or attribute:name");
    }
}
