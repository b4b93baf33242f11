package io.fairlead.crypto;

import io.fairlead.Require;
import java.net.http.HttpRequest;
import java.security.PrivateKey;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * OAuth 1.0a with a body hash, as Mastercard's APIs want it: RSA-SHA256, or RSA-PSS with a salt of 32 bytes (RFC 5849; draft-eaton-oauth-bodyhash).
 *
 * <p>It differs from the RFC where Mastercard's own libraries do, since their servers check what those send: the OAuth parameters
 * are encoded once, not twice, and a query that has nothing percent-encoded is taken as it is.
 */
final class Mastercard implements Scheme {

    private static final Map<String, Algorithm> METHODS =
            Map.of("RSA-SHA256", Algorithm.RSA_SHA256, "RSA-PSS", Algorithm.RSA_PSS_SHA256);

    private final String consumerKey;
    private final String method;
    private final Signatures.Maker maker;

    Mastercard(String consumerKey, String method, PrivateKey key) {
        this.consumerKey = Values.quotable(consumerKey, "consumer key");
        Algorithm algorithm = METHODS.get(Require.notNull(method, "signature method"));
        if (algorithm == null) {
            throw Require.bad("signature method", "\"" + method + "\"", "RSA-SHA256 or RSA-PSS");
        }
        this.method = method;
        this.maker = Signatures.maker(algorithm, key, "signing key");
    }

    @Override
    public Draft draft(HttpRequest request, long millis, String nonce) {
        return sha256 -> headers(HttpMessage.target(request), millis / 1000, nonce, sha256);
    }

    Map<String, String> headers(HttpMessage.Target target, long seconds, String nonce, String sha256) {
        TreeMap<String, String> oauth = new TreeMap<>();
        oauth.put(
                "oauth_body_hash",
                Base64.getEncoder().encodeToString(HexFormat.of().parseHex(sha256)));
        oauth.put("oauth_consumer_key", consumerKey);
        oauth.put("oauth_nonce", nonce);
        oauth.put("oauth_signature_method", method);
        oauth.put("oauth_timestamp", Long.toString(seconds));
        oauth.put("oauth_version", "1.0");
        String signature = Base64.getEncoder().encodeToString(maker.sign(text(target, oauth)));
        oauth.put("oauth_signature", Percent.strict(signature));
        StringJoiner header = new StringJoiner(",", "OAuth ", "");
        oauth.forEach((name, value) -> header.add(name + "=\"" + value + '"'));
        return Map.of("Authorization", header.toString());
    }

    /** The base string (RFC 5849, section 3.4.1). */
    static String text(HttpMessage.Target target, Map<String, String> oauth) {
        return Values.line(target.method(), "method").toUpperCase(Locale.ROOT)
                + '&'
                + Percent.strict(uri(target))
                + '&'
                + Percent.strict(parameters(target.query(), oauth));
    }

    /** Scheme and authority in lower case, the path as it is sent. */
    static String uri(HttpMessage.Target target) {
        String path = target.path().isEmpty() ? "/" : target.path();
        return target.scheme().toLowerCase(Locale.ROOT) + "://" + target.normalAuthority() + path;
    }

    /** Those of the query and those of OAuth, sorted by name and value. */
    static String parameters(@Nullable String query, Map<String, String> oauth) {
        List<String> all = new ArrayList<>();
        oauth.forEach((name, value) -> all.add(name + ' ' + value));
        boolean encoded = query != null && query.indexOf('%') >= 0;
        for (String pair : query == null || query.isEmpty() ? new String[0] : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String value = equals < 0 ? "" : pair.substring(equals + 1);
            all.add(encoded ? Percent.strictAgain(name) + ' ' + Percent.strictAgain(value) : name + ' ' + value);
        }
        Collections.sort(all); // the space sorts before all that a name can have
        StringJoiner joined = new StringJoiner("&");
        all.forEach(one -> joined.add(one.replace(' ', '=')));
        return joined.toString();
    }

    @Override
    public String toString() {
        return "Mastercard OAuth 1.0a";
    }
}
