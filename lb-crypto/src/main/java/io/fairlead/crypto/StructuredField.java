package io.fairlead.crypto;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/** The values of structured fields and their one canonical text (RFC 9651, section 4.1). */
final class StructuredField {

    private StructuredField() {}

    /** What a list or dictionary holds. */
    sealed interface Member permits Item, InnerList {
        Map<String, Object> parameters();
    }

    /**
     * A value with parameters.
     *
     * @param value Long, BigDecimal, String, {@link Token}, {@link Bytes}, Boolean, {@link Date} or {@link DisplayText}, as those of the
     *     parameters
     */
    record Item(Object value, Map<String, Object> parameters) implements Member {}

    /** Items in parentheses, with parameters. */
    record InnerList(List<Item> items, Map<String, Object> parameters) implements Member {}

    /** A word without quotes. */
    record Token(String text) {}

    /** Binary; equal by identity, as nobody compares them. */
    @SuppressWarnings("ArrayRecordComponent") // bytes as they were read; never compared
    record Bytes(byte[] bytes) {}

    /** A date in seconds since 1970. */
    record Date(long seconds) {}

    /** Text of any characters, for people: in UTF-8, with what is not plain ASCII in lower-case hex. */
    record DisplayText(String text) {

        /** What stands between the quotes, or null if it is malformed. */
        static @Nullable DisplayText decoded(String raw) {
            ByteArrayOutputStream out = new ByteArrayOutputStream();
            for (int i = 0; i < raw.length(); i++) {
                char c = raw.charAt(i);
                if (c != '%') {
                    out.write(c);
                } else if (i + 2 < raw.length() && hexDigit(raw, i + 1) >= 0 && hexDigit(raw, i + 2) >= 0) {
                    out.write(hexDigit(raw, i + 1) << 4 | hexDigit(raw, i + 2));
                    i += 2;
                } else {
                    return null;
                }
            }
            try {
                ByteBuffer utf8 = ByteBuffer.wrap(out.toByteArray());
                boolean plain = raw.chars().allMatch(c -> c >= ' ' && c <= '~');
                return plain ? new DisplayText(UTF_8.newDecoder().decode(utf8).toString()) : null;
            } catch (CharacterCodingException e) {
                return null;
            }
        }

        private static int hexDigit(String raw, int at) {
            return "0123456789abcdef".indexOf(raw.charAt(at));
        }
    }

    static String text(Member member) {
        StringBuilder out = new StringBuilder();
        append(out, member);
        return out.toString();
    }

    static String text(List<Member> list) {
        StringJoiner joined = new StringJoiner(", ");
        list.forEach(member -> joined.add(text(member)));
        return joined.toString();
    }

    static String text(Map<String, Member> dictionary) {
        StringJoiner joined = new StringJoiner(", ");
        dictionary.forEach((key, member) -> {
            if (member instanceof Item item && Boolean.TRUE.equals(item.value())) {
                StringBuilder flag = new StringBuilder(key);
                append(flag, item.parameters());
                joined.add(flag);
            } else {
                joined.add(key + "=" + text(member));
            }
        });
        return joined.toString();
    }

    private static void append(StringBuilder out, Member member) {
        if (member instanceof InnerList list) {
            StringJoiner joined = new StringJoiner(" ", "(", ")");
            list.items().forEach(item -> joined.add(text(item)));
            out.append(joined);
        } else {
            appendBare(out, ((Item) member).value());
        }
        append(out, member.parameters());
    }

    private static void append(StringBuilder out, Map<String, Object> parameters) {
        parameters.forEach((key, value) -> {
            out.append(';').append(key);
            if (!Boolean.TRUE.equals(value)) {
                appendBare(out.append('='), value);
            }
        });
    }

    private static void appendBare(StringBuilder out, Object value) {
        if (value instanceof String text) {
            out.append('"')
                    .append(text.replace("\\", "\\\\").replace("\"", "\\\""))
                    .append('"');
        } else if (value instanceof Boolean flag) {
            out.append(flag ? "?1" : "?0");
        } else if (value instanceof Token token) {
            out.append(token.text());
        } else if (value instanceof Bytes binary) {
            out.append(':')
                    .append(Base64.getEncoder().encodeToString(binary.bytes()))
                    .append(':');
        } else if (value instanceof Date date) {
            out.append('@').append(date.seconds());
        } else if (value instanceof DisplayText display) {
            appendDisplayed(out.append("%\""), display.text());
        } else if (value instanceof BigDecimal decimal) {
            BigDecimal stripped = decimal.stripTrailingZeros();
            out.append((stripped.scale() < 1 ? stripped.setScale(1) : stripped).toPlainString());
        } else {
            out.append(value);
        }
    }

    private static void appendDisplayed(StringBuilder out, String text) {
        for (byte b : text.getBytes(UTF_8)) {
            if (b < ' ' || b == 0x7f || b == '%' || b == '"') {
                out.append('%').append(HexFormat.of().toHexDigits(b));
            } else {
                out.append((char) b);
            }
        }
        out.append('"');
    }
}
