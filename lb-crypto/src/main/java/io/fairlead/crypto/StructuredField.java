package io.fairlead.crypto;

import java.math.BigDecimal;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;

/** The values of structured fields and their one canonical text (RFC 8941, section 4.1). */
final class StructuredField {

    private StructuredField() {}

    /** What a list or dictionary holds. */
    sealed interface Member permits Item, InnerList {
        Map<String, Object> parameters();
    }

    /**
     * A value with parameters.
     *
     * @param value Long, BigDecimal, String, {@link Token}, {@link Bytes} or Boolean, as those of the parameters
     */
    record Item(Object value, Map<String, Object> parameters) implements Member {}

    /** Items in parentheses, with parameters. */
    record InnerList(List<Item> items, Map<String, Object> parameters) implements Member {}

    /** A word without quotes. */
    record Token(String text) {}

    /** Binary; equal by identity, as nobody compares them. */
    @SuppressWarnings("ArrayRecordComponent") // bytes as they were read; never compared
    record Bytes(byte[] bytes) {}

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
        } else if (value instanceof BigDecimal decimal) {
            BigDecimal stripped = decimal.stripTrailingZeros();
            out.append((stripped.scale() < 1 ? stripped.setScale(1) : stripped).toPlainString());
        } else {
            out.append(value);
        }
    }
}
