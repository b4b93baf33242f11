package io.fairlead.crypto;

import io.fairlead.Require;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.time.DateTimeException;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Antom and Alipay+ (Alipay's payments outside of China), RSA256: requests, and replies and notifications.
 *
 * @see <a href="https://docs.antom.com/ac/ams/digital_signature">the rules of the signature</a>
 */
final class Antom {

    private Antom() {}

    private static String before(String method, String pathAndQuery, String clientId, String time) {
        return method + ' ' + pathAndQuery + '\n' + clientId + '.' + time + '.';
    }

    /** Signs requests. */
    static final class Requests implements Scheme {

        private final String clientId;
        private final int keyVersion;
        private final Signatures.Maker maker;

        Requests(String clientId, int keyVersion, PrivateKey key) {
            this.clientId = clientId(clientId);
            this.keyVersion = Require.between(keyVersion, 1, Integer.MAX_VALUE, "key version");
            this.maker = Signatures.maker(Algorithm.RSA_SHA256, key, "merchant key");
        }

        @Override
        public Draft draft(HttpRequest request, long millis, String nonce) {
            HttpMessage.Target target = HttpMessage.target(request);
            return draft(Values.line(target.method(), "method"), target.pathAndQuery(), Long.toString(millis));
        }

        Draft draft(String method, String pathAndQuery, String time) {
            return new StreamDraft(
                    maker,
                    before(method, pathAndQuery, clientId, time),
                    "",
                    signature -> Map.of(
                            "Client-Id",
                            clientId,
                            "Request-Time",
                            time,
                            "Signature",
                            "algorithm=RSA256,keyVersion=" + keyVersion + ",signature="
                                    + URLEncoder.encode(signature, StandardCharsets.US_ASCII)));
        }

        @Override
        public String toString() {
            return "Antom " + clientId;
        }
    }

    /* A dot in it could pass for the one between id and date. */
    private static String clientId(String clientId) {
        if (!Values.quotable(clientId, "client id").matches("[A-Za-z0-9_-]+")) {
            throw new IllegalArgumentException("client id has other characters than A-Z a-z 0-9 _ -");
        }
        return clientId;
    }

    /** Checks replies to, and notifications by, one method and path: they are signed, and not in the message. */
    static final class Replies implements Proof {

        /* The version of the key is not signed and chooses nothing. */
        private static final Pattern SIGNATURE =
                Pattern.compile("algorithm=RSA256, ?keyVersion=[0-9]{1,9}, ?signature=([A-Za-z0-9%+/=]+)");

        private final String method;
        private final String pathAndQuery;
        private final String clientId;
        private final Signatures.Checker checker;

        Replies(String method, String pathAndQuery, String clientId, PublicKey key) {
            this.method = Values.quotable(method, "method");
            this.pathAndQuery = Values.quotable(pathAndQuery, "path");
            this.clientId = clientId(clientId);
            this.checker = Signatures.checker(Algorithm.RSA_SHA256, key, "Antom key");
        }

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            String time = headers.one(headers.has("response-time") ? "response-time" : "request-time");
            byte[] signature = signature(headers.one("signature"));
            long created = seconds(time);
            byte[] before = before(method, pathAndQuery, clientId, time).getBytes(StandardCharsets.UTF_8);
            if (!headers.oneOr("client-id", clientId).equals(clientId) || !checker.isValid(signature, before, body)) {
                throw new SignatureException("wrong signature");
            }
            return new Claim(created, null);
        }

        private static byte[] signature(String header) throws SignatureException {
            Matcher matcher = SIGNATURE.matcher(header);
            byte[] signature = null;
            if (matcher.matches()) {
                signature = Values.base64(
                        matcher.group(1).replace("%2B", "+").replace("%2F", "/").replace("%3D", "="));
            }
            if (signature == null) {
                throw new SignatureException("malformed header signature");
            }
            return signature;
        }

        /* Milliseconds, or a date of ISO 8601: both are in use. */
        private static long seconds(String time) throws SignatureException {
            if (time.matches("[1-9][0-9]{3,14}")) {
                return Long.parseLong(time) / 1000;
            }
            try {
                return OffsetDateTime.parse(time).toEpochSecond();
            } catch (DateTimeException e) {
                throw new SignatureException("malformed date of the signature");
            }
        }

        @Override
        public boolean hasNonce() {
            return false;
        }

        @Override
        public String toString() {
            return "Antom " + clientId;
        }
    }
}
