package io.fairlead.crypto;

import io.fairlead.Require;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where a value is in a JSON text, as {@code $.card.number}, {@code $.cards[0].number}, {@code $.cards[*].number} or {@code $['a.b']}: the
 * part of JSONPath (RFC 9535) that names places and does not search. A question mark at the end says that it may be missing.
 *
 * @param text as it was given
 * @param steps names, and in brackets an index or a star
 */
record JsonPath(String text, List<String> steps, boolean optional) {

    private static final Pattern STEP =
            Pattern.compile("\\.([^.\\[\\]'\"*?\\s]+)|\\[(\\d{1,6}|\\*)]|\\['([^'\\\\]+)']");

    static JsonPath of(String text) {
        String path = Require.notNull(text, "path");
        boolean optional = path.endsWith("?");
        String steps = optional ? path.substring(0, path.length() - 1) : path;
        List<String> parsed = new ArrayList<>();
        int at = 1;
        Matcher step = STEP.matcher(steps);
        while (steps.startsWith("$") && at < steps.length() && step.find(at) && step.start() == at) {
            parsed.add(
                    step.group(1) != null
                            ? "." + step.group(1)
                            : step.group(3) != null ? "." + step.group(3) : step.group(2));
            at = step.end();
        }
        if (!steps.startsWith("$") || at < steps.length()) {
            throw Require.bad(
                    "path", "\"" + text + "\"", "as $.card.number, $.cards[0].number, $.cards[*].number or $['a.b']");
        }
        return new JsonPath(text, List.copyOf(parsed), optional);
    }

    int length() {
        return steps.size();
    }

    boolean isStep(int depth, String name) {
        return depth < length() && steps.get(depth).equals("." + name);
    }

    boolean isStep(int depth, int index) {
        return depth < length()
                && (steps.get(depth).equals("*") || steps.get(depth).equals(Integer.toString(index)));
    }

    /** The names from a step on. Null where one of them is an index. */
    @org.jspecify.annotations.Nullable
    List<String> names(int from) {
        List<String> names = steps.subList(from, length());
        return names.stream().allMatch(s -> s.startsWith("."))
                ? names.stream().map(s -> s.substring(1)).toList()
                : null;
    }

    /** The way to the value around it. */
    List<String> parent() {
        return steps.subList(0, length() - 1);
    }

    JsonPath first(int length) {
        return new JsonPath(text, steps.subList(0, length), optional);
    }

    /** Whether a value there could be the same as one at the other or around it. */
    boolean leadsTo(JsonPath other) {
        for (int i = 0; i < length(); i++) {
            if (i >= other.length() || !isLike(steps.get(i), other.steps.get(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLike(String a, String b) {
        return a.equals(b) || (!a.startsWith(".") && !b.startsWith(".") && (a.equals("*") || b.equals("*")));
    }

    @Override
    public String toString() {
        return text;
    }
}
