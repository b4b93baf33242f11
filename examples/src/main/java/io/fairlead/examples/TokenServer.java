package io.fairlead.examples;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.ECDSASigner;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.ECKey;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.KeyUse;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.concurrent.atomic.AtomicInteger;

/** The embedded authorization server: gives tokens of a few seconds for one client's secret (RFC 6749, section 4.4). */
final class TokenServer implements AutoCloseable {

    static final String ISSUER = "http://login";
    static final String AUDIENCE = "bank";

    /** So short that a run of 20 seconds sees several. */
    private static final long LIFE_SECONDS = 5;

    private final HttpServer server;
    private final ECKey key;
    private final String credentials;
    private final AtomicInteger given = new AtomicInteger();

    TokenServer(String clientId, String secret) {
        try {
            key = new ECKeyGenerator(Curve.P_256)
                    .keyID("login-1")
                    .keyUse(KeyUse.SIGNATURE)
                    .generate();
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (JOSEException e) {
            throw new IllegalStateException("every JDK has P-256", e);
        }
        byte[] pair = (clientId + ":" + secret).getBytes(StandardCharsets.UTF_8);
        credentials = "Basic " + Base64.getEncoder().encodeToString(pair);
        server.createContext("/token", this::token);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort();
    }

    /** The public keys, as a JSON Web Key Set. */
    String keys() {
        return new JWKSet(key).toString();
    }

    /** How many tokens it has given. */
    int given() {
        return given.get();
    }

    private void token(HttpExchange exchange) throws IOException {
        try (exchange) {
            String form = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            boolean known = credentials.equals(exchange.getRequestHeaders().getFirst("Authorization"));
            boolean asked = form.contains("grant_type=client_credentials");
            byte[] answer =
                    (known && asked ? granted() : "{\"error\":\"invalid_client\"}").getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            exchange.sendResponseHeaders(known && asked ? 200 : 401, answer.length);
            exchange.getResponseBody().write(answer);
        }
    }

    private String granted() {
        Instant now = Instant.now();
        SignedJWT token = new SignedJWT(
                new JWSHeader.Builder(JWSAlgorithm.ES256).keyID(key.getKeyID()).build(),
                new JWTClaimsSet.Builder()
                        .issuer(ISSUER)
                        .audience(AUDIENCE)
                        .issueTime(Date.from(now))
                        .expirationTime(Date.from(now.plusSeconds(LIFE_SECONDS)))
                        .build());
        try {
            token.sign(new ECDSASigner(key));
        } catch (JOSEException e) {
            throw new IllegalStateException("the token cannot be signed", e);
        }
        given.incrementAndGet();
        return "{\"access_token\":\"" + token.serialize() + "\",\"token_type\":\"Bearer\",\"expires_in\":"
                + LIFE_SECONDS + "}";
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
