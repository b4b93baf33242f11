package io.fairlead.crypto;

import com.nimbusds.jose.JWSAlgorithm;
import io.fairlead.Environment;
import io.fairlead.Require;
import java.security.SignatureException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a token must say, beside being signed. Immutable; each failure is the same.
 *
 * @param type the one type that is allowed, or null for the usual ones
 * @param plainHttp whether the keys may come without TLS
 */
record TokenRules(
        String issuer,
        String audience,
        Set<String> algorithms,
        @Nullable String type,
        Duration skew,
        boolean plainHttp,
        Environment env) {

    /** Those of RFC 7518, section 3.1, and RFC 8037 that rest on a key pair. */
    static final Set<String> PAIRS =
            Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519");

    private static final Set<String> SECRETS = Set.of("HS256", "HS384", "HS512");

    /** A token is no logout token, proof or event, whatever else it says: RFC 8725, section 3.11. */
    private static final Set<String> USUAL_TYPES = Set.of("", "jwt", "at+jwt");

    static TokenRules of(String issuer, String audience) {
        return new TokenRules(
                Require.notBlank(issuer, "issuer"),
                Require.notBlank(audience, "audience"),
                PAIRS,
                null,
                Duration.ofSeconds(60),
                false,
                Environment.system());
    }

    TokenRules algorithms(boolean secrets, String... names) {
        Set<String> allowed = new TreeSet<>(PAIRS);
        if (secrets) {
            allowed.addAll(SECRETS);
        }
        Set<String> chosen = Arrays.stream(names).collect(Collectors.toUnmodifiableSet());
        if (chosen.isEmpty() || !allowed.containsAll(chosen)) {
            throw Require.bad("algorithms", new TreeSet<>(chosen), "one or more of " + allowed);
        }
        return new TokenRules(issuer, audience, chosen, type, skew, plainHttp, env);
    }

    TokenRules type(String one) {
        String lower = Require.notBlank(one, "type").toLowerCase(java.util.Locale.ROOT);
        return new TokenRules(issuer, audience, algorithms, lower, skew, plainHttp, env);
    }

    TokenRules skew(Duration other) {
        Require.between(Require.nanos(other, "skew") / 1_000_000_000L, 0, 300, "skew in seconds");
        return new TokenRules(issuer, audience, algorithms, type, other, plainHttp, env);
    }

    TokenRules environment(Environment other) {
        return new TokenRules(
                issuer, audience, algorithms, type, skew, plainHttp, Require.notNull(other, "environment"));
    }

    TokenRules allowingPlainHttp() {
        return new TokenRules(issuer, audience, algorithms, type, skew, true, env);
    }

    /** Before a key is looked for. */
    void checkHeader(Jws jws) throws SignatureException {
        JWSAlgorithm algorithm = jws.algorithm();
        boolean typed = type == null ? USUAL_TYPES.contains(jws.type()) : type.equals(jws.type());
        if (!algorithms.contains(algorithm.getName()) || !typed) {
            throw Jws.refused();
        }
    }

    /** After the signature was found right. What the token is bound to is left to {@link Possession}. */
    Map<String, Object> checkClaims(Jws jws) throws SignatureException {
        Map<String, Object> claims = jws.claims();
        boolean right = issuer.equals(claims.get("iss")) && isFor(claims.get("aud")) && isOfNow(claims);
        if (!right) {
            throw Jws.refused();
        }
        return java.util.Collections.unmodifiableMap(claims);
    }

    private boolean isFor(@Nullable Object audiences) {
        return audiences instanceof List<?> several ? several.contains(audience) : audience.equals(audiences);
    }

    /* RFC 7519, section 4.1: an end is required here, since a token without one is valid for ever. */
    private boolean isOfNow(Map<String, Object> claims) {
        double now = env.now().getEpochSecond();
        double off = skew.toSeconds();
        return now - off < seconds(claims, "exp", Double.NaN)
                && now + off >= seconds(claims, "nbf", 0)
                && now + off >= seconds(claims, "iat", 0);
    }

    /* What is there and no number compares as false. */
    private static double seconds(Map<String, Object> claims, String name, double otherwise) {
        if (!claims.containsKey(name)) {
            return otherwise;
        }
        return claims.get(name) instanceof Number number ? number.doubleValue() : Double.NaN;
    }
}
