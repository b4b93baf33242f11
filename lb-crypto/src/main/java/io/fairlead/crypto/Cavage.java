package io.fairlead.crypto;

import io.fairlead.Require;
import java.net.http.HttpRequest;
import java.security.PrivateKey;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Signing HTTP Messages, draft-cavage-http-signatures-12, with Digest (RFC 3230): what the Berlin Group's NextGenPSD2 and many banks
 * ask for. Its dates {@code (created)} and {@code (expires)} are not for the algorithms that banks use, and are refused.
 */
final class Cavage implements Scheme {

    static final String TARGET = "(request-target)";

    private static final DateTimeFormatter DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private static final Map<String, Algorithm> ALGORITHMS = Map.of(
            "rsa-sha256",
            Algorithm.RSA_SHA256,
            "rsa-sha512",
            Algorithm.RSA_SHA512,
            "ecdsa-sha256",
            Algorithm.ECDSA_P256_DER);

    private final String keyId;
    private final String algorithm;
    private final Signatures.Maker maker;
    private final List<String> names = new ArrayList<>();

    Cavage(String keyId, String algorithm, PrivateKey key, String... headers) {
        this.keyId = Values.quotable(keyId, "key id");
        Algorithm known = algorithm(algorithm);
        this.algorithm = algorithm;
        this.maker = Signatures.maker(known, key, "private key of " + keyId);
        for (String header : Require.notNull(headers, "headers")) {
            String name = Require.notNull(header, "header").toLowerCase(Locale.ROOT);
            if (names.contains(name) || !(name.equals(TARGET) || name.matches("[a-z0-9_-]+\\??"))) {
                throw Require.bad("header", "\"" + header + "\"", TARGET + " and names of headers, each once");
            }
            names.add(name);
        }
        if (names.isEmpty()) {
            throw Require.bad("headers", "empty", "at least one");
        }
    }

    static Algorithm algorithm(String name) {
        Algorithm known = ALGORITHMS.get(Require.notNull(name, "algorithm"));
        if (known == null) {
            throw Require.bad("algorithm", "\"" + name + "\"", "one of " + ALGORITHMS.keySet());
        }
        return known;
    }

    @Override
    public Draft draft(HttpRequest request, long millis, String nonce) {
        return sha256 -> headers(HttpMessage.withLength(request), millis, sha256);
    }

    Map<String, String> headers(HttpMessage message, long millis, String sha256) {
        Map<String, String> added = new LinkedHashMap<>();
        Map<String, List<String>> all = new HashMap<>(message.headers());
        if (names.contains("digest")) {
            String digest = "SHA-256="
                    + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(sha256));
            added.put("Digest", digest);
            all.put("digest", List.of(digest));
        }
        if (names.contains("date") && !all.containsKey("date")) {
            String date = DATE.format(Instant.ofEpochMilli(millis));
            added.put("Date", date);
            all.put("date", List.of(date));
        }
        HttpMessage complete = new HttpMessage(message.target(), 0, all, null);
        List<String> covered = covered(complete);
        String signature = Base64.getEncoder().encodeToString(maker.sign(text(covered, complete)));
        added.put(
                "Signature",
                "keyId=\"" + keyId + "\",algorithm=\"" + algorithm + "\",headers=\"" + String.join(" ", covered)
                        + "\",signature=\"" + signature + '"');
        return added;
    }

    /* Those with a question mark only where they are. */
    private List<String> covered(HttpMessage message) {
        List<String> covered = new ArrayList<>();
        for (String name : names) {
            if (!name.endsWith("?")) {
                covered.add(name);
            } else if (message.headers().containsKey(name.substring(0, name.length() - 1))) {
                covered.add(name.substring(0, name.length() - 1));
            }
        }
        return covered;
    }

    /** The text to sign (section 2.3): one line for each of the names, in their order. */
    static String text(List<String> names, HttpMessage message) {
        List<String> lines = new ArrayList<>();
        HttpMessage.Target target = message.target();
        for (String name : names) {
            List<String> values = message.headers().get(name);
            String value;
            if (target != null && name.equals(TARGET)) {
                value = target.method().toLowerCase(Locale.ROOT) + " " + target.pathAndQuery();
            } else if (target != null && name.equals("host")) {
                value = target.authority();
            } else if (values == null) {
                throw new IllegalArgumentException("header " + name + " is to be signed and the request has none");
            } else {
                value = SignatureBase.joined(values);
            }
            lines.add(name + ": " + Values.line(value, "header " + name));
        }
        return String.join("\n", lines);
    }

    @Override
    public String toString() {
        return "draft-cavage " + keyId;
    }
}
