package io.fairlead.crypto;

import io.fairlead.Require;
import io.fairlead.crypto.StructuredField.Bytes;
import io.fairlead.crypto.StructuredField.Item;
import io.fairlead.crypto.StructuredField.Member;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/** The field Content-Digest (RFC 9530, section 2). Older algorithms than SHA-2 are not known here. */
final class ContentDigest {

    static final String HEADER = "Content-Digest";

    private static final Map<String, String> ALGORITHMS = Map.of("sha-256", "SHA-256", "sha-512", "SHA-512");

    private ContentDigest() {}

    static String algorithm(String name) {
        if (!ALGORITHMS.containsKey(Require.notNull(name, "digest algorithm"))) {
            throw Require.bad("digest algorithm", "\"" + name + "\"", "sha-256 or sha-512");
        }
        return name;
    }

    static MessageDigest digest(String name) {
        try {
            return MessageDigest.getInstance(ALGORITHMS.get(algorithm(name)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("the JDK has no " + name, e);
        }
    }

    static String value(String name, byte[] digest) {
        return name + "=:" + Base64.getEncoder().encodeToString(digest) + ":";
    }

    /** Whether at least one digest is of a known algorithm, and all those are of this body. */
    static boolean matches(List<String> lines, byte[] body) {
        int known = 0;
        for (Map.Entry<String, Member> one :
                StructuredParser.dictionary(SignatureBase.joined(lines)).entrySet()) {
            if (ALGORITHMS.containsKey(one.getKey())) {
                known++;
                byte[] right = digest(one.getKey()).digest(body);
                if (!(one.getValue() instanceof Item item
                        && item.value() instanceof Bytes given
                        && MessageDigest.isEqual(right, given.bytes()))) {
                    return false;
                }
            }
        }
        return known > 0;
    }
}
