package io.fairlead.strategies;

import io.fairlead.Endpoint;
import io.fairlead.Require;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A cookie of our own that names an endpoint, for stickiness without memory: whoever passes responses on to a browser adds {@link
 * #issue} for the endpoint that answered, and passes the browser's {@code Cookie} header on with later requests. Every process with
 * the same key honours it. Its value is a keyed digest (HMAC-SHA-256, 128 bits) of the endpoint's URI: it tells no address, and
 * nobody without the key can choose a server.
 *
 * <p>Immutable, thread-safe. {@link #toString} does not show the key.
 */
public final class StickyCookie {

    private static final String HMAC = "HmacSHA256";
    private static final int LEAST_KEY_BYTES = 16;
    private static final int DIGEST_BYTES = 16;

    private final String name;
    private final SecretKeySpec key;

    private StickyCookie(String name, SecretKeySpec key) {
        this.name = name;
        this.key = key;
    }

    /**
     * A cookie.
     *
     * @param name its name, a token (RFC 6265, section 4.1.1)
     * @param key 16 bytes or more, secret, the same in all processes; copied
     * @throws IllegalArgumentException for another name or a shorter key
     */
    public static StickyCookie of(String name, byte[] key) {
        if (!Require.notBlank(name, "name of the sticky cookie").matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+")) {
            throw Require.bad("name of the sticky cookie", "\"" + name + "\"", "a token (RFC 6265, section 4.1.1)");
        }
        Require.notNull(key, "key of the sticky cookie");
        if (key.length < LEAST_KEY_BYTES) {
            throw Require.bad("key of the sticky cookie", key.length + " bytes", LEAST_KEY_BYTES + " bytes or more");
        }
        return new StickyCookie(name, new SecretKeySpec(key, HMAC));
    }

    /**
     * The value of a {@code Set-Cookie} header that leads to this endpoint.
     *
     * @param endpoint the one that answered, {@code BalancedClient.endpointOf(response)}
     * @param lifetime how long the browser shall keep it, a second or more
     */
    public String issue(Endpoint endpoint, Duration lifetime) {
        Require.notNull(endpoint, "endpoint of the sticky cookie");
        long seconds = Require.between(
                Require.notNull(lifetime, "lifetime of the sticky cookie").toSeconds(),
                1,
                Long.MAX_VALUE,
                "lifetime of the sticky cookie (s)");
        return name + "=" + valueOf(endpoint.target().uri()) + "; Max-Age=" + seconds
                + "; Path=/; HttpOnly; Secure; SameSite=Lax";
    }

    String name() {
        return name;
    }

    String valueOf(URI uri) {
        try {
            Mac mac = Mac.getInstance(HMAC);
            mac.init(key);
            byte[] digest = mac.doFinal(uri.toString().getBytes(StandardCharsets.UTF_8));
            return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(digest, DIGEST_BYTES));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("every Java platform has " + HMAC, e);
        }
    }

    @Override
    public String toString() {
        return "sticky cookie " + name;
    }
}
