package io.fairlead.crypto;

import com.nimbusds.jose.JWEHeader;
import io.fairlead.Environment;
import java.nio.charset.StandardCharsets;
import java.util.function.BiFunction;
import java.util.function.ToIntFunction;

/**
 * Makes JWE in its compact form and in its flattened JSON form (RFC 7516, section 7).
 *
 * <p>The header is nimbus's; keys and content are put through the JDK's ciphers. Never compressed (RFC 8725, section 3.6). Immutable and
 * thread-safe.
 *
 * @param suite the algorithms
 * @param profile adds the header parameters of a partner, some of them the date
 */
record Jwe(JweSuite suite, BiFunction<JWEHeader.Builder, Environment, JWEHeader.Builder> profile) {

    private static final byte[] NOTHING = new byte[0];

    /** The compact form (section 7.1). */
    byte[] seal(BodyKeys keys, byte[] plain) {
        return seal(keys, plain, new String[] {"", ".", ".", ".", ".", ""});
    }

    /** The flattened JSON form (section 7.2.2), with all of the header protected. */
    byte[] sealJson(BodyKeys keys, byte[] plain) {
        String key = suite.isDirect() || suite.isAgreedDirectly() ? "" : "\",\"encrypted_key\":\"";
        return seal(keys, plain, new String[] {
            "{\"protected\":\"", key, "\",\"iv\":\"", "\",\"ciphertext\":\"", "\",\"tag\":\"", "\"}"
        });
    }

    /* What stands before the header, the encrypted key, the nonce, the ciphertext and the tag, and after it. */
    private byte[] seal(BodyKeys keys, byte[] plain, String[] around) {
        JWEHeader.Builder builder = new JWEHeader.Builder(suite.algorithm(), suite.encryption());
        if (!keys.keyId().isEmpty()) {
            builder.keyID(keys.keyId());
        }
        JweKeyWrap.Wrapped wrapped = new JweKeyWrap(suite).wrap(keys, profile.apply(builder, keys.env()));
        byte[] nonce = keys.random(suite.content().nonceBytes());
        String header = wrapped.header().toBase64URL().toString();
        String before =
                around[0] + header + around[1] + text(wrapped.encrypted()) + around[2] + text(nonce) + around[3];
        return suite.content()
                .seal(
                        wrapped.content(),
                        nonce,
                        ascii(header),
                        plain,
                        ascii(before),
                        ascii(around[4]),
                        ascii(around[5]));
    }

    private static String text(byte[] bytes) {
        return new String(Base64Text.encoded(bytes), StandardCharsets.US_ASCII);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * How many bytes a message has whose plain text has so many; the header's are of one length by and by.
     *
     * @param lengthOf the length of the form that a plain text gets
     */
    long length(long plain, ToIntFunction<byte[]> lengthOf) {
        JweContent content = suite.content();
        return lengthOf.applyAsInt(NOTHING)
                - Base64Text.length(content.length(0))
                + Base64Text.length(content.length(plain));
    }
}
