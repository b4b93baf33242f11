package io.fairlead.crypto;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The members of one JSON object with the exact text of each value: what is signed is the text, and no parser gives that back. Only
 * as much of JSON is understood as it takes to find where a value ends; every failure is an {@link IllegalArgumentException}.
 */
final class JsonMembers {

    private final String text;
    private int at;

    private JsonMembers(String text) {
        this.text = text;
    }

    static Map<String, String> of(String text) {
        JsonMembers reader = new JsonMembers(text);
        Map<String, String> members = new LinkedHashMap<>();
        reader.expect('{');
        if (reader.peek() != '}') {
            reader.member(members);
            while (reader.peek() == ',') {
                reader.at++;
                reader.member(members);
            }
        }
        reader.expect('}');
        reader.blanks();
        if (reader.at < text.length()) {
            throw reader.bad();
        }
        return members;
    }

    private IllegalArgumentException bad() {
        return new IllegalArgumentException("JSON is malformed at " + at);
    }

    private void blanks() {
        while (at < text.length() && " \t\r\n".indexOf(text.charAt(at)) >= 0) {
            at++;
        }
    }

    private char peek() {
        blanks();
        if (at >= text.length()) {
            throw bad();
        }
        return text.charAt(at);
    }

    private void expect(char c) {
        if (peek() != c) {
            throw bad();
        }
        at++;
    }

    /* A name that is there twice is read by one parser so and by another so. An escaped one could be such a name. */
    private void member(Map<String, String> members) {
        peek();
        int from = at;
        string();
        String name = text.substring(from + 1, at - 1);
        expect(':');
        peek();
        int begin = at;
        value();
        if (name.indexOf('\\') >= 0 || members.put(name, text.substring(begin, at)) != null) {
            throw bad();
        }
    }

    private void string() {
        if (text.charAt(at) != '"') {
            throw bad();
        }
        for (at++; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                at++;
                return;
            }
            if (c == '\\') {
                at++;
            } else if (c < ' ') {
                throw bad();
            }
        }
        throw bad();
    }

    private void value() {
        char first = text.charAt(at);
        if (first == '"') {
            string();
        } else if (first == '{' || first == '[') {
            nested();
        } else {
            int from = at;
            while (at < text.length() && ",}] \t\r\n".indexOf(text.charAt(at)) < 0) {
                at++;
            }
            if (!text.substring(from, at).matches("true|false|null|-?[0-9][0-9.eE+-]*")) {
                throw bad();
            }
        }
    }

    /* Braces and brackets are counted together: where they do not match, whoever reads the value will say so. */
    private void nested() {
        int depth = 0;
        while (at < text.length()) {
            char c = text.charAt(at);
            if (c == '"') {
                string();
                continue;
            }
            at++;
            if (c == '{' || c == '[') {
                depth++;
            } else if ((c == '}' || c == ']') && --depth == 0) {
                return;
            }
        }
        throw bad();
    }
}
