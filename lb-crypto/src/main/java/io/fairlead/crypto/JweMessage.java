package io.fairlead.crypto;

import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.text.ParseException;

/**
 * A JWE taken apart, as one of its recipients has it. Its arrays are not to be written to.
 *
 * @param header all of its parameters, whether protected or not
 * @param data authenticated with the content
 * @param encryptedKey empty if there is none
 * @param sealed the ciphertext with the tag at its end
 * @param tagBytes how many bytes of it are the tag
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, and copied for nobody: a message is held once
record JweMessage(JWEHeader header, byte[] data, byte[] encryptedKey, byte[] nonce, byte[] sealed, int tagBytes) {

    private static final int PARTS = 5;

    /** The compact form (RFC 7516, section 7.1). */
    static JweMessage compact(byte[] text) throws GeneralSecurityException, ParseException {
        int[] end = ends(text);
        byte[] json = Base64Text.decoded(text, 0, end[0], 0);
        Json.check(json); // a member that is there twice would be read by one so and by another so
        byte[] data = java.util.Arrays.copyOf(text, end[0]);
        byte[] tag = Base64Text.decoded(text, end[3] + 1, end[4], 0);
        return new JweMessage(
                JWEHeader.parse(
                        new String(json, StandardCharsets.UTF_8),
                        new Base64URL(new String(data, StandardCharsets.US_ASCII))),
                data,
                Base64Text.decoded(text, end[0] + 1, end[1], 0),
                Base64Text.decoded(text, end[1] + 1, end[2], 0),
                sealed(text, end[2] + 1, end[3], tag),
                tag.length);
    }

    /* Where each part ends. The content is not looked through: a dot in it is no base64. */
    private static int[] ends(byte[] text) throws GeneralSecurityException {
        int[] end = new int[PARTS];
        int parts = 0;
        for (int at = 0; parts < PARTS - 2; at++) {
            if (at == text.length) {
                throw new Unopened();
            }
            if (text[at] == '.') {
                end[parts++] = at;
            }
        }
        int last = text.length - 1;
        while (text[last] != '.') {
            last--;
        }
        if (last == end[parts - 1]) {
            throw new Unopened();
        }
        end[parts++] = last;
        end[parts] = text.length;
        return end;
    }

    static byte[] sealed(byte[] text, int from, int to, byte[] tag) throws GeneralSecurityException {
        byte[] sealed = Base64Text.decoded(text, from, to, tag.length);
        System.arraycopy(tag, 0, sealed, sealed.length - tag.length, tag.length);
        return sealed;
    }

    @Override
    public String toString() {
        return "JweMessage[]";
    }
}
