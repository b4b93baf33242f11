package io.fairlead.crypto;

import io.fairlead.Require;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** Notifications that are proven by HMAC-SHA-256 over date and body: Stripe's, and those after Standard Webhooks. */
final class Webhooks {

    /** During a rotation there are two or three; each costs a comparison. */
    private static final int MOST_SIGNATURES = 16;

    private Webhooks() {}

    private static List<Macs> macs(List<byte[]> secrets, int least) {
        if (secrets.isEmpty()) {
            throw Require.bad("webhook secrets", "empty", "at least one");
        }
        return secrets.stream()
                .map(secret -> new Macs(secret, least, "webhook secret"))
                .toList();
    }

    /* Each secret against each signature, so that both sides may have two during a rotation. */
    private static void check(List<Macs> macs, List<byte[]> signatures, String before, byte[] body)
            throws SignatureException {
        byte[] text = before.getBytes(StandardCharsets.UTF_8);
        if (signatures.size() <= MOST_SIGNATURES) {
            for (Macs mac : macs) {
                for (byte[] signature : signatures) {
                    if (mac.isValid(signature, text, body)) {
                        return;
                    }
                }
            }
        }
        throw new SignatureException("wrong signature");
    }

    /**
     * Stripe's: {@code Stripe-Signature: t=…,v1=…}. The key is the whole text of the secret, {@code whsec_} included. The older scheme
     * v0 is never right.
     *
     * @see <a href="https://docs.stripe.com/webhooks#verify-manually">the scheme</a>
     */
    static final class Stripe implements Proof {

        private final List<Macs> macs;

        Stripe(List<String> secrets) {
            this.macs = macs(
                    Require.notNull(secrets, "webhook secrets").stream()
                            .map(s -> Values.quotable(s, "webhook secret").getBytes(StandardCharsets.US_ASCII))
                            .toList(),
                    16);
        }

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            String date = "";
            List<byte[]> signatures = new ArrayList<>();
            for (String part : headers.one("Stripe-Signature").split(",", -1)) {
                if (part.startsWith("t=") && date.isEmpty()) {
                    date = part.substring(2);
                } else if (part.startsWith("t=")) {
                    throw new SignatureException("more than one date of the signature");
                } else if (part.matches("v1=[0-9a-f]{64}")) {
                    signatures.add(HexFormat.of().parseHex(part.substring(3)));
                }
            }
            long created = Claim.seconds(date);
            Webhooks.check(macs, signatures, date + ".", body);
            // Of what is signed, as the header can say the same in several ways.
            byte[] id = macs.get(0)
                    .sign(date + "." + HexFormat.of().formatHex(HmacKey.sha256().digest(body)));
            return new Claim(created, HexFormat.of().formatHex(id));
        }

        @Override
        public String toString() {
            return "Stripe";
        }
    }

    /**
     * After Standard Webhooks: {@code webhook-id}, {@code webhook-timestamp} and {@code webhook-signature}, or the older names that begin
     * with {@code svix-}. The key is what is after {@code whsec_}, in base64.
     *
     * @see <a href="https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md">the specification</a>
     */
    static final class Standard implements Proof {

        /** The specification's least. */
        private static final int LEAST_BYTES = 24;

        private final List<Macs> macs;

        Standard(List<String> secrets) {
            this.macs = macs(
                    Require.notNull(secrets, "webhook secrets").stream()
                            .map(Standard::key)
                            .toList(),
                    LEAST_BYTES);
        }

        private static byte[] key(String secret) {
            String text = Values.quotable(secret, "webhook secret");
            byte[] key = Values.base64(text.startsWith("whsec_") ? text.substring(6) : text);
            if (key == null) {
                throw new IllegalArgumentException("webhook secret is not base64 after whsec_");
            }
            return key;
        }

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            String prefix = headers.has("svix-id") && !headers.has("webhook-id") ? "svix-" : "webhook-";
            String id = headers.one(prefix + "id");
            String date = headers.one(prefix + "timestamp");
            long created = Claim.seconds(date);
            List<byte[]> signatures = new ArrayList<>();
            for (String part : headers.one(prefix + "signature").split(" ", -1)) {
                byte[] signature = part.startsWith("v1,") ? Values.base64(part.substring(3)) : null;
                if (signature != null) {
                    signatures.add(signature);
                }
            }
            // With a dot in it, one id and date could pass for another.
            if (!id.matches("[A-Za-z0-9_:-]{1,256}")) {
                throw new SignatureException("malformed header " + prefix + "id");
            }
            Webhooks.check(macs, signatures, id + '.' + date + '.', body);
            return new Claim(created, id);
        }

        @Override
        public String toString() {
            return "Standard Webhooks";
        }
    }
}
