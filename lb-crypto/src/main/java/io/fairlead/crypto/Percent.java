package io.fairlead.crypto;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** Percent-encoding of UTF-8, in upper-case hex, after the rules that schemes name. */
final class Percent {

    private static final HexFormat HEX = HexFormat.of().withUpperCase();

    private Percent() {}

    /** All but the unreserved characters of RFC 3986, section 2.3, as OAuth 1.0 and AWS want. */
    static String strict(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8), "-._~");
    }

    /** The same with slashes left. */
    static String path(String text) {
        return encode(text.getBytes(StandardCharsets.UTF_8), "-._~/");
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

    /** Percent signs decoded and nothing else: a plus stays one. */
    static String decode(String text) {
        return text.indexOf('%') < 0
                ? text
                : java.net.URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
