package io.fairlead.crypto;

import io.fairlead.Require;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One HMAC key under its id, and the text that it signs. Thread-safe; shows nothing of the secret. */
final class HmacKey {

    static final String SCHEME = "FAIRLEAD-HMAC-SHA256";

    /** The digest of no bytes, which nearly every GET has. */
    static final String EMPTY_DIGEST = HexFormat.of().formatHex(sha256().digest());

    private static final int LEAST_BYTES = 32;

    private final String id;
    private final Macs macs;

    HmacKey(String id, byte[] secret) {
        if (!Require.notNull(id, "key id").matches("[A-Za-z0-9._~:/@-]{1,128}")) {
            throw Require.bad("key id", "\"" + id + "\"", "1 to 128 of the characters A-Z a-z 0-9 . _ ~ : / @ -");
        }
        this.id = id;
        this.macs = new Macs(secret, LEAST_BYTES, "secret of key " + id);
    }

    String id() {
        return id;
    }

    byte[] sign(String text) {
        return macs.sign(text);
    }

    /**
     * What is signed: one part a line, none of which can contain a line feed (a URI has none, the verifier checks its own). No
     * query and an empty one are the same, as in RFC 9421, section 2.2.7.
     *
     * @param authority host and port as the server sees it
     * @param path raw, {@code /} if empty
     * @param digest SHA-256 of the body in hex
     */
    static String text(
            String keyId,
            long created,
            String nonce,
            String method,
            String authority,
            String path,
            @Nullable String query,
            String digest) {
        return SCHEME
                + '\n'
                + keyId
                + '\n'
                + created
                + '\n'
                + nonce
                + '\n'
                + method
                + '\n'
                + normal(authority)
                + '\n'
                + (path.isEmpty() ? "/" : path)
                + '\n'
                + (query == null ? "" : query)
                + '\n'
                + digest;
    }

    /* HTTP/1.1 clients leave out a default port, HTTP/2 clients may not: neither counts. */
    private static String normal(String authority) {
        String lower = authority.toLowerCase(Locale.ROOT);
        if (lower.endsWith(":443")) {
            return lower.substring(0, lower.length() - 4);
        }
        return lower.endsWith(":80") ? lower.substring(0, lower.length() - 3) : lower;
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has no SHA-256", e);
        }
    }

    @Override
    public String toString() {
        return "HmacKey[" + id + "]";
    }
}
