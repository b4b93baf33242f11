package io.fairlead.crypto;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The canonical request of AWS Signature Version 4, and the string to sign. Pure. */
final class AwsRequest {

    static final String ALGORITHM = "AWS4-HMAC-SHA256";

    /** What proxies, tracers and clients change or add on the way, and what is only for one connection. */
    private static final Set<String> UNSIGNED = Set.of(
            "authorization",
            "connection",
            "expect",
            "keep-alive",
            "proxy-authorization",
            "te",
            "transfer-encoding",
            "upgrade",
            "user-agent",
            "x-amzn-trace-id");

    private static final Pattern BLANKS = Pattern.compile("[ \\t]+|[ \\t]*\\r?\\n[ \\t]+");

    private AwsRequest() {}

    /** @param headers as {@link #headers} gives them */
    static String canonical(
            String method, String path, String query, SortedMap<String, String> headers, String payload) {
        StringBuilder out = new StringBuilder(512)
                .append(Values.line(method, "method"))
                .append('\n')
                .append(path)
                .append('\n')
                .append(query)
                .append('\n');
        headers.forEach(
                (name, value) -> out.append(name).append(':').append(value).append('\n'));
        return out.append('\n')
                .append(names(headers))
                .append('\n')
                .append(payload)
                .toString();
    }

    /** @param scope date/region/service/aws4_request */
    static String toSign(String dateTime, String scope, String canonical) {
        byte[] digest = HmacKey.sha256().digest(canonical.getBytes(StandardCharsets.UTF_8));
        return ALGORITHM
                + '\n'
                + dateTime
                + '\n'
                + scope
                + '\n'
                + HexFormat.of().formatHex(digest);
    }

    static String names(SortedMap<String, String> headers) {
        return String.join(";", headers.keySet());
    }

    /**
     * The path as every service but S3 wants it: without dots and empty segments, and encoded once more than it is sent.
     *
     * @param raw as on the wire
     */
    static String path(String raw, boolean normalize) {
        return Percent.path(normalize ? normalized(raw) : raw.isEmpty() ? "/" : raw);
    }

    /** The path as S3 wants it: as it is, encoded once. */
    static String s3Path(String raw) {
        return Percent.pathAgain(raw.isEmpty() ? "/" : raw);
    }

    private static String normalized(String raw) {
        Deque<String> segments = new ArrayDeque<>();
        String last = "";
        for (String segment : raw.split("/", -1)) {
            last = segment;
            if (segment.equals("..")) {
                segments.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                segments.addLast(segment);
            }
        }
        boolean open = last.isEmpty() || last.equals(".") || last.equals("..");
        String joined = "/" + String.join("/", segments);
        return open && !segments.isEmpty() ? joined + "/" : joined;
    }

    /** Names and values decoded, encoded anew and sorted; a plus stands for itself. */
    static String query(@Nullable String raw, String... more) {
        List<String> pairs = new ArrayList<>();
        for (String pair : raw == null || raw.isEmpty() ? new String[0] : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? pair : pair.substring(0, equals);
            String value = equals < 0 ? "" : pair.substring(equals + 1);
            if (!pair.isEmpty()) {
                pairs.add(Percent.strictAgain(name) + ' ' + Percent.strictAgain(value));
            }
        }
        for (int i = 0; i < more.length; i += 2) {
            pairs.add(Percent.strict(more[i]) + ' ' + Percent.strict(more[i + 1]));
        }
        // By name and then by value, as no encoded character sorts before the space that stands for the equals sign.
        Collections.sort(pairs);
        return String.join("&", pairs).replace(' ', '=');
    }

    /** The headers to sign, by name in lower case, with blanks joined. */
    static SortedMap<String, String> headers(Map<String, List<String>> lowerCase) {
        SortedMap<String, String> headers = new TreeMap<>();
        lowerCase.forEach((name, values) -> {
            if (!UNSIGNED.contains(name)) {
                List<String> trimmed = new ArrayList<>();
                values.forEach(value ->
                        trimmed.add(BLANKS.matcher(value).replaceAll(" ").strip()));
                headers.put(name, Values.line(String.join(",", trimmed), "header " + name));
            }
        });
        return headers;
    }
}
