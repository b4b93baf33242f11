package io.fairlead.testing;

import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The other side of each scheme, written from its specification and the JDK alone: what a partner's server makes of what arrived. */
public final class PartnerChecks {

    private PartnerChecks() {}

    /** A request as it arrived. */
    public interface Arrived {
        String method();

        /** {@code http} or {@code https}. */
        String scheme();

        /** Host and port, as the client has named them. */
        String authority();

        /** Path and query, still encoded. */
        String target();

        /** By names in lower case. */
        Map<String, List<String>> headers();

        byte[] body();
    }

    /** Refuses what is not proven; else tells what must differ between any two attempts: nonce, or date and signature. Null for nothing. */
    @FunctionalInterface
    public interface Check {
        String proof(Arrived arrived) throws GeneralSecurityException;
    }

    static void require(boolean right, String what) throws SignatureException {
        if (!right) {
            throw new SignatureException(what);
        }
    }

    static String header(Arrived arrived, String name) throws SignatureException {
        List<String> values = arrived.headers().getOrDefault(name, List.of());
        require(values.size() == 1, name + " is there " + values.size() + " times");
        return values.get(0);
    }

    static String path(Arrived arrived) {
        return arrived.target().split("\\?", 2)[0];
    }

    static String query(Arrived arrived) {
        String[] parts = arrived.target().split("\\?", 2);
        return parts.length < 2 ? "" : parts[1];
    }

    /** What the only group of the pattern finds in the text. */
    public static String part(String text, String pattern) throws SignatureException {
        Matcher matcher = Pattern.compile(pattern).matcher(text);
        require(matcher.find(), pattern + " is not to be found");
        return matcher.group(1);
    }

    public static byte[] sha256(byte[] bytes) throws GeneralSecurityException {
        return MessageDigest.getInstance("SHA-256").digest(bytes);
    }

    public static byte[] hmac(byte[] key, String text) throws GeneralSecurityException {
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

    static void signed(String algorithm, PublicKey key, byte[] text, String base64) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(algorithm);
        if (algorithm.equals("RSASSA-PSS")) {
            signature.setParameter(new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        }
        signature.initVerify(key);
        signature.update(text);
        byte[] bytes;
        try {
            bytes = Base64.getDecoder().decode(base64);
        } catch (IllegalArgumentException e) {
            throw new SignatureException("malformed signature", e);
        }
        require(signature.verify(bytes), "wrong signature over " + new String(text, StandardCharsets.UTF_8));
    }

    public static Check httpMessage(PublicKey ed25519) {
        return arrived -> {
            String input = header(arrived, "signature-input");
            String parameters = part(input, "^sig1=(.*)$");
            String digest = "sha-256=:" + Base64.getEncoder().encodeToString(sha256(arrived.body())) + ":";
            require(header(arrived, "content-digest").equals(digest), "wrong digest");
            String base = "\"@method\": " + arrived.method() + "\n\"@authority\": " + arrived.authority()
                    + "\n\"@path\": " + path(arrived) + "\n\"@query\": ?"
                    + query(arrived) + "\n\"@target-uri\": " + arrived.scheme()
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
                    part(header(arrived, "signature"), "^sig1=:(.*):$"));
            return part(parameters, "nonce=\"(.*?)\"");
        };
    }

    public static Check weChatPay(PublicKey key) {
        return arrived -> {
            String header = header(arrived, "authorization");
            require(header.startsWith("WECHATPAY2-SHA256-RSA2048 mchid=\"1900000001\","), "another scheme or merchant");
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

    public static Check alipayV3(PublicKey key) {
        return arrived -> {
            String header = header(arrived, "authorization");
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

    public static Check alipayGateway(PublicKey key) {
        return arrived -> {
            Map<String, String> all = form(query(arrived));
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

    public static Check cavage(PublicKey key, String... covered) {
        return arrived -> {
            String header = header(arrived, "signature");
            String digest = "SHA-256=" + Base64.getEncoder().encodeToString(sha256(arrived.body()));
            require(header(arrived, "digest").equals(digest), "wrong digest");
            List<String> names = List.of(part(header, "headers=\"(.*?)\"").split(" "));
            require(names.containsAll(List.of(covered)), "not all is covered");
            String text = names.stream().map(name -> line(name, arrived)).collect(Collectors.joining("\n"));
            signed("SHA256withRSA", key, text.getBytes(StandardCharsets.UTF_8), part(header, "signature=\"(.*?)\""));
            return header(arrived, "date");
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

    public static Check openBanking(PublicKey key) {
        return arrived -> {
            if (arrived.method().equals("GET")) {
                require(!arrived.headers().containsKey("x-jws-signature"), "a signature of no body");
                return null;
            }
            String[] parts = header(arrived, "x-jws-signature").split("\\.", -1);
            Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
            String text = parts[0] + "." + encoder.encodeToString(arrived.body());
            String signature =
                    Base64.getEncoder().encodeToString(Base64.getUrlDecoder().decode(parts[2]));
            signed("RSASSA-PSS", key, text.getBytes(StandardCharsets.US_ASCII), signature);
            return parts[2];
        };
    }

    /** One token, as it is (RFC 6750). */
    public static Check bearer(String token) {
        return arrived -> {
            require(header(arrived, "authorization").equals("Bearer " + token), "another token");
            return null;
        };
    }

    /** OAuth 1.0a with a hash of the body. */
    public static Check mastercard(PublicKey key) {
        return new MastercardCheck(key);
    }

    static String recoded(String text) {
        return encoded(URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8));
    }

    static String encoded(String text) {
        StringBuilder out = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            boolean plain = b > 0 && (Character.isLetterOrDigit(b) || "-._~".indexOf(b) >= 0);
            out.append(plain ? String.valueOf((char) b) : String.format("%%%02X", b & 0xff));
        }
        return out.toString();
    }

    /**
     * AWS Signature Version 4.
     *
     * @param s3 whether the path is taken as it is and encoded once, else tidied and encoded once more
     * @param covered headers that must be signed beside host and date
     */
    public static Check aws(String secret, boolean s3, String... covered) {
        return new AwsCheck(secret, s3, List.of(covered));
    }

    /** Antom and Alipay+. */
    public static Check antom(PublicKey key) {
        return arrived -> {
            String header = header(arrived, "signature");
            String time = header(arrived, "request-time");
            String before =
                    arrived.method() + " " + arrived.target() + "\n" + header(arrived, "client-id") + "." + time + ".";
            String signature = part(header, "^algorithm=RSA256,keyVersion=\\d+,signature=(.*)$");
            signed(
                    "SHA256withRSA",
                    key,
                    joined(before, arrived.body(), ""),
                    URLDecoder.decode(signature, StandardCharsets.UTF_8));
            return time;
        };
    }
}
