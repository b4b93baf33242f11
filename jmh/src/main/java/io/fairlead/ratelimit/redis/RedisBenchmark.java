package io.fairlead.ratelimit.redis;

import io.fairlead.Admission;
import io.fairlead.strategies.BenchAttempt;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.distributed.ExpirationAfterWriteStrategy;
import io.github.bucket4j.redis.lettuce.Bucket4jLettuce;
import io.lettuce.core.RedisClient;
import io.lettuce.core.ScriptOutputType;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.redisson.Redisson;
import org.redisson.api.RRateLimiter;
import org.redisson.api.RateType;
import org.redisson.api.RedissonClient;
import org.redisson.config.Config;
import redis.embedded.RedisServer;

/**
 * How many decisions a second about one hot key, by so many callers ({@code -t}) that each wait for the answer? All on the same Redis; a
 * quota that is never reached. The floor is one script call for each decision, over the one connection that Lettuce pipelines.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
public class RedisBenchmark {

    private static final long PLENTY = 1_000_000_000;

    private final BenchAttempt attempt = new BenchAttempt();
    private RedisServer server;
    private RedisClient client;
    private StatefulRedisConnection<String, String> connection;
    private String digest;
    private RedisAdmission exact;
    private RedisAdmission leased;
    private Bucket bucket4j;
    private RedissonClient redissonClient;
    private RRateLimiter redisson;

    /** Starts the server and all who use it. */
    @Setup
    public void start() throws IOException {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        File dir = Files.createTempDirectory("redis-benchmark").toFile();
        server = RedisServer.newRedisServer()
                .port(port)
                .setting("bind 127.0.0.1")
                .setting("save \"\"")
                .setting("dir " + dir)
                .build();
        server.start();
        String uri = "redis://127.0.0.1:" + port;
        client = RedisClient.create(uri);
        connection = client.connect();
        digest = connection.sync().scriptLoad("return redis.call('INCR', KEYS[1])");
        RedisLimits limits =
                RedisLimits.at(uri).timeout(Duration.ofSeconds(10)).limit(PLENTY, Duration.ofSeconds(1), PLENTY);
        exact = limits.name("exact").exact();
        leased = limits.name("leased").leased();
        bucket4j = plentyOfBucket4j();
        Config config = new Config();
        config.useSingleServer().setAddress(uri);
        redissonClient = Redisson.create(config);
        redisson = redissonClient.getRateLimiter("redisson");
        redisson.trySetRate(RateType.OVERALL, PLENTY, Duration.ofSeconds(1));
    }

    private Bucket plentyOfBucket4j() {
        BucketConfiguration plenty = BucketConfiguration.builder()
                .addLimit(limit -> limit.capacity(PLENTY).refillGreedy(PLENTY, Duration.ofSeconds(1)))
                .build();
        return Bucket4jLettuce.casBasedBuilder(client.connect(ByteArrayCodec.INSTANCE))
                .expirationAfterWrite(
                        ExpirationAfterWriteStrategy.basedOnTimeForRefillingBucketUpToMax(Duration.ofSeconds(10)))
                .build()
                .builder()
                .build("bucket4j".getBytes(StandardCharsets.UTF_8), () -> plenty);
    }

    /** Ends them. */
    @TearDown
    public void stop() throws IOException {
        exact.close();
        leased.close();
        redissonClient.shutdown();
        client.shutdown();
        server.stop();
    }

    /** The floor: one call of the shortest script. */
    @Benchmark
    public Object floor() throws Exception {
        return connection
                .async()
                .evalsha(digest, ScriptOutputType.INTEGER, "floor")
                .get();
    }

    /** This project, exact. */
    @Benchmark
    public Object exact() throws Exception {
        return granted(exact);
    }

    /** This project, leased. */
    @Benchmark
    public Object leased() throws Exception {
        return granted(leased);
    }

    private Admission.Permit granted(Admission limit) throws Exception {
        return limit.admit(attempt, 1_000_000_000).toCompletableFuture().get();
    }

    /** Bucket4j, compare-and-swap. */
    @Benchmark
    public boolean bucket4j() throws Exception {
        return bucket4j.tryConsume(1);
    }

    /** Redisson's limiter. */
    @Benchmark
    public boolean redisson() {
        return redisson.tryAcquire(1);
    }
}
