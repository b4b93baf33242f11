package io.fairlead.ratelimit.redis;

import io.fairlead.Admission;
import io.fairlead.Environment;
import io.fairlead.Factory;
import io.fairlead.Require;
import io.fairlead.Settings;
import io.fairlead.ratelimit.AdmissionFactory;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Makes the limits of {@link RedisLimits} by name: {@code redis} decides each attempt at Redis, {@code redis-leased} takes permits ahead.
 *
 * <p>Settings: {@code uri} or {@code cluster-uri}, {@code name} and {@code limits} (all required; limits are a list such as {@code 500/1s burst 50,
 * 3000/1m}); {@code key} as of the other admissions, and {@code maximum-keys} (default: no keys); {@code jitter}, {@code timeout} (default 250ms), {@code
 * fallback} ({@code share}, the default, {@code open} or {@code closed}), {@code processes} (for {@code share}, required); of {@code redis-leased} also {@code lease}
 * (default 100ms).
 */
public final class RedisAdmissionFactory implements Factory<Admission> {

    private static final String LEASED = "redis-leased";

    private static final Pattern LIMIT = Pattern.compile("(\\d+)/(\\w+)(?:\\s+burst\\s+(\\d+))?");

    private static final String[] KNOWN = {
        "uri", "cluster-uri", "name", "limits", "key", "maximum-keys", "jitter", "timeout", "fallback", "processes"
    };

    /** For the service loader. */
    public RedisAdmissionFactory() {}

    @Override
    public Class<Admission> type() {
        return Admission.class;
    }

    @Override
    public Set<String> names() {
        return Set.of("redis", LEASED);
    }

    @Override
    public Admission create(String name, Settings settings, Environment env) {
        if (!names().contains(name)) {
            throw new IllegalArgumentException("admission " + name + " is not one of " + names());
        }
        boolean leased = name.equals(LEASED);
        String[] known = Arrays.copyOf(KNOWN, KNOWN.length + (leased ? 1 : 0));
        if (leased) {
            known[KNOWN.length] = "lease";
        }
        RedisLimits limits = limits(settings.known(known)).environment(env);
        return leased ? limits.leased(settings.duration("lease", Duration.ofMillis(100))) : limits.exact();
    }

    private static RedisLimits limits(Settings settings) {
        RedisLimits limits = server(settings).name(settings.required("name"));
        for (String item : settings.required("limits").split(",", -1)) {
            limit(limits, item.trim());
        }
        if (settings.text("key") != null) {
            limits.key(AdmissionFactory.key(settings), settings.number("maximum-keys", 100_000, 1, Integer.MAX_VALUE));
        } else if (settings.text("maximum-keys") != null) {
            throw new IllegalArgumentException("setting key is not set: maximum-keys needs it");
        }
        limits.jitter(settings.duration("jitter", Duration.ZERO));
        limits.timeout(settings.duration("timeout", Duration.ofMillis(250)));
        return fallback(limits, settings);
    }

    private static RedisLimits server(Settings settings) {
        String cluster = settings.text("cluster-uri");
        if (cluster == null) {
            return RedisLimits.at(settings.required("uri"));
        }
        if (settings.text("uri") != null) {
            throw new IllegalArgumentException("setting uri is set, and cluster-uri: allowed is one of them");
        }
        return RedisLimits.atCluster(cluster);
    }

    private static void limit(RedisLimits limits, String item) {
        Matcher parts = LIMIT.matcher(item);
        if (!parts.matches()) {
            throw Require.bad("setting limits, at", "\"" + item + "\"", "such as 500/1s or 500/1s burst 50");
        }
        Settings numbers = Settings.of(Map.of(
                "permits",
                parts.group(1),
                "per",
                parts.group(2),
                "burst",
                parts.group(3) == null ? "0" : parts.group(3)));
        long permits = numbers.number("permits", 1, 1, Integer.MAX_VALUE);
        Duration period = numbers.duration("per", Duration.ofSeconds(1));
        if (parts.group(3) == null) {
            limits.limit(permits, period);
        } else {
            limits.limit(permits, period, numbers.number("burst", 1, 1, Integer.MAX_VALUE));
        }
    }

    private static RedisLimits fallback(RedisLimits limits, Settings settings) {
        String fallback = settings.text("fallback");
        switch (fallback == null ? "share" : fallback) {
            case "share" -> {
                settings.required("processes");
                return limits.processes((int) settings.number("processes", 1, 1, 1_024));
            }
            case "open" -> limits.openWithoutRedis();
            case "closed" -> limits.closedWithoutRedis();
            default -> throw Require.bad("setting fallback", "\"" + fallback + "\"", "share, open or closed");
        }
        if (settings.text("processes") != null) {
            throw new IllegalArgumentException("setting processes is set: fallback " + fallback + " has no use for it");
        }
        return limits;
    }
}
