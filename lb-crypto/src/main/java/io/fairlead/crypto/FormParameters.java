package io.fairlead.crypto;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The parameters of a query or form in UTF-8, sorted by name, each there once. */
final class FormParameters {

    private final TreeMap<String, String> sorted = new TreeMap<>();

    /** @throws IllegalArgumentException if it is malformed or a name is there twice */
    void addAll(@Nullable String form) {
        for (String pair : form == null || form.isEmpty() ? new String[0] : form.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = decoded(equals < 0 ? pair : pair.substring(0, equals));
            String value = decoded(equals < 0 ? "" : pair.substring(equals + 1));
            if (sorted.put(name, value) != null) {
                throw new IllegalArgumentException("a parameter is there twice");
            }
        }
    }

    private static String decoded(String text) {
        String decoded = URLDecoder.decode(text, StandardCharsets.UTF_8);
        if (decoded.indexOf('\uFFFD') >= 0) {
            throw new IllegalArgumentException("a parameter is not in UTF-8");
        }
        return decoded;
    }

    void put(String name, String value) {
        sorted.put(name, value);
    }

    void putIfAbsent(String name, String value) {
        sorted.putIfAbsent(name, value);
    }

    @Nullable
    String get(String name) {
        return sorted.get(name);
    }

    @Nullable
    String remove(String name) {
        return sorted.remove(name);
    }

    /** Those that have a value, as they are, joined: {@code a=1&b=2}. */
    String text() {
        StringJoiner joined = new StringJoiner("&");
        sorted.forEach((name, value) -> {
            if (!value.isEmpty()) {
                joined.add(name + "=" + value);
            }
        });
        return joined.toString();
    }

    /** As a form, without those that are in another one. */
    String encoded(FormParameters without) {
        StringJoiner joined = new StringJoiner("&");
        for (Map.Entry<String, String> one : sorted.entrySet()) {
            if (!without.sorted.containsKey(one.getKey())) {
                joined.add(URLEncoder.encode(one.getKey(), StandardCharsets.UTF_8) + "="
                        + URLEncoder.encode(one.getValue(), StandardCharsets.UTF_8));
            }
        }
        return joined.toString();
    }
}
