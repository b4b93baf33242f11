package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.jwk.JWK;
import io.fairlead.Environment;
import io.fairlead.Require;
import java.net.URI;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SignatureException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Checks proofs of possession (RFC 9449, section 4.3): for a resource server, or to test what a client sends.
 *
 * <p>A proof is of now, give or take 60 s, and accepted once by this object; {@link Tokens#dpopVerifier} makes it. Every refusal is the
 * same {@link SignatureException}. Thread-safe; a wither begins with no memory.
 */
public final class DpopVerifier {

    private static final Duration TOLERANCE = Duration.ofSeconds(60);
    private static final int REMEMBERED = 100_000;

    private final Freshness freshness;

    private DpopVerifier(Freshness freshness) {
        this.freshness = freshness;
    }

    static DpopVerifier standard() {
        return new DpopVerifier(Freshness.standard().tolerance(TOLERANCE).remember(REMEMBERED));
    }

    /** How far the date of a proof may be from now, either way; default 60 s. */
    public DpopVerifier tolerance(Duration tolerance) {
        return new DpopVerifier(freshness.tolerance(tolerance));
    }

    /** How many proofs are remembered, at most 16 million; default 100 000. While so many are valid at once, further ones are refused. */
    public DpopVerifier remember(int proofs) {
        return new DpopVerifier(freshness.remember(proofs));
    }

    /** Another source of time; default {@link Environment#system()}. */
    public DpopVerifier environment(Environment env) {
        return new DpopVerifier(freshness.environment(env));
    }

    /**
     * Checks the proof of a request.
     *
     * @param proof value of the header {@code DPoP}, of which there must be one
     * @param uri of the request as the client sees it; its query does not count
     * @param accessToken that the request bears; null for a request to the token endpoint
     * @param nonce that the server wants, or null
     * @return the thumbprint of the key, which the token must be bound to: {@link TokenValidator#validate(String, String)}
     */
    public String verify(String proof, String method, URI uri, @Nullable String accessToken, @Nullable String nonce)
            throws SignatureException {
        Require.notNull(method, "method");
        Require.notNull(uri, "uri");
        Jws jws = Jws.parse(proof);
        JWK key = jws.header().getJWK();
        if (key == null || key.isPrivate() || !jws.type().equals("dpop+jwt") || !jws.isBy(List.of(key(key)))) {
            throw Jws.refused();
        }
        Map<String, Object> claims = jws.claims();
        boolean right = method.equals(claims.get("htm"))
                && isSame(claims.get("htu"), uri)
                && (accessToken == null || isHash(claims.get("ath"), accessToken))
                && (nonce == null || nonce.equals(claims.get("nonce")));
        String thumbprint = JwsKeys.thumbprint(key);
        if (!right
                || !(claims.get("jti") instanceof String id)
                || id.isEmpty()
                || !(claims.get("iat") instanceof Number issued)) {
            throw Jws.refused();
        }
        once(thumbprint + ' ' + id, issued.longValue());
        return thumbprint;
    }

    /* Under the key's name: nobody can use up an id of somebody else. */
    private void once(String id, long issued) throws SignatureException {
        try {
            freshness.check(issued, Long.MAX_VALUE, id);
        } catch (SignatureException e) {
            throw Jws.refused();
        }
    }

    private static JwsKeys.Key key(JWK key) throws SignatureException {
        try {
            JWSVerifier verifier = JwsKeys.verifier(key, false);
            if (verifier != null) {
                return new JwsKeys.Key(key, verifier);
            }
        } catch (JOSEException | GeneralSecurityException | RuntimeException e) {
            throw Jws.refused();
        }
        throw Jws.refused();
    }

    private static boolean isHash(@Nullable Object claim, String accessToken) {
        return claim instanceof String hash
                && MessageDigest.isEqual(
                        hash.getBytes(java.nio.charset.StandardCharsets.UTF_8),
                        DpopProofs.hash(accessToken).getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    private static boolean isSame(@Nullable Object claim, URI uri) {
        try {
            return claim instanceof String text && normal(new URI(text)).equals(normal(uri));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /* RFC 3986, section 6.2.2 and 6.2.3, as RFC 9449, section 4.3 wants it: case of scheme and host, default port, empty path. */
    private static String normal(URI uri) {
        String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
        String host = String.valueOf(uri.getHost()).toLowerCase(Locale.ROOT);
        int usual = scheme.equals("https") ? 443 : 80;
        int port = uri.getPort() < 0 ? usual : uri.getPort();
        String path = uri.normalize().getRawPath();
        return scheme + "://" + host + ':' + port + (path == null || path.isEmpty() ? "/" : path);
    }

    @Override
    public String toString() {
        return "DpopVerifier";
    }
}
