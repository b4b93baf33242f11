package io.fairlead.crypto;

import io.fairlead.Require;
import java.net.http.HttpHeaders;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.SignatureException;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks signatures after draft-cavage-http-signatures-12, as some banks put them on replies and push messages. The key decides the
 * algorithm; {@code (created)} and {@code (expires)} are refused, as {@link Cavage} says.
 */
final class CavageReplies implements Proof {

    private static final Pattern PARAMETER =
            Pattern.compile("(keyId|algorithm|headers|signature)=\"([^\"\\\\]*)\"(?:[ \\t]*,[ \\t]*|$)");
    private static final Map<String, String> DIGESTS = Map.of("SHA-256", "SHA-256", "SHA-512", "SHA-512");

    private final Map<String, Signatures.Checker> keys = new HashMap<>();
    private final String algorithm;
    private final List<String> required;

    CavageReplies(Map<String, PublicKey> keys, String algorithm, String... required) {
        if (Require.notNull(keys, "keys").isEmpty()) {
            throw Require.bad("keys", "empty", "at least one");
        }
        Algorithm known = Cavage.algorithm(algorithm);
        keys.forEach((id, key) ->
                this.keys.put(Values.quotable(id, "key id"), Signatures.checker(known, key, "public key of " + id)));
        this.algorithm = algorithm;
        this.required = List.of(Require.notNull(required, "headers")).stream()
                .map(name -> name.toLowerCase(Locale.ROOT))
                .toList();
        if (this.required.isEmpty()) {
            throw Require.bad("headers", "empty", "at least one that must be covered");
        }
    }

    @Override
    public Claim check(Headers headers, byte[] body) throws SignatureException {
        return check(headers, headers.message(), body);
    }

    /** @param message with a target, if {@code (request-target)} may be covered */
    Claim check(Headers headers, HttpMessage message, byte[] body) throws SignatureException {
        Map<String, String> parameters = parameters(headers.one("signature"));
        List<String> covered = List.of(parameters.getOrDefault("headers", "").split(" ", -1));
        if (!covered.containsAll(required) || new HashSet<>(covered).size() != covered.size()) {
            throw new SignatureException("not all that is required is covered, or something twice");
        }
        // An unknown key and a wrong signature are the same answer.
        Signatures.Checker key = keys.get(parameters.getOrDefault("keyId", ""));
        byte[] signature = Values.base64(parameters.getOrDefault("signature", ""));
        if (key == null || signature == null || !key.isValid(signature, text(covered, message))) {
            throw new SignatureException("wrong signature or unknown key");
        }
        if (covered.contains("digest")) {
            checkDigest(headers.one("digest"), body);
        }
        return new Claim(covered.contains("date") ? seconds(headers.one("date")) : Claim.UNDATED, null);
    }

    private Map<String, String> parameters(String header) throws SignatureException {
        Map<String, String> parameters = new HashMap<>();
        Matcher matcher = PARAMETER.matcher(header);
        int end = 0;
        boolean once = true;
        while (once && end < header.length() && matcher.find(end) && matcher.start() == end) {
            once = parameters.put(matcher.group(1), matcher.group(2)) == null;
            end = matcher.end();
        }
        String named = parameters.putIfAbsent("algorithm", algorithm);
        boolean right = named == null || named.equals(algorithm) || named.equals("hs2019");
        if (!once
                || end != header.length()
                || header.stripTrailing().endsWith(",")
                || parameters.size() != 4
                || !right) {
            throw new SignatureException("malformed header signature");
        }
        return parameters;
    }

    private static String text(List<String> covered, HttpMessage message) throws SignatureException {
        for (String name : covered) {
            boolean there = name.equals(Cavage.TARGET)
                    ? message.target() != null
                    : name.matches("[a-z0-9_-]+") && message.headers().containsKey(name);
            if (!there) {
                throw new SignatureException("a header is covered that is not there");
            }
        }
        try {
            return Cavage.text(covered, message);
        } catch (IllegalArgumentException e) {
            throw new SignatureException("malformed header that is covered");
        }
    }

    /** RFC 3230: at least one digest of a known algorithm, and all of them of this body. */
    private static void checkDigest(String header, byte[] body) throws SignatureException {
        boolean known = false;
        for (String one : header.split(",", -1)) {
            int equals = one.indexOf('=');
            String name =
                    DIGESTS.get(one.substring(0, Math.max(0, equals)).strip().toUpperCase(Locale.ROOT));
            if (name != null) {
                byte[] given = Values.base64(one.substring(equals + 1).strip());
                known = given != null && MessageDigest.isEqual(given, digest(name, body));
                if (!known) {
                    break;
                }
            }
        }
        if (!known) {
            throw new SignatureException("the digest is not that of the body");
        }
    }

    private static byte[] digest(String name, byte[] body) {
        try {
            return MessageDigest.getInstance(name).digest(body);
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("the JDK has no " + name, e);
        }
    }

    private static long seconds(String date) throws SignatureException {
        Instant parsed = ClockFollower.date(HttpHeaders.of(Map.of("Date", List.of(date)), (n, v) -> true));
        if (parsed == null) {
            throw new SignatureException("malformed date of the signature");
        }
        return parsed.getEpochSecond();
    }

    @Override
    public boolean hasNonce() {
        return false;
    }

    @Override
    public String toString() {
        return "draft-cavage " + keys.keySet();
    }
}
