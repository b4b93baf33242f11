package io.fairlead.crypto;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.fairlead.Environment;
import java.net.URI;
import java.net.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes a proof of possession for each request (RFC 9449), and remembers the nonces that servers want in them. Thread-safe. */
final class DpopProofs {

    static final String HEADER = "DPoP";
    static final String NONCE_HEADER = "DPoP-Nonce";

    /** Each nonce is of one server; more servers than that have none that is worth a cache. */
    private static final int MOST_SERVERS = 1000;

    private final JoseKey key;
    private final @Nullable URI outside;
    private final ServerClock clock;
    private final Environment env;
    private final Cache<String, String> nonces;

    /** @param outside scheme and authority that requests have for the server, or null if those of their URI */
    DpopProofs(JoseKey key, @Nullable URI outside, ServerClock clock, Environment env) {
        this.key = key;
        this.outside = outside;
        this.clock = clock;
        this.env = env;
        this.nonces = Caffeine.newBuilder()
                .maximumSize(MOST_SERVERS)
                .executor(Runnable::run)
                .build();
    }

    /** The proof for a request with a token; to be sent once. */
    String proof(String method, URI uri, @Nullable String token) {
        return proof(method, uri, outside, token);
    }

    /** The proof for a request to the authorization server. */
    String proofForToken(URI endpoint) {
        return proof("POST", endpoint, null, null);
    }

    private String proof(String method, URI uri, @Nullable URI seenAs, @Nullable String token) {
        Map<String, Object> claims = new LinkedHashMap<>();
        claims.put("jti", Signing.nonce(env));
        claims.put("htm", method);
        claims.put("htu", target(uri, seenAs));
        claims.put("iat", clock.seconds());
        if (token != null) {
            claims.put("ath", hash(token));
        }
        String nonce = nonces.getIfPresent(server(uri, seenAs));
        if (nonce != null) {
            claims.put("nonce", nonce);
        }
        return key.sign("dpop+jwt", claims);
    }

    /** The URI without query and fragment: RFC 9449, section 4.2. */
    static String target(URI uri, @Nullable URI seenAs) {
        URI from = HttpMessage.asSent(seenAs == null ? uri : seenAs);
        String authority = from.getRawAuthority();
        String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
        return from.getScheme() + "://" + authority.substring(authority.lastIndexOf('@') + 1) + path;
    }

    /** Base64url of SHA-256, as the claim ath has it. */
    static String hash(String token) {
        byte[] digest = HmacKey.sha256().digest(token.getBytes(StandardCharsets.US_ASCII));
        return Base64.getUrlEncoder().withoutPadding().encodeToString(digest);
    }

    private static String server(URI uri, @Nullable URI seenAs) {
        return HttpMessage.asSent(seenAs == null ? uri : seenAs)
                .getRawAuthority()
                .toLowerCase(Locale.ROOT);
    }

    /** Remembers the nonce of an answer, if it has one. Whether it has one. */
    boolean learn(URI uri, HttpHeaders headers) {
        return learn(server(uri, outside), headers);
    }

    /** The same of the authorization server. */
    boolean learnForToken(URI endpoint, HttpHeaders headers) {
        return learn(server(endpoint, null), headers);
    }

    /* RFC 9449, section 8.1: visible characters but quotes and backslashes. */
    private boolean learn(String server, HttpHeaders headers) {
        String nonce = headers.firstValue(NONCE_HEADER).orElse("");
        if (!nonce.matches("[\\x21\\x23-\\x5B\\x5D-\\x7E]{1,1024}")) {
            return false;
        }
        nonces.put(server, nonce);
        return true;
    }

    String thumbprint() {
        return key.thumbprint();
    }

    @Override
    public String toString() {
        return "DpopProofs[" + key + "]";
    }
}
