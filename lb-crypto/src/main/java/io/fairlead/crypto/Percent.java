package io.fairlead.crypto;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** Percent-encoding of UTF-8, in upper-case hex, after the rules that schemes name. */
final class Percent {

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private Percent() {}

    /** All but the unreserved characters of RFC 3986, section 2.3, as OAuth 1.0 and AWS want. */
    static String strict(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8), "-._~");
    }

    /** What is percent-encoded somehow, decoded and encoded so: byte by byte, as it may be no UTF-8. A plus stays one. */
    static String strictAgain(String encoded) {
        return encode(decoded(encoded), "-._~");
    }

    /** The same with slashes left. */
    static String path(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8), "-._~/");
    }

    /** The same of what is percent-encoded somehow. */
    static String pathAgain(String encoded) {
        return encode(decoded(encoded), "-._~/");
    }

    /** All but letters, digits and {@code *-._}: the form set of the URL standard, with {@code %20} for a space. */
    static String form(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8), "*-._");
    }

    private static String encode(byte[] bytes, String left) {
        StringBuilder out = new StringBuilder(bytes.length + 16);
        for (byte b : bytes) {
            char c = (char) (b & 0xff);
            boolean plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (plain || left.indexOf(c) >= 0) {
                out.append(c);
            } else {
                out.append('%').append(HEX.toHighHexDigit(b)).append(HEX.toLowHexDigit(b));
            }
        }
        return out.toString();
    }

    private static byte[] decoded(String encoded) {
        byte[] bytes = encoded.getBytes(StandardCharsets.UTF_8);
        int length = 0;
        for (int i = 0; i < bytes.length; i++) {
            boolean escape = bytes[i] == '%'
                    && i + 2 < bytes.length
                    && HexFormat.isHexDigit(bytes[i + 1])
                    && HexFormat.isHexDigit(bytes[i + 2]);
            if (escape) {
                bytes[length++] =
                        (byte) (HexFormat.fromHexDigit(bytes[i + 1]) << 4 | HexFormat.fromHexDigit(bytes[i + 2]));
                i += 2;
            } else {
                bytes[length++] = bytes[i];
            }
        }
        return Arrays.copyOf(bytes, length);
    }
}
