package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.jwk.source.ImmutableJWKSet;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.DefaultJWTClaimsVerifier;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import com.sun.net.httpserver.HttpServer;
import io.fairlead.Environment;
import io.fairlead.RequestSigner;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.text.ParseException;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** What does a cached token add to a call, and our validation of a token to that of nimbus alone? */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TokenBenchmark {

    private static final String ISSUER = "https://as.example";
    private static final String US = "https://rs.example";

    private final HttpRequest request = HttpRequest.newBuilder(URI.create("https://api.example/v1/pay"))
            .header("Content-Type", "application/json")
            .header("Idempotency-Key", "5f1c72e2")
            .POST(BodyPublishers.ofString("{}"))
            .build();
    private final Map<String, String> header = Map.of("Authorization", "Bearer " + "t".repeat(800));

    private @Nullable HttpServer server;
    private RequestSigner signer = r -> r;
    private Fetched<String> fetched =
            new Fetched<>("value", 1, Environment.system(), (from, wire) -> new CompletableFuture<>());

    /** Has a token fetched. */
    @Setup
    public void setUp() throws IOException {
        HttpServer own = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        byte[] token = ("{\"access_token\":\"" + "t".repeat(800) + "\",\"token_type\":\"Bearer\",\"expires_in\":86400}")
                .getBytes(StandardCharsets.UTF_8);
        own.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, token.length);
            exchange.getResponseBody().write(token);
            exchange.close();
        });
        own.start();
        server = own;
        String endpoint = "http://127.0.0.1:" + own.getAddress().getPort() + "/token";
        signer = Tokens.clientCredentialsAt(endpoint, "me", HttpClient.newHttpClient())
                .secret("x");
        signer.sign(request);
        Environment env = Environment.system();
        long day = TimeUnit.DAYS.toNanos(1);
        fetched = new Fetched<>(
                "value",
                day,
                env,
                (from, wire) -> CompletableFuture.completedFuture(Lease.of("t", from, day, day, env)));
        fetched.get().join();
    }

    /** Stops the server. */
    @TearDown
    public void tearDown() {
        if (server != null) {
            server.stop(0);
        }
    }

    /** The token alone: is there a usable one? */
    @Benchmark
    public Object cachedToken() {
        return fetched.usable();
    }

    /** The floor of any signer: a copy of the request with one header more. */
    @Benchmark
    public HttpRequest headerCopy() {
        return new SignedRequest(request, header, request.bodyPublisher().orElse(null));
    }

    /** The signer: token, copy and the stage. */
    @Benchmark
    public Object signed() {
        return signer.signAsync(request);
    }

    /** A token and both ways to judge it. */
    @State(Scope.Benchmark)
    public static class Judged {

        /** Of the signature. */
        @Param({"RS256", "ES256"})
        public String algorithm = "RS256";

        private String token = "";
        private TokenValidator ours =
                Tokens.validatorOf("{\"kty\":\"oct\",\"k\":\"" + "A".repeat(43) + "\"}", ISSUER, US);
        private DefaultJWTProcessor<SecurityContext> nimbus = new DefaultJWTProcessor<>();

        /** Makes both. */
        @Setup
        public void setUp() throws JOSEException {
            boolean rsa = algorithm.equals("RS256");
            JWK key = rsa
                    ? new RSAKeyGenerator(2048).keyID("k").generate()
                    : new ECKeyGenerator(Curve.P_256).keyID("k").generate();
            token = JoseKey.named(
                            "k",
                            algorithm,
                            rsa ? key.toRSAKey().toPrivateKey() : key.toECKey().toPrivateKey())
                    .sign(
                            null,
                            Map.of(
                                    "iss",
                                    ISSUER,
                                    "aud",
                                    US,
                                    "sub",
                                    "client",
                                    "exp",
                                    Environment.system().now().getEpochSecond() + 86_400));
            ours = Tokens.validatorOf(new JWKSet(key).toString(true), ISSUER, US);
            nimbus.setJWSKeySelector(new JWSVerificationKeySelector<>(
                    JWSAlgorithm.parse(algorithm), new ImmutableJWKSet<>(new JWKSet(key.toPublicJWK()))));
            nimbus.setJWTClaimsSetVerifier(new DefaultJWTClaimsVerifier<>(
                    US, new JWTClaimsSet.Builder().issuer(ISSUER).build(), Set.of("exp")));
        }
    }

    /** Our validation. */
    @Benchmark
    public Object validatedByUs(Judged judged) throws SignatureException, IOException {
        return judged.ours.validate(judged.token);
    }

    /** That of nimbus alone. */
    @Benchmark
    public Object validatedByNimbus(Judged judged) throws ParseException, BadJOSEException, JOSEException {
        return judged.nimbus.process(judged.token, null);
    }
}
