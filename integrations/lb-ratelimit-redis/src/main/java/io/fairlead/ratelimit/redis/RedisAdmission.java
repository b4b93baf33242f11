package io.fairlead.ratelimit.redis;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.fairlead.Admission;
import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.Require;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A limit that many processes keep together; made by {@link RedisLimits}. Safe for use by many threads; never blocks.
 *
 * <p>{@link #close} returns what was taken ahead and closes the connection, unless that was handed in.
 */
public final class RedisAdmission implements Admission, AutoCloseable {

    /** The way of one key. */
    private record Way(Line line, @Nullable Purse purse) {}

    private static final String NO_KEY = "";

    private final String name;
    private final Quota quota;
    private final Function<? super Attempt, ? extends @Nullable Object> keyOf;
    private final Fallback fallback;
    private final Availability redis;
    private final long leaseNanos;
    private final Environment env;
    private final LoadingCache<Object, Way> ways;

    RedisAdmission(RedisLimits limits, Quota quota, Fallback fallback, Redis redis, long leaseNanos) {
        this.name = limits.name;
        this.quota = quota;
        this.keyOf = limits.keyOf;
        this.fallback = fallback;
        this.env = limits.env;
        this.leaseNanos = leaseNanos;
        this.redis = new Availability(redis, limits.listener, name, limits.timeoutNanos, env);
        this.ways = Caffeine.newBuilder()
                .maximumSize(limits.maximumKeys)
                .executor(Runnable::run)
                .removalListener(RedisAdmission::returnLeases)
                .build(this::way);
    }

    private static void returnLeases(@Nullable Object key, @Nullable Way way, RemovalCause why) {
        if (way != null && way.purse() != null) {
            way.purse().close();
        }
    }

    private Way way(Object key) {
        Line line = new Line(redisKey(key), quota, fallback, redis, env);
        return new Way(line, leaseNanos == 0 ? null : new Purse(line, leaseNanos, quota.mostPermits(), env));
    }

    /* A hash tag, so that a user's script may keep other keys in the same slot. The key itself may be personal: its digest stands for it. */
    private String redisKey(Object key) {
        if (key == NO_KEY) {
            return "fairlead:{" + name + "}";
        }
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-256").digest(key.toString().getBytes(StandardCharsets.UTF_8));
            String text = Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, 16));
            return "fairlead:{" + name + ":" + text + "}";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public CompletionStage<Permit> admit(Attempt attempt, long maxWaitNanos) {
        Require.between(attempt.permits(), 1, Integer.MAX_VALUE, "permits");
        Object key = keyOf.apply(attempt);
        Way way = ways.get(key == null ? NO_KEY : key);
        Decision decision = new Decision(attempt, Math.max(0, maxWaitNanos), way.line(), env);
        if (decision.permits > quota.mostPermits()) {
            decision.refuse("more permits than the burst of " + quota.mostPermits() + " are never granted");
        } else if (way.purse() != null) {
            return way.purse().admit(decision);
        } else {
            way.line().submit(decision);
        }
        return decision.future;
    }

    @Override
    public void close() {
        ways.invalidateAll();
        redis.close();
    }

    @Override
    public String toString() {
        return (leaseNanos == 0 ? "RedisLimit[" : "RedisLeasedLimit[") + name + ", " + quota + "]";
    }
}
