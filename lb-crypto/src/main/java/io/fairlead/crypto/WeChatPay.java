package io.fairlead.crypto;

import io.fairlead.Require;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.util.HashMap;
import java.util.Map;

/**
 * WeChat Pay APIv3: requests, and the replies and notifications of the platform.
 *
 * @see <a href="https://pay.weixin.qq.com/doc/v3/merchant/4012365342">the rules of the signature</a>
 */
final class WeChatPay {

    private static final String RSA = "WECHATPAY2-SHA256-RSA2048";
    private static final String SM = "WECHATPAY2-SM2-WITH-SM3";

    private WeChatPay() {}

    private static Algorithm algorithm(Key key, String field) {
        return Signatures.isSm2(Require.notNull(key, field)) ? Algorithm.SM2 : Algorithm.RSA_SHA256;
    }

    private static String name(Algorithm algorithm) {
        return algorithm == Algorithm.SM2 ? SM : RSA;
    }

    /** Signs requests. */
    static final class Requests implements Scheme {

        private final String merchantId;
        private final String serial;
        private final String type;
        private final Signatures.Maker maker;

        Requests(String merchantId, String serial, PrivateKey key) {
            this.merchantId = Values.quotable(merchantId, "merchant id");
            this.serial = Values.quotable(serial, "certificate serial");
            Algorithm algorithm = algorithm(key, "merchant key");
            this.type = name(algorithm);
            this.maker = Signatures.maker(algorithm, key, "merchant key");
        }

        @Override
        public Draft draft(HttpRequest request, long millis, String nonce) {
            HttpMessage.Target target = HttpMessage.target(request);
            return draft(target.method(), target.pathAndQuery(), millis / 1000, nonce);
        }

        Draft draft(String method, String pathAndQuery, long seconds, String nonce) {
            String before = Values.line(method, "method") + '\n' + pathAndQuery + '\n' + seconds + '\n' + nonce + '\n';
            return new StreamDraft(
                    maker,
                    before,
                    "\n",
                    signature -> Map.of(
                            "Authorization",
                            type + " mchid=\"" + merchantId + "\",nonce_str=\"" + nonce + "\",timestamp=\"" + seconds
                                    + "\",serial_no=\"" + serial + "\",signature=\"" + signature + '"'));
        }

        @Override
        public String toString() {
            return type + " " + merchantId;
        }
    }

    /** Checks replies and notifications. */
    static final class Replies implements Proof {

        private final Map<String, Known> keys = new HashMap<>();

        private record Known(String type, Signatures.Checker checker) {}

        /** @param platformKeys by serial of the platform's certificate, or by the id of its public key */
        Replies(Map<String, PublicKey> platformKeys) {
            if (Require.notNull(platformKeys, "platform keys").isEmpty()) {
                throw Require.bad("platform keys", "empty", "at least one");
            }
            platformKeys.forEach((serial, key) -> {
                String field = "platform key " + Values.quotable(serial, "serial");
                Algorithm algorithm = algorithm(key, field);
                keys.put(serial, new Known(name(algorithm), Signatures.checker(algorithm, key, field)));
            });
        }

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            String serial = headers.one("Wechatpay-Serial");
            String nonce = headers.one("Wechatpay-Nonce");
            String timestamp = headers.one("Wechatpay-Timestamp");
            byte[] signature = headers.base64("Wechatpay-Signature");
            long created = Claim.seconds(timestamp);
            Known key = keys.get(serial);
            // An unknown key and a wrong signature are the same answer.
            if (key == null
                    || !headers.oneOr("Wechatpay-Signature-Type", key.type).equals(key.type)
                    || !key.checker.isValid(
                            signature, before(timestamp, nonce).getBytes(StandardCharsets.UTF_8), body, new byte[] {'\n'
                            })) {
                throw new SignatureException("wrong signature or unknown key");
            }
            return new Claim(created, serial + ' ' + nonce);
        }

        /** What stands before the body and the line feed after it. */
        static String before(String timestamp, String nonce) {
            return timestamp + '\n' + nonce + '\n';
        }

        @Override
        public String toString() {
            return "WeChat Pay " + keys.keySet();
        }
    }
}
