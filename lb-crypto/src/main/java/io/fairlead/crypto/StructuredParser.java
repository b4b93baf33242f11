package io.fairlead.crypto;

import io.fairlead.crypto.StructuredField.Bytes;
import io.fairlead.crypto.StructuredField.Date;
import io.fairlead.crypto.StructuredField.DisplayText;
import io.fairlead.crypto.StructuredField.InnerList;
import io.fairlead.crypto.StructuredField.Item;
import io.fairlead.crypto.StructuredField.Member;
import io.fairlead.crypto.StructuredField.Token;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads structured fields (RFC 9651, section 4.2), strictly. Every failure is an {@link IllegalArgumentException} without the text;
 * time and memory grow with the length alone.
 */
final class StructuredParser {

    private final String text;
    private int at;

    private StructuredParser(String text) {
        this.text = text;
    }

    static Map<String, Member> dictionary(String text) {
        StructuredParser parser = new StructuredParser(text);
        Map<String, Member> all = new LinkedHashMap<>();
        for (boolean more = parser.begin(); more; more = parser.nextMember()) {
            String key = parser.key();
            Member member = parser.skip('=') ? parser.member() : new Item(true, parser.parameters());
            all.put(key, member); // of several the last one counts, at the place of the first (section 4.2.2)
        }
        return all;
    }

    static List<Member> list(String text) {
        StructuredParser parser = new StructuredParser(text);
        List<Member> all = new ArrayList<>();
        for (boolean more = parser.begin(); more; more = parser.nextMember()) {
            all.add(parser.member());
        }
        return all;
    }

    static Item item(String text) {
        StructuredParser parser = new StructuredParser(text);
        parser.spaces();
        Item item = parser.parseItem();
        parser.spaces();
        if (parser.at < text.length()) {
            throw parser.bad();
        }
        return item;
    }

    /** Parameters alone, each with its semicolon, until the end. */
    static Map<String, Object> parameters(String text) {
        StructuredParser parser = new StructuredParser(text);
        Map<String, Object> all = parser.parameters();
        if (parser.at < text.length()) {
            throw parser.bad();
        }
        return all;
    }

    private IllegalArgumentException bad() {
        return new IllegalArgumentException("structured field is malformed at " + at);
    }

    private char peek() {
        return at < text.length() ? text.charAt(at) : 0;
    }

    private char next() {
        if (at >= text.length()) {
            throw bad();
        }
        return text.charAt(at++);
    }

    private boolean skip(char c) {
        if (at < text.length() && text.charAt(at) == c) {
            at++;
            return true;
        }
        return false;
    }

    private void spaces() {
        while (peek() == ' ') {
            at++;
        }
    }

    private void blanks() {
        while (peek() == ' ' || peek() == '\t') {
            at++;
        }
    }

    private boolean begin() {
        spaces();
        return at < text.length();
    }

    private boolean nextMember() {
        blanks();
        if (at >= text.length()) {
            return false;
        }
        if (!skip(',')) {
            throw bad();
        }
        blanks();
        if (at >= text.length()) {
            throw bad(); // a trailing comma
        }
        return true;
    }

    private Member member() {
        return peek() == '(' ? innerList() : parseItem();
    }

    private InnerList innerList() {
        at++;
        List<Item> items = new ArrayList<>();
        while (true) {
            spaces();
            if (skip(')')) {
                return new InnerList(items, parameters());
            }
            items.add(parseItem());
            if (peek() != ' ' && peek() != ')') {
                throw bad();
            }
        }
    }

    private Item parseItem() {
        return new Item(bare(), parameters());
    }

    private Map<String, Object> parameters() {
        Map<String, Object> all = new LinkedHashMap<>();
        while (skip(';')) {
            spaces();
            String key = key();
            Object value = skip('=') ? bare() : true;
            all.put(key, value);
        }
        return all;
    }

    private String key() {
        int from = at;
        if (!isLower(peek()) && peek() != '*') {
            throw bad();
        }
        while (isLower(peek()) || isDigit(peek()) || "_-.*".indexOf(peek()) >= 0) {
            at++;
        }
        return text.substring(from, at);
    }

    private Object bare() {
        char c = peek();
        if (c == '"') {
            return string();
        }
        if (c == ':') {
            return bytes();
        }
        if (c == '?') {
            at++;
            char flag = next();
            if (flag != '0' && flag != '1') {
                throw bad();
            }
            return flag == '1';
        }
        if (c == '@') {
            at++;
            if (number() instanceof Long seconds) {
                return new Date(seconds);
            }
            throw bad();
        }
        if (c == '%') {
            return displayText();
        }
        return c == '-' || isDigit(c) ? number() : token();
    }

    private String string() {
        at++;
        StringBuilder out = new StringBuilder();
        for (char c = next(); c != '"'; c = next()) {
            if (c == '\\') {
                c = next();
                if (c != '"' && c != '\\') {
                    throw bad();
                }
            } else if (c < ' ' || c > '~') {
                throw bad();
            }
            out.append(c);
        }
        return out.toString();
    }

    private DisplayText displayText() {
        int end = text.startsWith("%\"", at) ? text.indexOf('"', at + 2) : -1;
        DisplayText display = end < 0 ? null : DisplayText.decoded(text.substring(at + 2, end));
        if (display == null) {
            throw bad();
        }
        at = end + 1;
        return display;
    }

    private Bytes bytes() {
        int end = text.indexOf(':', at + 1);
        byte[] bytes = end < 0 ? null : Values.base64(text.substring(at + 1, end));
        if (bytes == null) {
            throw bad();
        }
        at = end + 1;
        return new Bytes(bytes);
    }

    private Object number() {
        int from = at;
        skip('-');
        int digits = digits();
        if (digits == 0) {
            throw bad();
        }
        if (!skip('.')) {
            if (digits > 15) {
                throw bad();
            }
            return Long.valueOf(text.substring(from, at));
        }
        int fraction = digits();
        if (digits > 12 || fraction == 0 || fraction > 3) {
            throw bad();
        }
        return new BigDecimal(text.substring(from, at));
    }

    private int digits() {
        int from = at;
        while (isDigit(peek())) {
            at++;
        }
        return at - from;
    }

    private Token token() {
        int from = at;
        char first = peek();
        if (!isLower(first) && !isUpper(first) && first != '*') {
            throw bad();
        }
        for (char c = first; isLower(c) || isUpper(c) || isDigit(c) || isTokenMark(c); c = peek()) {
            at++;
        }
        return new Token(text.substring(from, at));
    }

    private static boolean isTokenMark(char c) {
        return c != 0 && "!#$%&'*+-.^_`|~:/".indexOf(c) >= 0;
    }

    private static boolean isLower(char c) {
        return c >= 'a' && c <= 'z';
    }

    private static boolean isUpper(char c) {
        return c >= 'A' && c <= 'Z';
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }
}
