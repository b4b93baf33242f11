package io.fairlead.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.client.JettyServer.Arrived;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The other side of each scheme, written from its specification and the JDK alone: what a partner's server makes of what arrived. */
final class PartnerChecks {

    private PartnerChecks() {}

    /** Fails if the request is not proven; else returns what must differ between any two attempts: nonce, or date and signature. */
    interface Check {
        String proof(Arrived arrived) throws Exception;
    }

    static String part(String text, String pattern) {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        assertThat(matcher.find()).as(pattern + " in " + text).isTrue();
        return matcher.group(1);
    }

    static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
        Mac mac = Mac.getInstance("HmacSHA256");
        mac.init(new SecretKeySpec(key, "HmacSHA256"));
        return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    }

    private static byte[] joined(String before, byte[] body, String after) {
        byte[] first = before.getBytes(StandardCharsets.UTF_8);
        byte[] last = after.getBytes(StandardCharsets.UTF_8);
        byte[] all = Arrays.copyOf(first, first.length + body.length + last.length);
        System.arraycopy(body, 0, all, first.length, body.length);
        System.arraycopy(last, 0, all, first.length + body.length, last.length);
        return all;
    }

    private static void signed(String algorithm, PublicKey key, byte[] text, String base64)
            throws GeneralSecurityException {
        Signature signature = Signature.getInstance(algorithm);
        if (algorithm.equals("RSASSA-PSS")) {
            signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        }
        signature.initVerify(key);
        signature.update(text);
        assertThat(signature.verify(Base64.getDecoder().decode(base64)))
                .as("signature over " + new String(text, StandardCharsets.UTF_8))
                .isTrue();
    }

    static Check httpMessage(PublicKey ed25519) {
        return arrived -> {
            String input = arrived.header("signature-input");
            String parameters = part(input, "^sig1=(.*)$");
            String digest = "sha-256=:" + Base64.getEncoder().encodeToString(sha256(arrived.body())) + ":";
            assertThat(arrived.header("content-digest")).isEqualTo(digest);
            String base = "\"@method\": " + arrived.method() + "\n\"@authority\": " + arrived.authority()
                    + "\n\"@path\": " + arrived.path() + "\n\"@query\": ?"
                    + (arrived.query() == null ? "" : arrived.query()) + "\n\"@target-uri\": " + arrived.scheme()
                    + "://" + arrived.authority() + arrived.target() + "\n\"x-twice\": "
                    + String.join(
                            ", ",
                            arrived.headers().get("x-twice").stream()
                                    .map(String::strip)
                                    .toList())
                    + "\n\"content-digest\": " + digest + "\n\"@signature-params\": " + parameters;
            signed(
                    "Ed25519",
                    ed25519,
                    base.getBytes(StandardCharsets.UTF_8),
                    part(arrived.header("signature"), "^sig1=:(.*):$"));
            return part(parameters, "nonce=\"(.*?)\"");
        };
    }

    static Check weChatPay(PublicKey key) {
        return arrived -> {
            String header = arrived.header("authorization");
            assertThat(header).startsWith("WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\",");
            String nonce = part(header, "nonce_str=\"(\\w+)\"");
            String before = arrived.method()
                    + '\n'
                    + arrived.target()
                    + '\n'
                    + part(header, "timestamp=\"(\\d+)\"")
                    + '\n'
                    + nonce
                    + '\n';
            signed("SHA256withRSA", key, joined(before, arrived.body(), "\n"), part(header, "signature=\"(.*?)\""));
            return nonce;
        };
    }

    static Check alipayV3(PublicKey key) {
        return arrived -> {
            String header = arrived.header("authorization");
            String auth = part(header, "^ALIPAY-SHA256withRSA (.*),sign=");
            String before = auth + '\n' + arrived.method() + '\n' + arrived.target() + '\n';
            signed("SHA256withRSA", key, joined(before, arrived.body(), "\n"), part(header, ",sign=(.*)$"));
            return part(auth, "nonce=(\\w+)");
        };
    }

    private static Map<String, String> form(String text) {
        Map<String, String> form = new TreeMap<>();
        for (String pair : text.isEmpty() ? new String[0] : text.split("&")) {
            String[] parts = pair.split("=", 2);
            form.put(
                    URLDecoder.decode(parts[0], StandardCharsets.UTF_8),
                    parts.length < 2 ? "" : URLDecoder.decode(parts[1], StandardCharsets.UTF_8));
        }
        return form;
    }

    static Check alipayGateway(PublicKey key) {
        return arrived -> {
            Map<String, String> all = form(arrived.query() == null ? "" : arrived.query());
            all.putAll(form(new String(arrived.body(), StandardCharsets.UTF_8)));
            String sign = all.remove("sign");
            String text = all.entrySet().stream()
                    .filter(e -> !e.getValue().isEmpty())
                    .map(e -> e.getKey() + "=" + e.getValue())
                    .collect(Collectors.joining("&"));
            signed("SHA256withRSA", key, text.getBytes(StandardCharsets.UTF_8), sign);
            return all.get("timestamp");
        };
    }

    static Check cavage(PublicKey key) {
        return arrived -> {
            String header = arrived.header("signature");
            assertThat(arrived.header("digest"))
                    .isEqualTo("SHA-256=" + Base64.getEncoder().encodeToString(sha256(arrived.body())));
            String text = Stream.of(part(header, "headers=\"(.*?)\"").split(" "))
                    .map(name -> line(name, arrived))
                    .collect(Collectors.joining("\n"));
            signed("SHA256withRSA", key, text.getBytes(StandardCharsets.UTF_8), part(header, "signature=\"(.*?)\""));
            return arrived.header("date");
        };
    }

    private static String line(String name, Arrived arrived) {
        return switch (name) {
            case "(request-target)" -> name + ": " + arrived.method().toLowerCase() + " " + arrived.target();
            case "host" -> "host: " + arrived.authority();
            default ->
                name + ": "
                        + arrived.headers().get(name).stream()
                                .map(String::strip)
                                .collect(Collectors.joining(", "));
        };
    }

    static Check openBanking(PublicKey key) {
        return arrived -> {
            if (arrived.method().equals("GET")) {
                assertThat(arrived.headers()).doesNotContainKey("x-jws-signature");
                return null;
            }
            String[] parts = arrived.header("x-jws-signature").split("\\.", -1);
            Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
            String text = parts[0] + "." + encoder.encodeToString(arrived.body());
            String signature =
                    Base64.getEncoder().encodeToString(Base64.getUrlDecoder().decode(parts[2]));
            signed("RSASSA-PSS", key, text.getBytes(StandardCharsets.US_ASCII), signature);
            return parts[2];
        };
    }

    /** RFC 5849, section 3.4.1, as Mastercard's own libraries have it: a query with nothing percent-encoded is taken as it is. */
    static Check mastercard(PublicKey key) {
        return arrived -> {
            String header = arrived.header("authorization");
            List<String> all = new ArrayList<>();
            String signature = null;
            for (String one : part(header, "^OAuth (.*)$").split(",")) {
                String name = part(one, "^(\\w+)=");
                String value = part(one, "=\"(.*)\"$");
                if (name.equals("oauth_signature")) {
                    signature = URLDecoder.decode(value, StandardCharsets.UTF_8);
                } else {
                    all.add(name + "=" + value);
                }
            }
            String query = arrived.query() == null ? "" : arrived.query();
            for (String pair : query.isEmpty() ? new String[0] : query.split("&")) {
                String[] parts = pair.split("=", 2);
                String value = parts.length < 2 ? "" : parts[1];
                boolean encoded = query.contains("%");
                all.add(encoded ? recoded(parts[0]) + "=" + recoded(value) : parts[0] + "=" + value);
            }
            // By name, then by value.
            all.sort((a, b) -> a.replaceFirst("=", " ").compareTo(b.replaceFirst("=", " ")));
            String text = arrived.method() + "&"
                    + encoded(arrived.scheme() + "://" + arrived.authority() + arrived.path())
                    + "&" + encoded(String.join("&", all));
            signed("SHA256withRSA", key, text.getBytes(StandardCharsets.UTF_8), signature);
            assertThat(part(header, "oauth_body_hash=\"(.*?)\""))
                    .isEqualTo(Base64.getEncoder().encodeToString(sha256(arrived.body())));
            return part(header, "oauth_nonce=\"(\\w+)\"");
        };
    }

    private static String recoded(String text) {
        return encoded(URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8));
    }

    private static String encoded(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || "-._~".indexOf(b) >= 0);
            out.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b & 0xff));
        }
        return out.toString();
    }

    /** @param s3 whether the path is taken as it is and encoded once, else tidied and encoded once more */
    static Check aws(String secret, boolean s3) {
        return arrived -> {
            String header = arrived.header("authorization");
            String scope = part(header, "Credential=AKID/([^,]+),");
            String names = part(header, "SignedHeaders=([^,]+),");
            String time = arrived.header("x-amz-date");
            String payload = HexFormat.of().formatHex(sha256(arrived.body()));
            if (s3) {
                assertThat(arrived.header("x-amz-content-sha256")).isEqualTo(payload);
            }
            String path = s3 ? slashed(arrived.path()) : tidied(arrived.path());
            String headers = Stream.of(names.split(";"))
                    .map(name -> awsLine(name, arrived) + "\n")
                    .collect(Collectors.joining());
            String canonical =
                    String.join("\n", arrived.method(), path, awsQuery(arrived.query()), headers, names, payload);
            String text = String.join(
                    "\n",
                    "AWS4-HMAC-SHA256",
                    time,
                    scope,
                    HexFormat.of().formatHex(sha256(canonical.getBytes(StandardCharsets.UTF_8))));
            byte[] key = ("AWS4" + secret).getBytes(StandardCharsets.UTF_8);
            for (String step : scope.split("/")) {
                key = hmac(key, step);
            }
            assertThat(part(header, "Signature=(\\w+)"))
                    .as(canonical)
                    .isEqualTo(HexFormat.of().formatHex(hmac(key, text)));
            assertThat(names.split(";")).contains("host", "x-amz-date", "content-type", "x-twice");
            return time;
        };
    }

    private static String awsLine(String name, Arrived arrived) {
        List<String> values = name.equals("host")
                ? List.of(arrived.authority())
                : arrived.headers().get(name);
        return name + ":"
                + values.stream().map(v -> v.strip().replaceAll(" +", " ")).collect(Collectors.joining(","));
    }

    private static String awsQuery(String query) {
        return Stream.of(query == null || query.isEmpty() ? new String[0] : query.split("&"))
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
