package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;

/** How a client proves itself to the authorization server. Thread-safe; toString shows no secret. */
interface ClientAuth {

    /** RFC 7523, section 2.2. */
    String ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

    /** An assertion is for one request on its way; FAPI 2.0 allows 60 s. */
    long ASSERTION_SECONDS = 60;

    /**
     * Adds what proves it.
     *
     * @param audience the issuer, or the token endpoint where no issuer is known
     */
    void prove(Map<String, String> form, HttpRequest.Builder request, String audience, ServerClock clock);

    /** Whether what it adds has a date. */
    default boolean isDated() {
        return false;
    }

    /** Where the client authenticates by nothing, which is a mistake of the setting. */
    static ClientAuth none(String clientId) {
        return new Named("no authentication of client " + clientId, false, (form, request, audience, clock) -> {
            throw new IllegalStateException("client " + clientId
                    + " has no authentication: secret, secretInBody, privateKeyJwt or mutualTls is required");
        });
    }

    /** RFC 6749, section 2.3.1: both are form-encoded before they are joined. */
    static ClientAuth basic(String clientId, String secret) {
        Require.notBlank(clientId, "client id");
        Require.notNull(secret, "client secret");
        String joined = encoded(clientId) + ':' + encoded(secret);
        String header = "Basic " + Base64.getEncoder().encodeToString(joined.getBytes(StandardCharsets.US_ASCII));
        return new Named("secret", false, (form, request, audience, clock) -> request.header("Authorization", header));
    }

    static ClientAuth post(String clientId, String secret) {
        Require.notNull(secret, "client secret");
        return new Named("secret in body", false, (form, request, audience, clock) -> {
            form.put("client_id", clientId);
            form.put("client_secret", secret);
        });
    }

    /** RFC 7523, section 3; the audience is a single text, as FAPI 2.0 wants it. */
    static ClientAuth assertion(String clientId, JoseKey key, Environment env) {
        return new Named(key.toString(), true, (form, request, audience, clock) -> {
            Map<String, Object> claims = new LinkedHashMap<>();
            claims.put("iss", clientId);
            claims.put("sub", clientId);
            claims.put("aud", audience);
            claims.put("jti", Signing.nonce(env));
            claims.put("iat", clock.seconds());
            claims.put("exp", clock.seconds() + ASSERTION_SECONDS);
            form.put("client_id", clientId);
            form.put("client_assertion_type", ASSERTION_TYPE);
            form.put("client_assertion", key.sign(null, claims));
        });
    }

    /** RFC 8705, section 2: the connection proves it, the form says who it is. */
    static ClientAuth certificate(String clientId) {
        return new Named("mutual TLS", false, (form, request, audience, clock) -> form.put("client_id", clientId));
    }

    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** What it does, without what it knows. */
    @FunctionalInterface
    interface Act {
        void prove(Map<String, String> form, HttpRequest.Builder request, String audience, ServerClock clock);
    }

    /** One that shows its name only. */
    record Named(String name, boolean isDated, Act act) implements ClientAuth {

        @Override
        public void prove(Map<String, String> form, HttpRequest.Builder request, String audience, ServerClock clock) {
            act.prove(form, request, audience, clock);
        }

        @Override
        public String toString() {
            return name;
        }
    }
}
