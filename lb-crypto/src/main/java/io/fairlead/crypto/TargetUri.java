package io.fairlead.crypto;

import java.net.URI;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Where a request goes, without query and fragment, in the one form that all its spellings have (RFC 3986, section 6.2.2 and 6.2.3). */
final class TargetUri {

    private TargetUri() {}

    /**
     * The URI with scheme and host in lower case, without the scheme's own port and dot segments, and with a path in which only what
     * must be is percent-encoded, in upper case. A slash that is encoded stays so: it is no slash.
     *
     * @return null if it is no URI of http or https, or names a user
     */
    static @Nullable String normal(URI uri) {
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        String authority = uri.getRawAuthority();
        boolean web = scheme.equals("https") || scheme.equals("http");
        if (!web || authority == null || authority.indexOf('@') >= 0) {
            return null;
        }
        String path = URI.create(uri.toASCIIString()).getRawPath(); // beyond ASCII it is percent-encoded UTF-8
        return scheme + "://" + server(uri, scheme.equals("https") ? 443 : 80) + withoutDots(unescaped(path));
    }

    /* Where a host's name is none to URI, such as one with an underscore, the whole of it counts. */
    private static String server(URI uri, int ownPort) {
        if (uri.getHost() == null) {
            return uri.getRawAuthority().toLowerCase(Locale.ROOT);
        }
        boolean own = uri.getPort() < 0 || uri.getPort() == ownPort;
        return uri.getHost().toLowerCase(Locale.ROOT) + (own ? "" : ":" + uri.getPort());
    }

    /* RFC 3986, section 6.2.2.1 and 6.2.2.2. URI has looked whether escapes are complete. */
    private static String unescaped(String raw) {
        StringBuilder out = new StringBuilder(raw.length());
        for (int i = 0; i < raw.length(); i++) {
            char c = raw.charAt(i);
            if (c != '%') {
                out.append(c);
                continue;
            }
            char escaped = (char) HexFormat.fromHexDigits(raw, i + 1, i + 3);
            if (isUnreserved(escaped)) {
                out.append(escaped);
            } else {
                out.append(raw.substring(i, i + 3).toUpperCase(Locale.ROOT));
            }
            i += 2;
        }
        return out.toString();
    }

    private static boolean isUnreserved(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || c == '-'
                || c == '.'
                || c == '_'
                || c == '~';
    }

    /* RFC 3986, section 5.2.4. URI.normalize() would make one slash of two, which are not the same. */
    private static String withoutDots(String path) {
        Deque<String> segments = new ArrayDeque<>();
        String[] all = path.split("/", -1);
        boolean folder = path.isEmpty();
        for (int i = 1; i < all.length; i++) {
            boolean dot = all[i].equals(".") || all[i].equals("..");
            folder = dot && i == all.length - 1;
            if (all[i].equals("..")) {
                segments.pollLast();
            } else if (!dot) {
                segments.addLast(all[i]);
            }
        }
        StringBuilder out = new StringBuilder();
        for (Iterator<String> each = segments.iterator(); each.hasNext(); ) {
            out.append('/').append(each.next());
        }
        return folder ? out.append('/').toString() : out.toString();
    }
}
