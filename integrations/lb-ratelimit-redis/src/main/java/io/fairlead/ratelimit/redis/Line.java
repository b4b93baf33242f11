package io.fairlead.ratelimit.redis;

import io.fairlead.Environment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * The way to the permits of one key: to Redis, or while that is lost to what the fallback grants. Safe for use by many threads.
 */
final class Line {

    /*
     * One call is on its way at a time; what is asked meanwhile goes together with the next one, in the order of asking. So the busier a
     * key, the more decisions a call carries, and nobody waits for more than the call before his own.
     *
     * The state of a key is kept where it may be lost (no persistence, a failover to a replica that lags, a flush). A key that is made anew
     * begins empty, and this process adds what only it knows: until when it told its callers to wait. If all who were told do so, the key is
     * as if it had not been lost.
     *
     * What the fallback grants is charged to Redis with the first call that it answers again: the buckets of the processes are shares of the
     * one there, so what is missing from them all is missing from that one. It begins empty then, as a lost one does, since others may not have
     * told yet what they granted.
     */
    private static final int MOST_REQUESTS = 256;

    private static final List<Long> NOTHING = Collections.nCopies(Quota.MOST_LIMITS, 0L);

    private final String key;
    private final Quota quota;
    private final Fallback fallback;
    private final Availability redis;
    private final Environment env;
    private final long originNanos;

    /** Guarded by this, as is all that changes. */
    private final ArrayDeque<Op> queue = new ArrayDeque<>();

    private boolean busy;
    private long birth;

    /** The last moment that someone was told, by this process's clock; errs to the earlier. */
    private long toldNanos;

    /** What the fallback granted, until it is charged. */
    private @Nullable Bucket local;

    private boolean localUsed;

    Line(String key, Quota quota, Fallback fallback, Availability redis, Environment env) {
        this.key = key;
        this.quota = quota;
        this.fallback = fallback;
        this.redis = redis;
        this.env = env;
        this.originNanos = env.nanoTime();
        this.toldNanos = originNanos;
    }

    /** Answers an op, or the fallback does. */
    void submit(Op op) {
        if (redis.isLost()) {
            op.lost(this, null);
            return;
        }
        synchronized (this) {
            queue.add(op);
            if (busy) {
                return;
            }
            busy = true;
        }
        send();
    }

    private void send() {
        List<Op> batch = new ArrayList<>();
        Redis.Call call;
        long now = env.nanoTime();
        synchronized (this) {
            while (batch.size() < MOST_REQUESTS && !queue.isEmpty()) {
                batch.add(queue.remove());
            }
            if (batch.isEmpty()) {
                busy = false;
                return;
            }
            List<Redis.Request> requests = new ArrayList<>(batch.size());
            for (Op op : batch) {
                requests.add(op.request(now));
            }
            call = new Redis.Call(key, quota, charge(now), birth, debt(now), requests);
        }
        try {
            redis.decide(call, (reply, why) -> {
                if (reply != null) {
                    answered(batch, reply, now);
                } else {
                    lost(batch, why);
                }
            });
        } catch (RejectedExecutionException e) { // no timers any more: it could not be told when to give up
            lost(batch, e);
        }
    }

    private void answered(List<Op> batch, Redis.Reply reply, long sentNanos) {
        synchronized (this) {
            if (!localUsed) {
                local = null; // charged with this call, and not used since
            }
            birth = reply.birth();
            for (Redis.Answer answer : reply.answers()) {
                long told = sentNanos + answer.waitMicros() * 1_000;
                toldNanos = told - toldNanos > 0 ? told : toldNanos;
            }
        }
        send(); // first the next call, then the answers: they can be given while it is on its way
        for (int i = 0; i < batch.size(); i++) {
            Redis.Answer answer = reply.answers().get(i);
            batch.get(i)
                    .answered(new Op.Grant(
                            answer.granted(),
                            answer.waitMicros() * 1_000,
                            reply.now() + answer.waitMicros(),
                            reply.birth()));
        }
    }

    private void lost(List<Op> batch, @Nullable Throwable why) {
        List<Op> all = new ArrayList<>(batch);
        synchronized (this) {
            all.addAll(queue); // they would meet the same
            queue.clear();
            busy = false;
        }
        for (Op op : all) {
            op.lost(this, why);
        }
    }

    /** Gives back what was granted for a moment and is not used. */
    void refund(long permits, long moment, long birth) {
        if (birth == Op.Grant.LOCAL) {
            synchronized (this) {
                if (local != null) {
                    local.flow(micros(env.nanoTime()));
                    local.refund(permits, moment);
                }
            }
        } else if (!redis.isLost()) {
            submit(new Refund(permits, moment, birth));
        }
    }

    /** Nobody waits for it: a refund that does not arrive makes the limit stricter, never looser. */
    private record Refund(long permits, long moment, long birth) implements Op {

        @Override
        public Redis.Request request(long nowNanos) {
            return new Redis.Request(-permits, moment, birth);
        }

        @Override
        public void answered(Grant grant) {}

        @Override
        public void lost(Line line, @Nullable Throwable why) {}
    }

    // ---- without Redis ----------------------------------------------------------------------------------------------

    /** Answers a decision without Redis. */
    void fallback(Decision decision) {
        switch (fallback.kind()) {
            case OPEN -> decision.answered(new Op.Grant(decision.permits, 0, 0, Op.Grant.LOCAL));
            case CLOSED -> decision.refuse("Redis does not answer, and without it nothing is granted");
            case SHARE -> decision.answered(share(decision));
        }
    }

    private synchronized Op.Grant share(Decision decision) {
        long nowNanos = env.nanoTime();
        long now = micros(nowNanos);
        Bucket bucket = local;
        if (bucket == null) {
            bucket = new Bucket(fallback.share(), now, Math.max(0, toldNanos - nowNanos) / 1_000);
            local = bucket;
        }
        bucket.flow(now);
        long wait = bucket.waitFor(decision.permits);
        if (wait > decision.leftNanos(nowNanos) / 1_000 || wait > Quota.MOST_WAIT) {
            return new Op.Grant(0, 0, 0, Op.Grant.LOCAL);
        }
        bucket.take(decision.permits, wait);
        localUsed = true;
        birth = 0; // whatever is there now is not what was known
        return new Op.Grant(decision.permits, wait * 1_000, now + wait, Op.Grant.LOCAL);
    }

    /** What the whole is to be charged for the share that was used. */
    private List<Long> charge(long nowNanos) {
        Bucket bucket = local;
        if (bucket == null) {
            return NOTHING.subList(0, quota.size());
        }
        bucket.flow(micros(nowNanos));
        localUsed = false;
        List<Long> charge = new ArrayList<>();
        for (long missing : bucket.missing()) {
            charge.add(-Math.floorDiv(-missing, fallback.processes()));
        }
        return charge;
    }

    private long debt(long nowNanos) {
        long debt = Math.max(0, toldNanos - nowNanos) / 1_000;
        return local == null ? debt : Math.max(1, debt);
    }

    private long micros(long nanos) {
        return (nanos - originNanos) / 1_000;
    }

    @Override
    public String toString() {
        return "Line[" + quota + "]"; // not the key, which may be a secret
    }
}
