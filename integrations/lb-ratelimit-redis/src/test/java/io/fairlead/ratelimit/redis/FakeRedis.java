package io.fairlead.ratelimit.redis;

import io.fairlead.testing.ManualTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A Redis on the manual clock, which decides by {@link Bucket}; one or many limits may use it. */
final class FakeRedis implements Redis {

    enum Mode {
        /** Decides and answers at once. */
        PROMPT,
        /** Decides at once; answers when told. */
        SLOW,
        /** Neither; what was sent is decided later, but nobody hears of it. */
        PAUSED,
        /** Fails at once. */
        FAILING,
        /** Is not connected. */
        GONE
    }

    private record Waiting(
            Call call,
            CompletableFuture<Reply> reply,
            @Nullable Reply decided) {}

    private final ManualTime time;
    private final Map<String, Bucket> buckets = new HashMap<>();
    private final Map<String, Long> births = new HashMap<>();
    private final List<Waiting> waiting = new ArrayList<>();

    /** All calls that were sent and had requests. */
    final List<Call> calls = new ArrayList<>();

    Mode mode = Mode.PROMPT;
    int renewals;
    boolean closed;

    FakeRedis(ManualTime time) {
        this.time = time;
    }

    private long now() {
        return time.nanoTime() / 1_000;
    }

    @Override
    public CompletableFuture<Reply> decide(Call call) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        if (!call.requests().isEmpty()) {
            calls.add(call);
        }
        switch (mode) {
            case PROMPT -> reply.complete(run(call));
            case SLOW -> waiting.add(new Waiting(call, reply, run(call)));
            case PAUSED -> waiting.add(new Waiting(call, reply, null));
            case FAILING, GONE -> reply.completeExceptionally(new IllegalStateException("no Redis here"));
        }
        return reply;
    }

    /** Answers what is waiting, and from now on at once. */
    void resume() {
        mode = Mode.PROMPT;
        answer();
    }

    /** Answers what is waiting; what is asked for by those who hear of it waits again. */
    void answer() {
        List<Waiting> all = List.copyOf(waiting);
        waiting.clear();
        for (Waiting one : all) {
            one.reply().complete(one.decided() == null ? run(one.call()) : one.decided());
        }
    }

    /** Forgets all keys. */
    void flush() {
        buckets.clear();
        births.clear();
    }

    private Reply run(Call call) {
        Bucket bucket = buckets.get(call.key());
        long now = now();
        if (bucket == null) {
            bucket = new Bucket(call.quota(), now, call.debtMicros());
            if (!call.requests().isEmpty()) {
                buckets.put(call.key(), bucket);
                births.put(call.key(), now);
            }
        } else {
            bucket.flow(now);
            if (births.get(call.key()) != call.birth() && call.debtMicros() > 0) {
                bucket.owe(call.debtMicros());
            }
        }
        bucket.charge(call.charge());
        List<Answer> answers = new ArrayList<>();
        for (Request request : call.requests()) {
            answers.add(answer(bucket, request, births.get(call.key())));
        }
        return new Reply(births.getOrDefault(call.key(), now), now, answers);
    }

    static Answer answer(Bucket bucket, Request request, long birth) {
        if (request.want() < 0) {
            if (request.most() == birth) {
                bucket.refund(-request.want(), request.need());
            }
            return new Answer(0, 0);
        }
        long granted = Math.min(request.want(), bucket.room());
        long wait = 0;
        if (granted < request.need()) {
            granted = request.want();
            wait = bucket.waitFor(granted);
            if (wait > request.most()) {
                granted = request.need();
                wait = bucket.waitFor(granted);
            }
            if (wait > request.most()) {
                return new Answer(0, 0);
            }
        }
        bucket.take(granted, wait);
        return new Answer(granted, wait);
    }

    @Override
    public boolean isOpen() {
        return mode != Mode.GONE;
    }

    @Override
    public void renew() {
        renewals++;
    }

    @Override
    public void close() {
        closed = true;
    }
}
