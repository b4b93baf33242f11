package io.fairlead.ratelimit.redis;

import io.fairlead.Attempt;
import io.fairlead.Environment;
import io.fairlead.Require;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A quota that many processes keep together over one Redis (5 or later), Valkey, or a cluster of them. "500 a second, burst 50, and 3 000 a
 * minute, over all our processes" is
 *
 * <pre>{@code
 * Service.named("payments")
 *         .admission(RedisLimits.at("redis://redis.internal:6379")
 *                 .name("payments")
 *                 .limit(500, Duration.ofSeconds(1), 50)
 *                 .limit(3_000, Duration.ofMinutes(1), 300)
 *                 .processes(16)
 *                 .exact())
 * }</pre>
 *
 * <p>Each limit is a token bucket: no interval of length T, by the server's clock, grants more than {@code burst + permits · T / period}. It begins empty,
 * so that a key that is lost does not grant its burst anew. A builder; not safe for use by many threads.
 */
public final class RedisLimits {

    private final Function<Script, Redis> connector;
    private final List<Quota.Limit> limits = new ArrayList<>();
    private UnaryOperator<Script> script = UnaryOperator.identity();
    private long jitterNanos;
    private long leaseNanos = 100_000_000;
    private Fallback.Kind fallback = Fallback.Kind.SHARE;
    private int processes = 1;

    String name = "";
    Function<? super Attempt, ? extends @Nullable Object> keyOf = attempt -> null;
    RedisLimitListener listener = new RedisLimitListener() {};
    long timeoutNanos = 250_000_000;
    long maximumKeys = 100_000;
    Environment env = Environment.system();

    RedisLimits(Function<Script, Redis> connector) {
        this.connector = connector;
    }

    /** Over a client of its own, which {@code close} closes: {@code redis://host:6379}, {@code rediss://…}, {@code redis-sentinel://…#master}. */
    public static RedisLimits at(String uri) {
        return new RedisLimits(Connectors.at(Require.notBlank(uri, "uri of Redis")));
    }

    /** As {@link #at}, for a cluster: {@code redis://host1:6379,host2:6379}, any of its nodes. */
    public static RedisLimits atCluster(String uri) {
        return new RedisLimits(Connectors.atCluster(Require.notBlank(uri, "uri of the Redis cluster")));
    }

    /** Over a connection of its own, which {@code close} closes, by the user's client. */
    public static RedisLimits over(RedisClient client, RedisURI uri) {
        return new RedisLimits(
                Connectors.over(Require.notNull(client, "Redis client"), Require.notNull(uri, "uri of Redis")));
    }

    /** As {@link #over(RedisClient, RedisURI)}, for a cluster. */
    public static RedisLimits over(RedisClusterClient client) {
        return new RedisLimits(Connectors.over(Require.notNull(client, "Redis cluster client")));
    }

    /** Over the user's connection, which is shared and never closed. How fast it connects again after a failure is the user's setting. */
    public static RedisLimits over(StatefulRedisConnection<String, String> connection) {
        Require.notNull(connection, "Redis connection");
        return new RedisLimits(Connectors.shared(connection, connection.async()));
    }

    /** As {@link #over(StatefulRedisConnection)}, for a cluster. */
    public static RedisLimits over(StatefulRedisClusterConnection<String, String> connection) {
        Require.notNull(connection, "Redis cluster connection");
        return new RedisLimits(Connectors.shared(connection, connection.async()));
    }

    /**
     * Names the limit, which must be done: processes that use the same name at the same Redis share it. In its keys, messages and events.
     *
     * @param name letters, digits, {@code . _ -}
     */
    public RedisLimits name(String name) {
        if (!Require.notBlank(name, "name of the limit").matches("[\\w.-]+")) {
            throw Require.bad("name of the limit", "\"" + name + "\"", "letters, digits, '.', '_' and '-'");
        }
        this.name = name;
        return this;
    }

    /** As {@link #limit(long, Duration, long)} with a burst of a tenth of the permits: a partner who counts by the second sees 110 % at most. */
    public RedisLimits limit(long permits, Duration period) {
        return limit(permits, period, Math.max(1, permits / 10));
    }

    /**
     * Adds a limit. Those that were added hold together: permits are taken from all of them for the same moment, or from none.
     *
     * @param permits 1 or more
     * @param period longer than zero
     * @param burst the most permits at once, 1 or more; a request for more than the smallest burst is always refused
     */
    public RedisLimits limit(long permits, Duration period, long burst) {
        limits.add(new Quota.Limit(permits, Require.positiveNanos(period, "period of the limit"), burst));
        return this;
    }

    /**
     * Gives each key its own permits: a merchant, a route. Default one for all.
     *
     * @param key equal for attempts that share permits, with a {@code toString} that is the same in all processes and of which Redis sees a
     *     digest; null for all those that have none, who share one
     * @param maximumKeys that this process remembers something of, 1 or more; the permits themselves are remembered by Redis
     */
    public RedisLimits key(Function<? super Attempt, ? extends @Nullable Object> key, long maximumKeys) {
        this.keyOf = Require.notNull(key, "key of the limit");
        this.maximumKeys = Require.between(maximumKeys, 1, Integer.MAX_VALUE, "maximum keys of the limit");
        return this;
    }

    /** Takes what the rate brings within this time off each burst: by so much one call may be longer on its way than another. Default 0. */
    public RedisLimits jitter(Duration jitter) {
        this.jitterNanos = Require.nanos(jitter, "jitter of the limit");
        return this;
    }

    /** Sets how long a decision may take before Redis counts as lost; default 250 ms, hundreds of round trips within a data centre. */
    public RedisLimits timeout(Duration timeout) {
        this.timeoutNanos = Require.between(
                Require.positiveNanos(timeout, "timeout of Redis"), 1_000_000, 60_000_000_000L, "timeout of Redis");
        return this;
    }

    /**
     * While Redis is lost, each process grants its part: the permits and the burst divided by so many processes, beginning empty. Needs to
     * be no less than there are for the limit to hold; with more processes than the burst, each may still send one at once. This is the default, with 1.
     */
    public RedisLimits processes(int processes) {
        this.processes = Require.between(processes, 1, 1_024, "processes that share the limit");
        this.fallback = Fallback.Kind.SHARE;
        return this;
    }

    /** While Redis is lost, everything is granted: a call above the quota costs less than none. */
    public RedisLimits openWithoutRedis() {
        this.fallback = Fallback.Kind.OPEN;
        return this;
    }

    /** While Redis is lost, everything is refused: no call costs less than one above the quota. */
    public RedisLimits closedWithoutRedis() {
        this.fallback = Fallback.Kind.CLOSED;
        return this;
    }

    /** Sets who is told of the loss of Redis and of its return. */
    public RedisLimits listener(RedisLimitListener listener) {
        this.listener = Require.notNull(listener, "listener of the limit");
        return this;
    }

    /** Sets where time and threads come from; default {@link Environment#system()}. */
    public RedisLimits environment(Environment env) {
        this.env = Require.notNull(env, "environment");
        return this;
    }

    /** For tests: the script with a clock that they set. */
    RedisLimits script(UnaryOperator<Script> change) {
        this.script = change;
        return this;
    }

    /**
     * The limit, decided by Redis for each attempt: exact, at the cost of a round trip, which attempts that come meanwhile share.
     *
     * @throws IllegalArgumentException without a name or a limit, or if the numbers are too large to be counted exactly
     */
    public RedisAdmission exact() {
        return build(0);
    }

    /** As {@link #leased(Duration)} of 100 ms: in any second at most a tenth of the rate more than in {@link #exact} mode. */
    public RedisAdmission leased() {
        return build(leaseNanos);
    }

    /**
     * The limit, of which each process takes permits ahead, as many as it lately used in the time of a lease (at most the burst), so that
     * most decisions need no call. What is not used when the lease ends goes back.
     *
     * <p>An interval of length T grants at most {@code burst + permits · (T + lease) / period}. Permits of a process that dies are lost until the rate brings others.
     *
     * @param lease 1 ms to 1 min
     */
    public RedisAdmission leased(Duration lease) {
        this.leaseNanos = Require.between(Require.positiveNanos(lease, "lease"), 1_000_000, 60_000_000_000L, "lease");
        return build(leaseNanos);
    }

    private RedisAdmission build(long lease) {
        Require.notBlank(name, "name of the limit");
        Quota quota = Quota.of(limits.stream().map(l -> l.less(jitterNanos)).toList());
        Redis redis = connector.apply(script.apply(Script.decide()));
        return new RedisAdmission(this, quota, new Fallback(fallback, quota.share(processes), processes), redis, lease);
    }
}
