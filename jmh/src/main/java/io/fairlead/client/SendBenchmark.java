package io.fairlead.client;

import io.fairlead.Service;
import io.fairlead.crypto.Signers;
import io.fairlead.ratelimit.RateLimiters;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
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

/**
 * What does a balanced call cost over a raw one, to the same server on loopback? With one signer and one limiter. The server is a
 * process of its own ({@link OkServer}), so that the bytes allocated are the client's.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class SendBenchmark {

    private Process server;
    private HttpClient raw;
    private BalancedClient balanced;
    private HttpRequest rawRequest;
    private HttpRequest balancedRequest;

    /** Starts the server and the clients. */
    @Setup
    public void setUp() throws IOException {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        server = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), OkServer.class.getName())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        BufferedReader out =
                new BufferedReader(new InputStreamReader(server.getInputStream(), StandardCharsets.US_ASCII));
        String url = "http://127.0.0.1:" + out.readLine();
        raw = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        balanced = BalancedClient.wrap(
                raw,
                Service.named("payments")
                        .targets(url)
                        .rateLimiter(RateLimiters.tokenBucket(1_000_000, Duration.ofSeconds(1))
                                .build())
                        .signer(Signers.hmacSha256("key", new byte[32]))
                        .build());
        rawRequest = request(url);
        balancedRequest = request("http://payments");
    }

    private static HttpRequest request(String base) {
        return HttpRequest.newBuilder(URI.create(base + "/charge"))
                .header("Content-Type", "application/json")
                .timeout(Duration.ofSeconds(5))
                .POST(BodyPublishers.ofString("{\"amount\":125}"))
                .build();
    }

    /** Ends both. */
    @TearDown
    public void tearDown() {
        balanced.close();
        server.destroy();
    }

    /** The floor. */
    @Benchmark
    public int rawSend() throws IOException, InterruptedException {
        return raw.send(rawRequest, BodyHandlers.ofString()).statusCode();
    }

    /** Ours. */
    @Benchmark
    public int balancedSend() throws IOException, InterruptedException {
        return balanced.send(balancedRequest, BodyHandlers.ofString()).statusCode();
    }

    /** The floor. */
    @Benchmark
    public int rawSendAsync() {
        return raw.sendAsync(rawRequest, BodyHandlers.ofString()).join().statusCode();
    }

    /** Ours. */
    @Benchmark
    public int balancedSendAsync() {
        return balanced.sendAsync(balancedRequest, BodyHandlers.ofString())
                .join()
                .statusCode();
    }
}
