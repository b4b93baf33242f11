package io.fairlead.crypto;

import java.security.SignatureException;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The headers of a message to be verified: each that counts must be there once, on one line. */
final class Headers {

    private final Map<String, List<String>> lowerCase;

    Headers(Map<String, List<String>> headers) {
        this.lowerCase = HttpMessage.lowerCase(headers);
    }

    /** As a reply, for schemes that cover headers by name. */
    HttpMessage message() {
        return new HttpMessage(null, 0, lowerCase, null);
    }

    String one(String name) throws SignatureException {
        List<String> values = lowerCase.getOrDefault(name.toLowerCase(Locale.ROOT), List.of());
        if (values.size() != 1) {
            throw new SignatureException((values.isEmpty() ? "no header " : "more than one header ") + name);
        }
        try {
            return Values.line(values.get(0), name);
        } catch (IllegalArgumentException e) {
            throw new SignatureException("malformed header " + name);
        }
    }

    String oneOr(String name, String otherwise) throws SignatureException {
        return has(name) ? one(name) : otherwise;
    }

    byte[] base64(String name) throws SignatureException {
        byte[] bytes = Values.base64(one(name));
        if (bytes == null) {
            throw new SignatureException("malformed header " + name);
        }
        return bytes;
    }

    boolean has(String name) {
        return lowerCase.containsKey(name.toLowerCase(Locale.ROOT));
    }
}
