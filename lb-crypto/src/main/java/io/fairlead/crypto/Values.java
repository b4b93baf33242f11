package io.fairlead.crypto;

import java.util.Arrays;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/** Checks of what enters a signed text or a header. */
final class Values {

    private Values() {}

    /**
     * The value, if it is one line: a line feed in one part of a signed text could pass for the end of it.
     *
     * @throws IllegalArgumentException naming the field and not the value, which may be a secret
     */
    static String line(String value, String field) {
        if (value == null) {
            throw new IllegalArgumentException(field + " is null: a value is required");
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if ((c < ' ' && c != '\t') || c == 0x7f) {
                throw new IllegalArgumentException(
                        field + " has a control character at " + i + ": allowed is text of one line");
            }
        }
        return value;
    }

    /** The value, if it is not empty, in ASCII, and can stand between quotes as it is. */
    static String quotable(String value, String field) {
        line(value, field);
        boolean ascii = value.chars().allMatch(c -> c >= ' ' && c < 0x7f && c != '"' && c != '\\');
        if (!ascii || value.isBlank()) {
            throw new IllegalArgumentException(
                    field + " is not allowed: allowed is ASCII without quotes and backslashes, not blank");
        }
        return value;
    }

    /** The bytes, or null if the text is not base64 in its one right form: no other text may pass for the same signature. */
    static byte @Nullable [] base64(String text) {
        return strict(text, Base64.getDecoder(), Base64.getEncoder());
    }

    /** The same for base64url without padding. */
    static byte @Nullable [] base64Url(String text) {
        return strict(text, Base64.getUrlDecoder(), Base64.getUrlEncoder().withoutPadding());
    }

    private static byte @Nullable [] strict(String text, Base64.Decoder decoder, Base64.Encoder encoder) {
        try {
            byte[] ascii = text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
            byte[] bytes = decoder.decode(ascii);
            // The decoder does not look at the bits that padding leaves over.
            return Arrays.equals(encoder.encode(bytes), ascii) ? bytes : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
