package io.fairlead.crypto;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Adyen's notifications, by HMAC-SHA-256 under a key in hex.
 *
 * @see <a href="https://docs.adyen.com/development-resources/webhooks/secure-webhooks/verify-hmac-signatures">the schemes</a>
 */
final class Adyen {

    private Adyen() {}

    private static Macs mac(String hexKey) {
        if (!Values.quotable(hexKey, "HMAC key").matches("([0-9A-Fa-f]{2})+")) {
            throw new IllegalArgumentException("HMAC key is not in hex");
        }
        return new Macs(java.util.HexFormat.of().parseHex(hexKey), 32, "HMAC key");
    }

    /** Of the whole body, in the header HmacSignature: platform, transfer and management webhooks. */
    static final class Payload implements Proof {

        private final Macs mac;

        Payload(String hexKey) {
            this.mac = mac(hexKey);
        }

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            if (!headers.oneOr("Protocol", "HmacSHA256").equalsIgnoreCase("HmacSHA256")) {
                throw new SignatureException("the protocol is not HmacSHA256");
            }
            if (!mac.isValid(headers.base64("HmacSignature"), body)) {
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
            return "Adyen payload";
        }
    }

    /**
     * Of eight fields of each item, inside the body: standard (payment) webhooks. All other fields are unprotected, and since nothing
     * escapes the colons between them, a colon in one could pass for two.
     */
    static final class Items implements Proof {

        private static final List<String> FIELDS =
                List.of("pspReference", "originalReference", "merchantAccountCode", "merchantReference");

        private final Macs mac;

        Items(String hexKey) {
            this.mac = mac(hexKey);
        }

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            try {
                // In which no name is twice: the signature would be of one value, and a reader might take the other.
                Map<String, Object>[] items = JSONObjectUtils.getJSONObjectArray(
                        ServerAnswer.object(new String(body, StandardCharsets.UTF_8)), "notificationItems");
                if (items == null || items.length == 0) {
                    throw new SignatureException("no signature");
                }
                for (Map<String, Object> item : items) {
                    check(JSONObjectUtils.getJSONObject(item, "NotificationRequestItem"));
                }
            } catch (ParseException | RuntimeException e) { // such as a null among the items
                throw new SignatureException("the notification is not one of Adyen's");
            }
            return new Claim(Claim.UNDATED, null);
        }

        private void check(@Nullable Map<String, Object> item) throws SignatureException, ParseException {
            Map<String, Object> additional =
                    item == null ? null : JSONObjectUtils.getJSONObject(item, "additionalData");
            if (item == null || additional == null || !(additional.get("hmacSignature") instanceof String given)) {
                throw new SignatureException("no signature");
            }
            byte[] signature = Values.base64(given);
            if (signature == null || !mac.isValid(signature, text(item).getBytes(StandardCharsets.UTF_8))) {
                throw new SignatureException("wrong signature");
            }
        }

        /** What is signed of one item: eight fields, joined by colons, empty where they are missing. */
        static String text(Map<String, Object> item) throws ParseException {
            Map<String, Object> amount = JSONObjectUtils.getJSONObject(item, "amount");
            StringJoiner joined = new StringJoiner(":");
            FIELDS.forEach(name -> joined.add(text(item.get(name))));
            return joined.add(text(amount == null ? null : amount.get("value")))
                    .add(text(amount == null ? null : amount.get("currency")))
                    .add(text(item.get("eventCode")))
                    .add(text(item.get("success")))
                    .toString();
        }

        private static String text(@Nullable Object value) {
            return value == null ? "" : value.toString();
        }

        @Override
        public boolean hasNonce() {
            return false;
        }

        @Override
        public String toString() {
            return "Adyen items";
        }
    }
}
