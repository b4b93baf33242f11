package io.fairlead.crypto;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** Test vectors and keys from the resources. */
final class Vectors {

    /** One JSON object. */
    record Case(Map<String, Object> json) {
        boolean has(String name) {
            return json.get(name) != null;
        }

        String text(String name) {
            Object value = json.get(name);
            if (value == null) {
                throw new IllegalArgumentException("no " + name + " in " + json.keySet());
            }
            return value.toString();
        }

        String text(String name, String otherwise) {
            return has(name) ? text(name) : otherwise;
        }

        long number(String name) {
            return Long.parseLong(text(name));
        }

        byte[] hex(String name) {
            return HexFormat.of().parseHex(text(name));
        }

        byte[] base64(String name) {
            return Base64.getDecoder().decode(text(name));
        }

        @SuppressWarnings("unchecked")
        Case object(String name) {
            return new Case((Map<String, Object>) json.get(name));
        }

        @SuppressWarnings("unchecked")
        List<Case> list(String name) {
            List<Case> cases = new ArrayList<>();
            ((List<Object>) json.get(name)).forEach(o -> cases.add(new Case((Map<String, Object>) o)));
            return cases;
        }

        @SuppressWarnings("unchecked")
        List<List<String>> pairs(String name) {
            return (List<List<String>>) json.get(name);
        }

        @SuppressWarnings("unchecked")
        List<String> strings(String name) {
            return (List<String>) json.get(name);
        }

        @Override
        public String toString() {
            return text("id", text("tcId", "case"));
        }
    }

    private Vectors() {}

    static String resource(String path) {
        try (InputStream in = Vectors.class.getResourceAsStream(path)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String key(String name) {
        return resource("/keys/" + name + ".pem");
    }

    static Case file(String name) {
        return parse(resource("/vectors/" + name + ".json"));
    }

    /** A file of Wycheproof: the whole one, if {@code -Dwycheproof} names the folder of them, or else the part that is among the resources. */
    static Case wycheproof(String name) {
        String all = System.getProperty("wycheproof");
        try {
            return all == null
                    ? file("wycheproof/" + name + "_test")
                    : parse(Files.readString(Path.of(all, name + "_test.json")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static boolean hasWycheproof(String name) {
        String all = System.getProperty("wycheproof");
        return all == null
                ? Vectors.class.getResource("/vectors/wycheproof/" + name + "_test.json") != null
                : Files.exists(Path.of(all, name + "_test.json"));
    }

    static Case parse(String json) {
        try {
            return new Case(JSONObjectUtils.parse(json));
        } catch (ParseException e) {
            throw new IllegalArgumentException(e);
        }
    }

    static List<Case> cases(String name) {
        return file(name).list("cases");
    }

    static Case get(String file, String id) {
        return cases(file).stream()
                .filter(c -> c.text("id").equals(id))
                .findFirst()
                .orElseThrow();
    }

    /** Each form of the text in which one of its characters is another, and the one without its last. */
    static void mutations(String text, Consumer<String> each) {
        for (int i = 0; i < text.length(); i++) {
            char other = text.charAt(i) == 'A' ? 'B' : 'A';
            each.accept(text.substring(0, i) + other + text.substring(i + 1));
        }
        if (!text.isEmpty()) {
            each.accept(text.substring(0, text.length() - 1));
        }
    }

    /** Each form of the bytes in which one bit of one byte is another, and those a byte shorter and longer. */
    static void mutations(byte[] bytes, Consumer<byte[]> each) {
        for (int i = 0; i < bytes.length; i++) {
            byte[] other = bytes.clone();
            other[i] ^= (byte) (1 << (i % 8));
            each.accept(other);
        }
        if (bytes.length > 0) {
            each.accept(java.util.Arrays.copyOf(bytes, bytes.length - 1));
        }
        each.accept(java.util.Arrays.copyOf(bytes, bytes.length + 1));
    }
}
