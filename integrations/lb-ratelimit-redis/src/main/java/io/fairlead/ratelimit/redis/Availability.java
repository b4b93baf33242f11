package io.fairlead.ratelimit.redis;

import io.fairlead.Environment;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether Redis is to be asked. It is lost with the first call that fails or is not answered in time; from then on it is probed, once a
 * second at most, with an empty decision about the key that failed, and is back with the first one answered.
 */
final class Availability {

    private static final Logger LOG = LoggerFactory.getLogger(Availability.class);

    /** A connection that looks open and answers none of so many probes in a row is replaced: its peer may be gone without a word. */
    private static final int PROBES_PER_CONNECTION = 3;

    private static final long PROBE_NANOS = 1_000_000_000L;

    private final Redis redis;
    private final RedisLimitListener listener;
    private final Environment env;
    private final String name;
    private final long timeoutNanos;

    private volatile boolean lost;
    private volatile boolean closed;
    private long lostNanos;
    private int probes;

    Availability(Redis redis, RedisLimitListener listener, String name, long timeoutNanos, Environment env) {
        this.redis = redis;
        this.listener = listener;
        this.name = name;
        this.timeoutNanos = timeoutNanos;
        this.env = env;
    }

    /** Whether to do without Redis. */
    boolean isLost() {
        return lost;
    }

    /** Asks Redis; {@code done} hears of the reply, or the failure, within one timeout. */
    void decide(Redis.Call call, BiConsumer<Redis.@Nullable Reply, @Nullable Throwable> done) {
        if (closed) {
            done.accept(null, new IllegalStateException("the limit is closed"));
            return;
        }
        if (!redis.isOpen()) {
            failed(call, new IllegalStateException("not connected to Redis"), done);
            return;
        }
        CompletableFuture<Redis.Reply> reply = redis.decide(call);
        Future<?> timer = env.scheduler().schedule(() -> expire(reply), timeoutNanos, TimeUnit.NANOSECONDS);
        reply.whenComplete((answer, why) -> {
            timer.cancel(false);
            if (why != null) {
                failed(call, why, done);
            } else {
                done.accept(answer, null);
            }
        });
    }

    /* Off the timer's thread: a fallback answers callers. A call that was not written yet is never written then: its decision is made. */
    private void expire(CompletableFuture<Redis.Reply> reply) {
        Decision.onExecutor(
                env,
                () -> reply.completeExceptionally(
                        new TimeoutException("no answer from Redis within " + timeoutNanos / 1_000_000 + " ms")));
    }

    private void failed(Redis.Call call, Throwable why, BiConsumer<Redis.@Nullable Reply, @Nullable Throwable> done) {
        lose(call, why);
        done.accept(null, why);
    }

    private void lose(Redis.Call call, Throwable why) {
        synchronized (this) {
            if (lost || closed) {
                return;
            }
            lost = true;
            probes = 0;
            lostNanos = env.nanoTime();
        }
        LOG.warn("limit {}: Redis is lost, the fallback decides: {}", name, why.toString());
        tell(() -> listener.redisLost(name, why));
        Redis.Call probe = new Redis.Call(call.key(), call.quota(), call.charge(), 0, 0, List.of());
        later(() -> probe(probe));
    }

    private void later(Runnable probe) {
        env.scheduler()
                .schedule(
                        () -> Decision.onExecutor(env, probe),
                        Math.min(PROBE_NANOS, Math.max(1, timeoutNanos)),
                        TimeUnit.NANOSECONDS);
    }

    private void probe(Redis.Call call) {
        if (closed) {
            return;
        }
        if (!redis.isOpen() || ++probes % PROBES_PER_CONNECTION == 0) {
            redis.renew();
        }
        CompletableFuture<Redis.Reply> reply = redis.decide(call);
        Future<?> timer = env.scheduler().schedule(() -> expire(reply), timeoutNanos, TimeUnit.NANOSECONDS);
        reply.whenComplete((answer, why) -> {
            timer.cancel(false);
            if (why == null) {
                back();
            } else {
                later(() -> probe(call));
            }
        });
    }

    private void back() {
        long nanos;
        synchronized (this) {
            nanos = env.nanoTime() - lostNanos;
            lost = false;
        }
        LOG.info("limit {}: Redis is back after {} ms", name, nanos / 1_000_000);
        tell(() -> listener.redisBack(name, nanos));
    }

    private void tell(Runnable event) {
        Decision.onExecutor(env, () -> {
            try {
                event.run();
            } catch (RuntimeException | Error e) {
                LOG.warn("limit {}: its listener failed", name, e);
            }
        });
    }

    void close() {
        closed = true;
        redis.close();
    }
}
