package io.fairlead.ratelimit.redis;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.api.async.RedisScriptingAsyncCommands;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/** The ways to a Redis. A bad address is found at once; whether someone answers there, when it is first needed. */
final class Connectors {

    private Connectors() {}

    static Function<Script, Redis> at(String uri) {
        RedisURI address = RedisURI.create(uri);
        return script -> {
            ClientResources resources = resources();
            RedisClient client = RedisClient.create(resources);
            client.setOptions(options(ClientOptions.builder())
                    .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
                    .build());
            return new LettuceRedis(
                    () -> client.connectAsync(StringCodec.UTF8, address).thenApply(Connectors::link),
                    true,
                    () -> client.shutdownAsync(0, 2, TimeUnit.SECONDS)
                            .whenComplete((done, why) -> resources.shutdown(0, 2, TimeUnit.SECONDS)),
                    script);
        };
    }

    static Function<Script, Redis> atCluster(String uri) {
        List<RedisURI> addresses = RedisClusterURIUtil.toRedisURIs(URI.create(uri));
        return script -> {
            ClientResources resources = resources();
            RedisClusterClient client = RedisClusterClient.create(resources, addresses);
            ClusterTopologyRefreshOptions refresh = ClusterTopologyRefreshOptions.builder()
                    .enablePeriodicRefresh(Duration.ofSeconds(15))
                    .adaptiveRefreshTriggersTimeout(Duration.ofSeconds(1))
                    .build();
            ClusterClientOptions.Builder options =
                    ClusterClientOptions.builder().topologyRefreshOptions(refresh);
            options(options);
            client.setOptions(options.build());
            return new LettuceRedis(
                    () -> connect(client),
                    true,
                    () -> client.shutdownAsync(0, 2, TimeUnit.SECONDS)
                            .whenComplete((done, why) -> resources.shutdown(0, 2, TimeUnit.SECONDS)),
                    script);
        };
    }

    /*
     * A decision that was not answered is made elsewhere by the time that there is a connection again: nothing is sent again. Nor is anything
     * kept for it, but in a cluster, where each node is connected only when the first command for it is there.
     */
    private static ClientOptions.Builder options(ClientOptions.Builder options) {
        return options.replayFilter(command -> true).requestQueueSize(16_384);
    }

    /* Lettuce's own delay grows to 30 s; a server that was away for a minute would be missed for half of one. */
    private static ClientResources resources() {
        return ClientResources.builder()
                .reconnectDelay(Delay.constant(Duration.ofMillis(250)))
                .build();
    }

    static Function<Script, Redis> over(RedisClient client, RedisURI uri) {
        return script -> new LettuceRedis(
                () -> client.connectAsync(StringCodec.UTF8, uri).thenApply(Connectors::link), true, () -> {}, script);
    }

    static Function<Script, Redis> over(RedisClusterClient client) {
        return script -> new LettuceRedis(() -> connect(client), true, () -> {}, script);
    }

    static Function<Script, Redis> shared(
            StatefulConnection<String, String> connection, RedisScriptingAsyncCommands<String, String> commands) {
        LettuceRedis.Link link = new LettuceRedis.Link(connection, commands);
        return script -> new LettuceRedis(() -> CompletableFuture.completedFuture(link), false, () -> {}, script);
    }

    /* Lettuce knows the nodes only once it was told to look; its blocking connect() does both. */
    private static CompletionStage<LettuceRedis.Link> connect(RedisClusterClient client) {
        return client.refreshPartitionsAsync()
                .thenCompose(looked -> client.connectAsync(StringCodec.UTF8))
                .thenApply(Connectors::link);
    }

    private static LettuceRedis.Link link(StatefulRedisConnection<String, String> connection) {
        return new LettuceRedis.Link(connection, connection.async());
    }

    private static LettuceRedis.Link link(StatefulRedisClusterConnection<String, String> connection) {
        return new LettuceRedis.Link(connection, connection.async());
    }
}
