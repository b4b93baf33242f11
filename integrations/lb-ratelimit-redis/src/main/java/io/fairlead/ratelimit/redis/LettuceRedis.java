package io.fairlead.ratelimit.redis;

import io.lettuce.core.RedisFuture;
import io.lettuce.core.RedisNoScriptException;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.async.RedisScriptingAsyncCommands;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** A Redis or Valkey, or a cluster of them, over Lettuce. Connects when it is first asked. */
final class LettuceRedis implements Redis {

    /** A connection and its commands. */
    record Link(StatefulConnection<String, String> connection, RedisScriptingAsyncCommands<String, String> commands) {}

    private final Supplier<CompletionStage<Link>> connector;
    private final boolean own;
    private final Runnable closer;
    private final Script script;
    private CompletableFuture<Link> link = new CompletableFuture<>();
    private boolean started;
    private boolean closed;

    /**
     * Connects as told.
     *
     * @param own whether the connection is this module's, to be replaced and closed
     * @param closer closes what else was made for it
     */
    LettuceRedis(Supplier<CompletionStage<Link>> connector, boolean own, Runnable closer, Script script) {
        this.connector = connector;
        this.own = own;
        this.closer = closer;
        this.script = script;
    }

    private synchronized CompletableFuture<Link> link() {
        if (!started && !closed) {
            started = true;
            connect();
        }
        return link;
    }

    private void connect() {
        CompletableFuture<Link> made = link;
        CompletionStage<Link> stage;
        try {
            stage = connector.get();
        } catch (RuntimeException e) {
            made.completeExceptionally(e);
            return;
        }
        stage.whenComplete((connected, why) -> {
            if (why != null) {
                made.completeExceptionally(why);
            } else if (!made.complete(connected) && own) {
                connected.connection().closeAsync(); // came too late
            }
        });
    }

    @Override
    public CompletableFuture<Reply> decide(Call call) {
        CompletableFuture<Reply> reply = new CompletableFuture<>();
        CompletableFuture<Link> connecting = link();
        connecting.whenComplete((connected, why) -> {
            if (why != null) {
                reply.completeExceptionally(why);
            } else if (!reply.isDone()) {
                ask(connected.commands(), call, reply, false);
            }
        });
        return reply;
    }

    private void ask(
            RedisScriptingAsyncCommands<String, String> commands,
            Call call,
            CompletableFuture<Reply> reply,
            boolean whole) {
        RedisFuture<List<Object>> asked;
        try {
            asked = evaluate(commands, call, whole);
        } catch (RuntimeException e) { // rejected while disconnected, or a full queue
            reply.completeExceptionally(e);
            return;
        }
        asked.whenComplete((values, why) -> {
            if (why instanceof RedisNoScriptException && !whole && !reply.isDone()) {
                ask(commands, call, reply, true); // a new server, or its cache was flushed
            } else if (why != null) {
                reply.completeExceptionally(why);
            } else {
                Script.complete(reply, call, values);
            }
        });
        reply.whenComplete((done, why) -> {
            if (why != null) {
                asked.cancel(true); // not written yet, it is never written; not even when Lettuce connects again
            }
        });
    }

    private RedisFuture<List<Object>> evaluate(
            RedisScriptingAsyncCommands<String, String> commands, Call call, boolean whole) {
        String[] keys = {call.key()};
        String[] arguments = Script.arguments(call);
        return whole
                ? commands.eval(script.text(), ScriptOutputType.MULTI, keys, arguments)
                : commands.evalsha(script.digest(), ScriptOutputType.MULTI, keys, arguments);
    }

    @Override
    public synchronized boolean isOpen() {
        if (closed || link.isCompletedExceptionally()) {
            return false;
        }
        Link connected = link.getNow(null);
        return connected == null || connected.connection().isOpen();
    }

    @Override
    public void renew() {
        CompletableFuture<Link> old;
        synchronized (this) {
            if (!own || closed || !started) {
                return;
            }
            old = link;
            link = new CompletableFuture<>();
            connect();
        }
        drop(old);
    }

    /** Closes it, now or when it is connected. */
    private static void drop(CompletableFuture<Link> old) {
        if (!old.completeExceptionally(new IllegalStateException("the connection to Redis was given up"))
                && !old.isCompletedExceptionally()) {
            old.join().connection().closeAsync();
        }
    }

    @Override
    public void close() {
        CompletableFuture<Link> old;
        synchronized (this) {
            closed = true;
            old = link;
        }
        if (own) {
            drop(old);
        }
        closer.run();
    }
}
