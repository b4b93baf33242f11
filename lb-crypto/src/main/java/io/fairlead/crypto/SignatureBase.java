package io.fairlead.crypto;

import io.fairlead.crypto.HttpMessage.Target;
import io.fairlead.crypto.StructuredField.InnerList;
import io.fairlead.crypto.StructuredField.Item;
import io.fairlead.crypto.StructuredField.Member;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The text that a signature of RFC 9421 signs (section 2.5): one line for each covered component, and one for the parameters. Pure;
 * every failure is an {@link IllegalArgumentException} that names the component.
 */
final class SignatureBase {

    private static final Pattern FOLD = Pattern.compile("[ \\t]*\\r?\\n[ \\t]+");

    private SignatureBase() {}

    /** @param parameters the components, in their order, and the parameters of the signature */
    static String text(InnerList parameters, HttpMessage message) {
        StringBuilder out = new StringBuilder();
        Set<String> seen = new HashSet<>();
        for (Item item : parameters.items()) {
            Component component = Component.of(item);
            String identifier = component.toString();
            if (!seen.add(sorted(component))) {
                throw new IllegalArgumentException("component " + identifier + " is covered twice");
            }
            out.append(identifier)
                    .append(": ")
                    .append(value(component, message))
                    .append('\n');
        }
        return out.append("\"@signature-params\": ")
                .append(StructuredField.text(parameters))
                .toString();
    }

    /* The order of parameters does not make another component (section 2). */
    private static String sorted(Component component) {
        return component.name() + new java.util.TreeMap<>(component.parameters());
    }

    static String value(Component component, HttpMessage of) {
        HttpMessage message = component.has("req") ? of.request() : of;
        if (message == null) {
            throw missing(component, "the request that was answered is not known");
        }
        String value = component.name().startsWith("@") ? derived(component, message) : field(component, message);
        return Values.line(value, "component " + component.name());
    }

    private static IllegalArgumentException missing(Component component, String why) {
        return new IllegalArgumentException("component " + component + ": " + why);
    }

    private static String derived(Component component, HttpMessage message) {
        if (component.name().equals("@status")) {
            if (message.target() != null) {
                throw missing(component, "a request has no status");
            }
            return Integer.toString(message.status());
        }
        Target target = message.target();
        if (target == null) {
            throw missing(component, "a response has none, its request has with ;req");
        }
        String query = target.query() == null ? "" : target.query();
        return switch (component.name()) {
            case "@method" -> target.method();
            case "@target-uri" ->
                target.scheme().toLowerCase(Locale.ROOT) + "://" + target.normalAuthority() + target.pathAndQuery();
            case "@authority" -> target.normalAuthority();
            case "@scheme" -> target.scheme().toLowerCase(Locale.ROOT);
            case "@request-target" -> target.pathAndQuery();
            case "@path" -> target.path().isEmpty() ? "/" : target.path();
            case "@query" -> "?" + query;
            default -> queryParameter(component, query);
        };
    }

    /* Section 2.2.8: decoded as a form, encoded anew, and only where it is there once. */
    private static String queryParameter(Component component, String query) {
        String found = null;
        for (String pair : query.split("&", -1)) {
            int equals = pair.indexOf('=');
            String name = recoded(component, equals < 0 ? pair : pair.substring(0, equals));
            if (name.equals(component.text("name")) && !pair.isEmpty()) {
                if (found != null) {
                    throw missing(component, "it is in the query more than once");
                }
                found = recoded(component, equals < 0 ? "" : pair.substring(equals + 1));
            }
        }
        if (found == null) {
            throw missing(component, "it is not in the query");
        }
        return found;
    }

    private static String recoded(Component component, String text) {
        try {
            return Percent.form(URLDecoder.decode(text, StandardCharsets.UTF_8));
        } catch (IllegalArgumentException e) {
            throw missing(component, "the query is malformed");
        }
    }

    private static String field(Component component, HttpMessage message) {
        List<String> lines = message.headers().get(component.name());
        if (lines == null || lines.isEmpty()) {
            throw missing(component, "the message has no such header");
        }
        if (component.has("bs")) {
            return wrapped(lines);
        }
        String joined = joined(lines);
        String key = component.text("key");
        if (key != null) {
            Member member = StructuredParser.dictionary(joined).get(key);
            if (member == null) {
                throw missing(component, "the header has no such key");
            }
            return StructuredField.text(member);
        }
        return component.has("sf") ? strict(joined) : joined;
    }

    private static String wrapped(List<String> lines) {
        StringJoiner all = new StringJoiner(", ");
        for (String line : lines) {
            byte[] bytes = unfolded(line).getBytes(StandardCharsets.ISO_8859_1);
            all.add(":" + Base64.getEncoder().encodeToString(bytes) + ":");
        }
        return all.toString();
    }

    static String joined(List<String> lines) {
        List<String> all = new ArrayList<>();
        lines.forEach(line -> all.add(unfolded(line)));
        return String.join(", ", all);
    }

    private static String unfolded(String line) {
        return (line.indexOf('\n') < 0 ? line : FOLD.matcher(line).replaceAll(" ")).strip();
    }

    /* A field does not say which kind it is; what can be read as both a list and a dictionary is written the same. */
    private static String strict(String joined) {
        List<Member> list = listOrNull(joined);
        if (list != null) {
            return StructuredField.text(list);
        }
        Map<String, Member> dictionary = StructuredParser.dictionary(joined);
        return StructuredField.text(dictionary);
    }

    private static @Nullable List<Member> listOrNull(String joined) {
        try {
            return StructuredParser.list(joined);
        } catch (IllegalArgumentException notOne) {
            return null;
        }
    }
}
