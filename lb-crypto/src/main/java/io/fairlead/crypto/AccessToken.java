package io.fairlead.crypto;

import io.fairlead.Environment;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A token as an authorization server gave it, and the header that bears it, made once. Immutable; toString shows nothing of it. */
final class AccessToken {

    /** Where the server does not say how long it lives: refreshed each minute it costs nothing, and a 401 tells the rest. */
    private static final long UNSAID = Duration.ofMinutes(1).toNanos();

    /** A token that is said to live longer is fetched anew daily: what was revoked or rotated is noticed. */
    private static final long MOST = Duration.ofHours(24).toNanos();

    /** It must still live when the server looks at it. */
    private static final long ON_ITS_WAY = Duration.ofSeconds(10).toNanos();

    /** Tokens are one header. */
    private static final int MOST_CHARS = 16 * 1024;

    private final String value;
    private final String header;
    private final Map<String, String> headers;

    private AccessToken(String value, String scheme) {
        this.value = value;
        this.header = scheme + ' ' + value;
        this.headers = Map.of("Authorization", header);
    }

    String value() {
        return value;
    }

    /** The value of {@code Authorization}. */
    String header() {
        return header;
    }

    /** The one header as a map. */
    Map<String, String> headers() {
        return headers;
    }

    /**
     * Reads an answer of RFC 6749, section 5.1.
     *
     * @param scheme what token_type has to be: Bearer or DPoP
     * @param bound the confirmation that a token which shows its claims must have, or null
     * @param from when it was asked for, on the nano clock
     * @throws FetchFailure naming the member that is wrong, not its value
     */
    static Lease<AccessToken> read(
            Map<String, Object> json, String scheme, @Nullable Confirmation bound, long from, Environment env)
            throws FetchFailure {
        if (!(json.get("access_token") instanceof String value)
                || value.length() > MOST_CHARS
                || !value.matches("[\\x21-\\x7E]+")) {
            throw bad("access_token", "1 to " + MOST_CHARS + " visible characters");
        }
        if (!(json.get("token_type") instanceof String type) || !type.equalsIgnoreCase(scheme)) {
            throw bad("token_type", scheme);
        }
        Map<String, Object> claims = claims(value);
        if (bound != null) {
            bound.check(claims);
        }
        long life = life(json.get("expires_in"), claims);
        return Lease.of(new AccessToken(value, scheme), from, life, life - Math.min(ON_ITS_WAY, life / 10), env);
    }

    private static FetchFailure bad(String member, String allowed) {
        return new FetchFailure("the answer of the token endpoint has a bad " + member + ": allowed is " + allowed);
    }

    /* Not verified, and believed by nobody but us, who have it from the server itself. Most tokens show nothing. */
    private static @Nullable Map<String, Object> claims(String token) {
        String[] parts = token.split("\\.", 4);
        byte[] payload = parts.length == 3 ? Values.base64Url(parts[1]) : null;
        try {
            return payload == null ? null : ServerAnswer.object(new String(payload, StandardCharsets.UTF_8));
        } catch (ParseException | RuntimeException opaque) {
            return null;
        }
    }

    /* By the difference of two of the server's dates, so that neither clock has to be right. */
    private static long life(@Nullable Object expiresIn, @Nullable Map<String, Object> claims) {
        long seconds = seconds(expiresIn);
        if (seconds <= 0
                && claims != null
                && claims.get("exp") instanceof Number end
                && claims.get("iat") instanceof Number begin) {
            seconds = end.longValue() - begin.longValue();
        }
        return seconds <= 0
                ? UNSAID
                : Math.min(MOST, Duration.ofSeconds(Math.min(seconds, 1L << 30)).toNanos());
    }

    /* Some servers send it as a text. What is no number, or not positive, says nothing. */
    private static long seconds(@Nullable Object value) {
        if (value instanceof Number number) {
            return number.longValue();
        }
        return value instanceof String text && text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
    }

    @Override
    public String toString() {
        return "AccessToken[" + value.length() + " characters]";
    }

    /**
     * What binds a token to a key of ours: its thumbprint, under its name in {@code cnf} (RFC 8705, section 3.1; RFC 9449, section 6.1).
     *
     * @param required whether a token that shows its claims and none of this is refused
     */
    record Confirmation(String member, String thumbprint, boolean required) {

        void check(@Nullable Map<String, Object> claims) throws FetchFailure {
            if (claims == null) {
                return; // opaque: the resource server asks the issuer
            }
            Object confirmation = claims.get("cnf") instanceof Map<?, ?> cnf ? cnf.get(member) : null;
            if (confirmation == null ? required : !thumbprint.equals(confirmation)) {
                throw new FetchFailure("the token is not bound to this client: expected is cnf with its " + member);
            }
        }
    }
}
