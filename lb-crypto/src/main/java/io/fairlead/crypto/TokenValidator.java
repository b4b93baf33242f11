package io.fairlead.crypto;

import io.fairlead.Environment;
import io.fairlead.Require;
import java.io.IOException;
import java.security.SignatureException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a JSON Web Token (RFC 7519, RFC 9068) is one of an issuer for us, in the way of RFC 8725; {@link Tokens} makes it.
 *
 * <p>The algorithm is one that is allowed here and fits the key, whatever the message names; {@code none}, a shared secret where key
 * pairs are expected, keys for encryption, weak keys, extensions ({@code crit}), and the keys that a message brings along are refused.
 * {@code iss} must be the very issuer, {@code aud} must name us, {@code exp} must be there; {@code exp}, {@code nbf} and {@code iat} may be
 * off by 60 s. Of all certificates and keys that a token is bound to, possession must be shown.
 *
 * <p>Published keys are kept for ten minutes, refreshed ahead, and used for a day while the issuer does not answer. A key id that is not
 * known has them fetched at once; of fetches in vain there are ten, and then one in three seconds, which is how long strangers who
 * invent key ids can keep a rotation from being noticed.
 *
 * <p>Every refusal is the same {@link SignatureException} with the same words. What is refused without looking at the signature is
 * so for what anybody can see; all claims are looked at after it. Thread-safe; a wither gives a new object without keys.
 */
public final class TokenValidator {

    private final TokenRules rules;
    private final Function<TokenRules, KeySource> source;
    private final KeySource keys;
    private final boolean secrets;
    private final @Nullable DpopVerifier given;
    private final DpopVerifier proofs;

    /** @param secrets whether the keys may be shared secrets */
    TokenValidator(TokenRules rules, Function<TokenRules, KeySource> source, boolean secrets) {
        this(rules, source, secrets, null);
    }

    private TokenValidator(
            TokenRules rules, Function<TokenRules, KeySource> source, boolean secrets, @Nullable DpopVerifier given) {
        this.rules = rules;
        this.source = source;
        this.secrets = secrets;
        this.keys = source.apply(rules);
        this.given = given;
        this.proofs = given != null ? given : DpopVerifier.standard().environment(rules.env());
    }

    private TokenValidator with(TokenRules other) {
        return new TokenValidator(other, source, secrets, given);
    }

    /**
     * Allows these algorithms only; default all that rest on a key pair.
     *
     * @param names RS256, PS256, ES256 (and 384, 512), EdDSA; HS256 to HS512 where the keys were given and are secrets
     */
    public TokenValidator algorithms(String... names) {
        return with(rules.algorithms(secrets, names));
    }

    /** Wants this {@code typ}, such as {@code at+jwt} (RFC 9068); default: that, {@code JWT} or none. */
    public TokenValidator type(String type) {
        return with(rules.type(type));
    }

    /** How far clocks may be apart, at most 300 s; default 60 s. */
    public TokenValidator skew(Duration skew) {
        return with(rules.skew(skew));
    }

    /** Allows an issuer without TLS, for a logical host that is balanced over servers behind one; default: loopback only. */
    public TokenValidator plainHttp() {
        return with(rules.allowingPlainHttp());
    }

    /** Checks proofs of DPoP by this, whose memory it shares; default {@link Tokens#dpopVerifier} of its own. */
    public TokenValidator dpop(DpopVerifier verifier) {
        return new TokenValidator(rules, source, secrets, Require.notNull(verifier, "DPoP verifier"));
    }

    /** Another source of time, chance and threads; default {@link Environment#system()}. */
    public TokenValidator environment(Environment env) {
        return with(rules.environment(env));
    }

    /**
     * The claims of a token that is right, unmodifiable. Waits where keys must be fetched.
     *
     * @throws SignatureException if it is not right
     * @throws IOException if there are no keys to be had
     */
    public Map<String, Object> validate(String token) throws SignatureException, IOException {
        return joined(validateAsync(token, null));
    }

    /**
     * The same for a token whose sender has shown possession of the one certificate or key that it is bound to.
     *
     * @param thumbprint such as that of the connection's client certificate by {@link Tokens#thumbprint} (RFC 8705)
     */
    public Map<String, Object> validate(String token, String thumbprint) throws SignatureException, IOException {
        return validate(token, Possession.of(thumbprint));
    }

    /** The same for a token whose sender has shown what it is bound to: a proof of DPoP, a certificate, or both. */
    public Map<String, Object> validate(String token, Possession shown) throws SignatureException, IOException {
        return joined(validateAsync(token, Require.notNull(shown, "possession")));
    }

    private static Map<String, Object> joined(CompletableFuture<Map<String, Object>> claims)
            throws SignatureException, IOException {
        try {
            return claims.join();
        } catch (CompletionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            if (cause instanceof SignatureException) {
                throw Jws.refused(); // a fresh one, of the caller's own stack
            }
            String why = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
            throw new IOException("the token cannot be validated: " + why, cause);
        }
    }

    /**
     * As {@link #validate(String, Possession)} without waiting: the stage fails with the same exceptions.
     *
     * @param shown null where the sender has shown nothing
     */
    public CompletableFuture<Map<String, Object>> validateAsync(String token, @Nullable Possession shown) {
        try {
            Jws jws = Jws.parse(token);
            rules.checkHeader(jws);
            JwsKeys known = keys.usable();
            if (known != null && isBy(jws, known)) {
                return CompletableFuture.completedFuture(right(jws, token, shown));
            }
            return keys.get().thenCompose(found -> signedBy(jws, found)).thenApply(by -> claims(jws, by, token, shown));
        } catch (SignatureException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private static boolean isBy(Jws jws, JwsKeys set) {
        return jws.isBy(set.of(jws.header().getKeyID(), jws.algorithm()));
    }

    /* A key that is not known may be new. Where no id is named, every failure may be that. */
    private CompletableFuture<Boolean> signedBy(Jws jws, JwsKeys known) {
        String id = jws.header().getKeyID();
        boolean valid = isBy(jws, known);
        if (valid || (id != null && known.knows(id))) {
            return CompletableFuture.completedFuture(valid);
        }
        return keys.newer(known, set -> id == null ? isBy(jws, set) : set.knows(id))
                .thenApply(newer -> newer != known && isBy(jws, newer));
    }

    private Map<String, Object> right(Jws jws, String token, @Nullable Possession shown) throws SignatureException {
        Map<String, Object> claims = rules.checkClaims(jws);
        Possession.check(shown, claims, token, proofs);
        return claims;
    }

    private Map<String, Object> claims(Jws jws, boolean signed, String token, @Nullable Possession shown) {
        try {
            if (!signed) {
                throw Jws.refused();
            }
            return right(jws, token, shown);
        } catch (SignatureException e) {
            throw new CompletionException(e);
        }
    }

    @Override
    public String toString() {
        return "TokenValidator[" + rules.issuer() + " for " + rules.audience() + ", " + keys + "]";
    }
}
