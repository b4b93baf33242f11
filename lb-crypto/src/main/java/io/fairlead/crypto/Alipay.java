package io.fairlead.crypto;

import io.fairlead.crypto.Proof.Claim;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Alipay's open platform: requests of the API v3, replies of v3 and of the gateway, and notifications.
 *
 * @see <a href="https://opendocs.alipay.com/common/02mse7">the rules of the signature</a>
 */
final class Alipay {

    private Alipay() {}

    /** Signs requests of the REST API v3. */
    static final class V3 implements Scheme {

        private final String identity;
        private final Signatures.Maker maker;

        /** @param certificateSerial of the application's certificate; null where plain keys are exchanged */
        V3(String appId, @Nullable String certificateSerial, PrivateKey key) {
            String serial = certificateSerial == null
                    ? ""
                    : ",app_cert_sn=" + listed(certificateSerial, "application certificate serial");
            this.identity = "app_id=" + listed(appId, "application id") + serial;
            this.maker = Signatures.maker(Algorithm.RSA_SHA256, key, "application key");
        }

        private static String listed(String value, String field) {
            if (!Values.quotable(value, field).matches("[^,=]+")) {
                throw new IllegalArgumentException(field + " has a comma or an equals sign");
            }
            return value;
        }

        @Override
        public Draft draft(HttpRequest request, long millis, String nonce) {
            HttpMessage.Target target = HttpMessage.target(request);
            List<String> token = request.headers().map().get("alipay-app-auth-token");
            return draft(target.method(), target.pathAndQuery(), token == null ? null : token.get(0), millis, nonce);
        }

        Draft draft(String method, String pathAndQuery, @Nullable String token, long millis, String nonce) {
            String auth = identity + ",nonce=" + nonce + ",timestamp=" + millis;
            String before = auth + '\n' + Values.line(method, "method") + '\n' + pathAndQuery + '\n';
            String after = token == null ? "\n" : "\n" + Values.line(token, "alipay-app-auth-token") + '\n';
            return new StreamDraft(
                    maker,
                    before,
                    after,
                    signature -> Map.of("Authorization", "ALIPAY-SHA256withRSA " + auth + ",sign=" + signature));
        }

        @Override
        public String toString() {
            return "Alipay v3 " + identity;
        }
    }

    /** Checks replies of the REST API v3. */
    static final class V3Replies implements Proof {

        private final Signatures.Checker checker;

        V3Replies(PublicKey key) {
            this.checker = Signatures.checker(Algorithm.RSA_SHA256, key, "Alipay key");
        }

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            String millis = headers.one("alipay-timestamp");
            String nonce = headers.one("alipay-nonce");
            byte[] signature = headers.base64("alipay-signature");
            if (!millis.matches("[1-9][0-9]{3,14}")) {
                throw new SignatureException("malformed date of the signature");
            }
            byte[] before = (millis + '\n' + nonce + '\n').getBytes(StandardCharsets.UTF_8);
            if (!checker.isValid(signature, before, body, new byte[] {'\n'})) {
                throw new SignatureException("wrong signature");
            }
            return new Claim(Long.parseLong(millis) / 1000, nonce);
        }

        @Override
        public String toString() {
            return "Alipay v3";
        }
    }

    /** Checks replies of the gateway: over the exact text of the member that ends in {@code _response}. */
    static final class GatewayReplies implements Proof {

        private final Signatures.Checker checker;

        GatewayReplies(PublicKey key) {
            this.checker = Signatures.checker(Algorithm.RSA_SHA256, key, "Alipay key");
        }

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            Map<String, String> members;
            try {
                members = JsonMembers.of(new String(body, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw new SignatureException("the reply is not one JSON object");
            }
            String sign = members.getOrDefault("sign", "");
            List<String> signed = members.keySet().stream()
                    .filter(name -> name.endsWith("_response"))
                    .toList();
            if (sign.length() < 2 || signed.size() != 1) {
                throw new SignatureException("no signature");
            }
            // JSON may escape the slashes of base64.
            byte[] signature =
                    Values.base64(sign.substring(1, sign.length() - 1).replace("\\/", "/"));
            String text = members.getOrDefault(signed.get(0), "");
            if (signature == null || !checker.isValid(signature, text)) {
                throw new SignatureException("wrong signature");
            }
            return new Claim(Claim.UNDATED, null);
        }

        @Override
        public boolean hasNonce() {
            return false;
        }

        @Override
        public String toString() {
            return "Alipay gateway";
        }
    }

    /**
     * Checks notifications, which are forms. Most are signed without sign_type, some (those of the service market) with it: either is
     * Alipay's own signature. Their date is not checked, as Alipay does not say whether a repeat has a new one; notify_id tells repeats.
     */
    static final class Notifications implements Proof {

        private final Signatures.Checker checker;

        Notifications(PublicKey key) {
            this.checker = Signatures.checker(Algorithm.RSA_SHA256, key, "Alipay key");
        }

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            FormParameters form = new FormParameters();
            try {
                form.addAll(new String(body, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException e) {
                throw new SignatureException("the notification is not a form in UTF-8");
            }
            String sign = form.remove("sign");
            form.putIfAbsent(
                    "sign_type", "RSA2"); // what handed it on may have dropped it, as Alipay's own libraries allow
            if (sign == null) {
                throw new SignatureException("no signature");
            }
            byte[] signature = Values.base64(sign);
            if (signature == null || !"RSA2".equals(form.get("sign_type"))) {
                throw new SignatureException(signature == null ? "malformed signature" : "sign_type is not RSA2");
            }
            String with = form.text();
            form.remove("sign_type");
            if (!checker.isValid(signature, form.text()) && !checker.isValid(signature, with)) {
                throw new SignatureException("wrong signature");
            }
            return new Claim(Claim.UNDATED, form.get("notify_id"));
        }

        @Override
        public String toString() {
            return "Alipay notifications";
        }
    }
}
