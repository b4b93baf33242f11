package io.fairlead.strategies;

/**
 * Where the value of a cookie stands in a header: without blanks around it, and without the quotes that a server may put around it
 * (RFC 6265, sections 4.1.1 and 5.2; user agents send them back, or not). Without allocation.
 */
final class CookieValue {

    /** There is none, or it is empty. */
    static final long NONE = -1;

    private CookieValue() {}

    /** Of the cookie that a {@code Set-Cookie} header sets. */
    static long ofSetCookie(String header, String name) {
        int semicolon = header.indexOf(';');
        return ofPair(header, 0, semicolon < 0 ? header.length() : semicolon, name);
    }

    /** Of the first such cookie of a {@code Cookie} header. */
    static long ofCookie(String header, String name) {
        for (int start = 0; start <= header.length(); ) {
            int semicolon = header.indexOf(';', start);
            int end = semicolon < 0 ? header.length() : semicolon;
            long value = ofPair(header, start, end, name);
            if (value != NONE) {
                return value;
            }
            start = end + 1;
        }
        return NONE;
    }

    static int start(long value) {
        return (int) (value >>> 32);
    }

    static int end(long value) {
        return (int) value;
    }

    private static long ofPair(String text, int from, int to, String name) {
        int nameStart = afterBlanks(text, from, to);
        int equals = text.indexOf('=', nameStart);
        if (equals < 0 || equals >= to) {
            return NONE;
        }
        int nameEnd = beforeBlanks(text, nameStart, equals);
        if (nameEnd - nameStart != name.length() || !text.startsWith(name, nameStart)) {
            return NONE;
        }
        int start = afterBlanks(text, equals + 1, to);
        int end = beforeBlanks(text, start, to);
        if (end - start > 1 && text.charAt(start) == '"' && text.charAt(end - 1) == '"') {
            start++;
            end--;
        }
        return start == end ? NONE : (long) start << 32 | end;
    }

    private static int afterBlanks(String text, int from, int to) {
        int at = from;
        while (at < to && isBlank(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static int beforeBlanks(String text, int from, int to) {
        int at = to;
        while (at > from && isBlank(text.charAt(at - 1))) {
            at--;
        }
        return at;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}
