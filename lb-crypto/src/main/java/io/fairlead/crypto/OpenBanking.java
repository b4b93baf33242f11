package io.fairlead.crypto;

import com.nimbusds.jose.util.JSONObjectUtils;
import io.fairlead.Require;
import java.net.http.HttpRequest;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SignatureException;
import java.text.ParseException;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The detached JWS of UK Open Banking's read/write API, PS256 (RFC 7515, appendix F; RFC 7797 up to version 3.1.3).
 *
 * @see <a href="https://openbankinguk.github.io/read-write-api-site3/v3.1.10/profiles/read-write-data-api-profile.html">the profile</a>
 */
final class OpenBanking {

    static final String HEADER = "x-jws-signature";

    private static final String CLAIM = "http://openbanking.org.uk/";
    private static final List<String> CLAIMS = List.of(CLAIM + "iat", CLAIM + "iss", CLAIM + "tan");
    private static final Base64.Encoder BASE64URL = Base64.getUrlEncoder().withoutPadding();

    private OpenBanking() {}

    private static String encoded(String text) {
        return BASE64URL.encodeToString(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Signs requests that have a body. */
    static final class Requests implements Scheme {

        private final String keyId;
        private final String issuer;
        private final String trustAnchor;
        private final boolean raw;
        private final Signatures.Maker maker;

        /** @param raw whether the payload is signed as it is (b64=false) */
        Requests(String keyId, String issuer, String trustAnchor, boolean raw, PrivateKey key) {
            this.keyId = Values.quotable(keyId, "key id");
            this.issuer = Values.quotable(issuer, "issuer");
            this.trustAnchor = Values.quotable(trustAnchor, "trust anchor");
            this.raw = raw;
            this.maker = Signatures.maker(Algorithm.RSA_PSS_SHA256, key, "private key of " + keyId);
        }

        @Override
        public Draft draft(HttpRequest request, long millis, String nonce) {
            // The profile signs bodies: a request that can have none has nothing to sign.
            return request.bodyPublisher().isEmpty() ? sha256 -> Map.of() : new JwsDraft(header(millis / 1000));
        }

        String header(long seconds) {
            return "{\"alg\":\"PS256\",\"typ\":\"JOSE\",\"cty\":\"application/json\",\"kid\":\"" + keyId + '"'
                    + (raw ? ",\"b64\":false" : "")
                    + ",\"" + CLAIM + "iat\":" + seconds + ",\"" + CLAIM + "iss\":\"" + issuer + "\",\"" + CLAIM
                    + "tan\":\"" + trustAnchor + "\",\"crit\":[" + (raw ? "\"b64\"," : "") + '"'
                    + String.join("\",\"", CLAIMS) + "\"]}";
        }

        /** Base64 turns three bytes into four characters, so up to two wait for the next chunk. */
        private final class JwsDraft implements Draft {

            private final String header;
            private final Signatures.Run run = maker.start();
            private byte[] waiting = new byte[0];

            JwsDraft(String header) {
                this.header = encoded(header);
                run.update(this.header + ".");
            }

            @Override
            public void update(ByteBuffer chunk) {
                if (raw) {
                    run.update(chunk);
                    return;
                }
                byte[] all = Arrays.copyOf(waiting, waiting.length + chunk.remaining());
                chunk.get(all, waiting.length, chunk.remaining());
                int whole = all.length - all.length % 3;
                run.update(ByteBuffer.wrap(BASE64URL.encode(Arrays.copyOf(all, whole))));
                waiting = Arrays.copyOfRange(all, whole, all.length);
            }

            @Override
            public Map<String, String> headers(String sha256) {
                run.update(ByteBuffer.wrap(BASE64URL.encode(waiting)));
                return Map.of(HEADER, header + ".." + BASE64URL.encodeToString(run.sign()));
            }
        }

        @Override
        public String toString() {
            return "UK Open Banking " + keyId;
        }
    }

    /** Checks replies and event notifications of either form. */
    static final class Replies implements Proof {

        private final Map<String, Signatures.Checker> keys = new HashMap<>();
        private final String issuer;
        private final String trustAnchor;

        Replies(Map<String, PublicKey> keys, String issuer, String trustAnchor) {
            if (Require.notNull(keys, "keys").isEmpty()) {
                throw Require.bad("keys", "empty", "at least one");
            }
            keys.forEach((id, key) -> this.keys.put(
                    Values.quotable(id, "key id"),
                    Signatures.checker(Algorithm.RSA_PSS_SHA256, key, "public key of " + id)));
            this.issuer = Values.quotable(issuer, "issuer");
            this.trustAnchor = Values.quotable(trustAnchor, "trust anchor");
        }

        @Override
        public Claim check(Headers headers, byte[] body) throws SignatureException {
            String[] parts = headers.one(HEADER).split("\\.", -1);
            byte[] signature = parts.length == 3 ? Values.base64Url(parts[2]) : null;
            byte[] header = parts.length == 3 ? Values.base64Url(parts[0]) : null;
            if (signature == null || header == null || !parts[1].isEmpty() || header.length > 8192) {
                throw new SignatureException("malformed header " + HEADER);
            }
            Map<String, Object> claims = claims(new String(header, StandardCharsets.UTF_8));
            byte[] start = (parts[0] + '.').getBytes(StandardCharsets.US_ASCII);
            byte[] payload = Boolean.FALSE.equals(claims.get("b64")) ? body : BASE64URL.encode(body);
            Signatures.Checker checker = claims.get("kid") instanceof String id ? keys.get(id) : null;
            if (checker == null || !checker.isValid(signature, start, payload)) {
                throw new SignatureException("wrong signature or unknown key");
            }
            if (!issuer.equals(claims.get(CLAIM + "iss"))) {
                throw new SignatureException("the issuer is another");
            }
            if (!trustAnchor.equals(claims.get(CLAIM + "tan"))) {
                throw new SignatureException("the trust anchor is another");
            }
            if (claims.get(CLAIM + "iat") instanceof Long issued) {
                return new Claim(issued, null);
            }
            throw new SignatureException("no date of the signature");
        }

        private static Map<String, Object> claims(String header) throws SignatureException {
            Map<String, Object> claims;
            try {
                JsonMembers.of(header); // which refuses a name that is there twice
                claims = JSONObjectUtils.parse(header);
            } catch (ParseException | IllegalArgumentException e) {
                throw new SignatureException("malformed header " + HEADER);
            }
            if (!"PS256".equals(claims.get("alg"))) {
                throw new SignatureException("the algorithm is not PS256");
            }
            Set<Object> critical = new HashSet<>(CLAIMS);
            if (claims.containsKey("b64")) {
                critical.add("b64"); // RFC 7797, section 6
            }
            if (!(claims.get("crit") instanceof List<?> given) || !critical.equals(new HashSet<>(given))) {
                throw new SignatureException("the critical claims are not those of the profile");
            }
            return claims;
        }

        @Override
        public boolean hasNonce() {
            return false;
        }

        @Override
        public String toString() {
            return "UK Open Banking " + keys.keySet();
        }
    }
}
