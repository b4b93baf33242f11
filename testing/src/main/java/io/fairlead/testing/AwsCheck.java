package io.fairlead.testing;

import static io.fairlead.testing.PartnerChecks.encoded;
import static io.fairlead.testing.PartnerChecks.header;
import static io.fairlead.testing.PartnerChecks.hmac;
import static io.fairlead.testing.PartnerChecks.part;
import static io.fairlead.testing.PartnerChecks.path;
import static io.fairlead.testing.PartnerChecks.query;
import static io.fairlead.testing.PartnerChecks.recoded;
import static io.fairlead.testing.PartnerChecks.require;
import static io.fairlead.testing.PartnerChecks.sha256;

import io.fairlead.testing.PartnerChecks.Arrived;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayDeque;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** AWS Signature Version 4, made anew with the secret. */
record AwsCheck(String secret, boolean s3, List<String> covered) implements PartnerChecks.Check {

    @Override
    public String proof(Arrived arrived) throws GeneralSecurityException {
        String header = header(arrived, "authorization");
        String scope = part(header, "Credential=AKID/([^,]+),");
        String names = part(header, "SignedHeaders=([^,]+),");
        List<String> all = List.of(names.split(";"));
        require(all.containsAll(List.of("host", "x-amz-date")) && all.containsAll(covered), "not all is covered");
        String time = header(arrived, "x-amz-date");
        String canonical = canonical(arrived, names);
        String text = String.join("\n", "AWS4-HMAC-SHA256", time, scope, hex(sha256(bytes(canonical))));
        byte[] key = bytes("AWS4" + secret);
        for (String step : scope.split("/")) {
            key = hmac(key, step);
        }
        require(part(header, "Signature=(\\w+)").equals(hex(hmac(key, text))), "wrong signature over " + canonical);
        return time;
    }

    private String canonical(Arrived arrived, String names) throws GeneralSecurityException {
        String payload = hex(sha256(arrived.body()));
        if (s3) {
            require(header(arrived, "x-amz-content-sha256").equals(payload), "wrong hash of the body");
        }
        String path = s3 ? slashed(path(arrived)) : tidied(path(arrived));
        StringBuilder headers = new StringBuilder();
        for (String name : names.split(";")) {
            headers.append(line(name, arrived)).append('\n');
        }
        return String.join("\n", arrived.method(), path, sorted(query(arrived)), headers, names, payload);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    private static String line(String name, Arrived arrived) {
        List<String> values = name.equals("host")
                ? List.of(arrived.authority())
                : arrived.headers().get(name);
        return name + ":"
                + values.stream().map(v -> v.strip().replaceAll(" +", " ")).collect(Collectors.joining(","));
    }

    private static String sorted(String query) {
        return Stream.of(query.isEmpty() ? new String[0] : query.split("&"))
                .map(pair -> pair.split("=", 2))
                .map(p -> recoded(p[0]) + "=" + (p.length < 2 ? "" : recoded(p[1])))
                .sorted((a, b) -> a.replaceFirst("=", " ").compareTo(b.replaceFirst("=", " ")))
                .collect(Collectors.joining("&"));
    }

    private static String slashed(String path) {
        return recoded(path).replace("%2F", "/");
    }

    private static String tidied(String path) {
        ArrayDeque<String> kept = new ArrayDeque<>();
        for (String segment : path.split("/")) {
            if (segment.equals("..")) {
                kept.pollLast();
            } else if (!segment.isEmpty() && !segment.equals(".")) {
                kept.addLast(encoded(segment));
            }
        }
        boolean open = path.matches(".*/\\.{0,2}$") && !kept.isEmpty();
        return "/" + String.join("/", kept) + (open ? "/" : "");
    }
}
