package io.fairlead.crypto;

import io.fairlead.Require;
import io.fairlead.crypto.StructuredField.Item;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The identifier of one part of a message that a signature covers (RFC 9421, section 2).
 *
 * @param name of a header in lower case, or derived and with an at sign
 * @param parameters in their order
 */
record Component(String name, Map<String, Object> parameters) {

    private static final Pattern FIELD = Pattern.compile("[!#$%&'*+.^_`|~0-9a-z-]{1,256}");

    private static final Set<String> DERIVED = Set.of(
            "@method",
            "@target-uri",
            "@authority",
            "@scheme",
            "@request-target",
            "@path",
            "@query",
            "@query-param",
            "@status");

    Component {
        if (name.startsWith("@")
                ? !DERIVED.contains(name)
                : !FIELD.matcher(name).matches()) {
            throw Require.bad("component", "\"" + name + "\"", "a header in lower case or one of " + DERIVED);
        }
        boolean derived = name.startsWith("@");
        parameters.forEach((key, value) -> check(name, derived, key, value));
        if (name.equals("@query-param") != parameters.containsKey("name")) {
            throw new IllegalArgumentException(
                    "component @query-param: the parameter name belongs to it and only to it");
        }
        boolean structured = parameters.containsKey("sf") || parameters.containsKey("key");
        if (structured && parameters.containsKey("bs")) {
            throw new IllegalArgumentException("component " + name + ": bs excludes sf and key");
        }
    }

    private static void check(String name, boolean derived, String key, Object value) {
        boolean known = switch (key) {
            case "req" -> Boolean.TRUE.equals(value);
            case "sf", "bs" -> !derived && Boolean.TRUE.equals(value);
            case "key" -> !derived && value instanceof String;
            case "name" -> value instanceof String;
            default -> false; // tr too: the JDK's client neither sends nor shows trailers
        };
        if (!known) {
            throw new IllegalArgumentException("component " + name + ": parameter " + key + " is not allowed there");
        }
    }

    /** From a name with parameters, as {@code content-digest;req}, or from the form in quotes. */
    static Component parse(String text) {
        if (Require.notNull(text, "component").startsWith("\"")) {
            return of(StructuredParser.item(text));
        }
        int end = text.indexOf(';');
        return end < 0
                ? new Component(text.toLowerCase(Locale.ROOT), Map.of())
                : new Component(
                        text.substring(0, end).toLowerCase(Locale.ROOT),
                        StructuredParser.parameters(text.substring(end)));
    }

    static Component of(Item item) {
        if (item.value() instanceof String name) {
            return new Component(name, item.parameters());
        }
        throw new IllegalArgumentException("component is no string");
    }

    boolean has(String parameter) {
        return parameters.containsKey(parameter);
    }

    @Nullable
    String text(String parameter) {
        return (String) parameters.get(parameter);
    }

    Item item() {
        return new Item(name, parameters);
    }

    @Override
    public String toString() {
        return StructuredField.text(item());
    }
}
