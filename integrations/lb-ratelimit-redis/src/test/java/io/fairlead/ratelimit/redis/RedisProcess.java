package io.fairlead.ratelimit.redis;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.sync.RedisCommands;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import redis.embedded.core.ExecutableProvider;

/** A real Redis server, in a process of its own. */
final class RedisProcess implements AutoCloseable {

    /** Where the server comes from. */
    enum Origin {
        /** The one that the build brings along. */
        EMBEDDED,
        /** The one of the system's package {@code redis-server}. */
        SYSTEM;

        String executable() {
            if (this == SYSTEM) {
                return "redis-server";
            }
            try {
                return Embedded.PATH;
            } catch (ExceptionInInitializerError e) {
                throw new IllegalStateException("no embedded Redis", e.getCause());
            }
        }
    }

    private static final class Embedded {
        static final String PATH = extract();

        private static String extract() {
            try {
                return ExecutableProvider.newJarResourceProvider().get().getAbsolutePath();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    final int port;
    private final List<String> command = new ArrayList<>();
    private final Path dir;
    private Process process;

    private RedisProcess(Origin origin, int port, String... options) throws IOException {
        this.port = port;
        this.dir = Files.createTempDirectory("redis-" + port);
        command.addAll(List.of(
                origin.executable(),
                "--port",
                "" + port,
                "--bind",
                "127.0.0.1",
                "--dir",
                dir.toString(),
                "--save",
                "",
                "--loglevel",
                "warning"));
        command.addAll(List.of(options));
    }

    static RedisProcess start(Origin origin, String... options) throws Exception {
        RedisProcess redis = new RedisProcess(origin, freePort(), options);
        redis.launch();
        return redis;
    }

    /** A sentinel that watches a master of the name {@code m}. */
    static RedisProcess sentinel(int masterPort) throws Exception {
        int port = freePort();
        Path config = Files.createTempFile("sentinel-" + port, ".conf");
        Files.writeString(config, """
                port %d
                bind 127.0.0.1
                sentinel monitor m 127.0.0.1 %d 2
                sentinel down-after-milliseconds m 500
                sentinel failover-timeout m 3000
                """.formatted(port, masterPort));
        RedisProcess redis = new RedisProcess(Origin.SYSTEM, port);
        redis.command.clear();
        redis.command.addAll(List.of("redis-server", config.toString(), "--sentinel"));
        redis.launch();
        return redis;
    }

    static int freePort() throws IOException {
        while (true) {
            try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                if (socket.getLocalPort() < 50_000) { // a cluster's node has its bus 10 000 above
                    return socket.getLocalPort();
                }
            }
        }
    }

    /** Starts it, at first or again, and waits until it answers. */
    void launch() throws Exception {
        process = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("log").toFile())
                .start();
        until("Redis answers: " + command, () -> {
            if (!process.isAlive()) {
                throw new IllegalStateException("Redis ended: " + command);
            }
            return answers();
        });
    }

    private boolean answers() {
        try {
            return "PONG".equals(ask(RedisCommands::ping));
        } catch (RuntimeException e) {
            return false;
        }
    }

    /** Asks it over a connection for the purpose. */
    <T> T ask(java.util.function.Function<RedisCommands<String, String>, T> question) {
        RedisClient client = RedisClient.create(RedisURI.builder()
                .withHost("127.0.0.1")
                .withPort(port)
                .withTimeout(Duration.ofSeconds(5))
                .build());
        try (var connection = client.connect()) {
            return question.apply(connection.sync());
        } finally {
            client.shutdown(Duration.ZERO, Duration.ofSeconds(5));
        }
    }

    String uri() {
        return "redis://127.0.0.1:" + port;
    }

    long pid() {
        return process.pid();
    }

    /** Ends it at once, as a crash does. */
    void kill() {
        process.destroyForcibly().onExit().join();
    }

    /** Stops it in its tracks: connections stay open, nothing is answered. */
    void pause() throws Exception {
        signal("STOP");
    }

    void unpause() throws Exception {
        signal("CONT");
    }

    private void signal(String name) throws Exception {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid())).start();
        if (kill.waitFor() != 0) {
            throw new IllegalStateException("cannot signal Redis");
        }
    }

    /** Waits for something that comes true in its own time. */
    static void until(String what, BooleanSupplier condition) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("not within " + PATIENCE + ": " + what);
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Override
    public void close() {
        kill();
    }
}
