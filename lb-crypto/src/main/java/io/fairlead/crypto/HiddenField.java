package io.fairlead.crypto;

import io.fairlead.Require;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One place of a JSON text where a value is hidden: in itself, or moved into another member beside it.
 *
 * @param plain where the value is while it can be read
 * @param outer what takes its place
 * @param name of the member beside it; null for the value's own place
 * @param members inside, the innermost last, where the hidden string is
 */
record HiddenField(JsonPath plain, JsonPath outer, @Nullable String name, List<String> members) {

    static HiddenField inPlace(String path) {
        JsonPath plain = JsonPath.of(path);
        return new HiddenField(plain, plain, null, List.of());
    }

    /** @param hiddenPath of the same parent as the plain path, at the root if that is {@code $} */
    static HiddenField moved(String plainPath, String hiddenPath) {
        JsonPath plain = JsonPath.of(plainPath);
        JsonPath hidden = JsonPath.of(hiddenPath);
        if (plain.length() == 0) {
            List<String> members = hidden.names(0);
            if (members != null && !members.isEmpty()) {
                return new HiddenField(plain, plain, null, members);
            }
        } else if (hidden.length() >= plain.length()
                && hidden.steps().subList(0, plain.length() - 1).equals(plain.parent())
                && plain.names(plain.length() - 1) != null) {
            List<String> names = hidden.names(plain.length() - 1);
            if (names != null) {
                JsonPath outer =
                        new JsonPath(hiddenPath, hidden.first(plain.length()).steps(), plain.optional());
                return new HiddenField(plain, outer, names.get(0), names.subList(1, names.size()));
            }
        }
        throw Require.bad(
                "hidden path",
                "\"" + hiddenPath + "\"",
                "a member beside " + plainPath + " or members inside such a one");
    }

    /** @throws IllegalArgumentException if one is inside another */
    static List<HiddenField> apart(List<HiddenField> fields) {
        List<HiddenField> before = new ArrayList<>();
        for (HiddenField field : fields) {
            for (HiddenField other : before) {
                if (field.plain.leadsTo(other.plain) || other.plain.leadsTo(field.plain)) {
                    throw Require.bad(
                            "path", "\"" + field.plain + "\"", "none that is inside another, as of " + other.plain);
                }
            }
            before.add(field);
        }
        if (before.isEmpty()) {
            throw Require.bad("paths", "empty", "at least one");
        }
        return List.copyOf(before);
    }

    /** The name of the member in the plain text. */
    String plainName() {
        List<String> last = plain.names(plain.length() - 1);
        return last == null ? "" : last.get(0);
    }
}
