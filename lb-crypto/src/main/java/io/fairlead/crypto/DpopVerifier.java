package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSVerifier;
import com.nimbusds.jose.jwk.JWK;
import io.fairlead.Environment;
import io.fairlead.Require;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SignatureException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
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
     * Checks the proof of a request for a token. Authenticate the client first: proofs under keys that anybody can make fill the memory.
     *
     * @param proof value of the header {@code DPoP}, of which there must be one
     * @param uri of the request as the client sees it; its query does not count
     * @param nonce that the server wants, or null
     * @return the thumbprint of the key, which the token is to be bound to
     */
    public String verify(String proof, String method, URI uri, @Nullable String nonce) throws SignatureException {
        return checked(proof, method, uri, null, null, nonce);
    }

    /**
     * Checks the proof of a request with a token that was found right before, such as by introspection; {@link Possession#dpop} has a
     * {@link TokenValidator} do both in their order.
     *
     * @param accessToken that the request bears
     * @param thumbprint of the key that the token is bound to: its {@code cnf.jkt}
     */
    public void verify(
            String proof, String method, URI uri, String accessToken, String thumbprint, @Nullable String nonce)
            throws SignatureException {
        Require.notNull(accessToken, "access token");
        checked(proof, method, uri, accessToken, Require.notNull(thumbprint, "thumbprint"), nonce);
    }

    /* Remembered after all else: what was refused takes no place, and can come again if it is put right. */
    private String checked(
            String proof,
            String method,
            URI uri,
            @Nullable String accessToken,
            @Nullable String expected,
            @Nullable String nonce)
            throws SignatureException {
        Require.notNull(method, "method");
        String target = TargetUri.normal(Require.notNull(uri, "uri"));
        Jws jws = Jws.parse(proof);
        String thumbprint = signedBy(jws, expected);
        Map<String, Object> claims = jws.claims();
        boolean right = method.equals(claims.get("htm"))
                && isSame(claims.get("htu"), target)
                && (accessToken == null || isHash(claims.get("ath"), accessToken))
                && (nonce == null || nonce.equals(claims.get("nonce")));
        if (!right
                || !(claims.get("jti") instanceof String id)
                || id.isEmpty()
                || !(claims.get("iat") instanceof Number issued)) {
            throw Jws.refused();
        }
        once(name(thumbprint, id), issued.longValue());
        return thumbprint;
    }

    /* The thumbprint of the key that the proof brings along and is signed by. */
    private static String signedBy(Jws jws, @Nullable String expected) throws SignatureException {
        JWK key = jws.header().getJWK();
        if (key == null || key.isPrivate() || !jws.type().equals("dpop+jwt")) {
            throw Jws.refused();
        }
        String thumbprint = JwsKeys.thumbprint(key);
        boolean other = expected != null && !expected.equals(thumbprint); // before the signature, which costs more
        if (other || !jws.isBy(List.of(key(key)))) {
            throw Jws.refused();
        }
        return thumbprint;
    }

    /** What is remembered of a proof: of one length, whatever id its sender has thought of (RFC 9449, section 11.1). */
    static String name(String thumbprint, String id) {
        byte[] digest = HmacKey.sha256().digest((thumbprint + ' ' + id).getBytes(StandardCharsets.UTF_8));
        return Base64.getEncoder().encodeToString(digest);
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
                        hash.getBytes(StandardCharsets.UTF_8),
                        DpopProofs.hash(accessToken).getBytes(StandardCharsets.UTF_8));
    }

    /* RFC 9449, section 4.3: compared after normalisation. */
    private static boolean isSame(@Nullable Object claim, @Nullable String target) {
        try {
            return target != null && claim instanceof String text && target.equals(TargetUri.normal(new URI(text)));
        } catch (URISyntaxException | IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public String toString() {
        return "DpopVerifier";
    }
}
