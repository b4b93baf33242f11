package io.fairlead.crypto;

import io.fairlead.Require;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * SHA-256 digests of public keys, one of which a server's path of certificates must have (RFC 7469, section 2.4): of its own key, or
 * of an authority above it.
 */
final class Pins {

    private static final String PREFIX = "sha256/";

    private final Set<String> pins;

    private Pins(Set<String> pins) {
        this.pins = pins;
    }

    /**
     * From {@code sha256/…}, or in the RFC's own form {@code pin-sha256="…"}, in base64.
     *
     * <p>At least two: with one alone, a server that loses its key can never be reached again until every client is changed
     * (RFC 7469, section 4.3).
     */
    static Pins of(Collection<String> texts) {
        Set<String> pins = new LinkedHashSet<>();
        for (String text : texts) {
            pins.add(pin(Require.notNull(text, "pin").strip()));
        }
        if (pins.size() < 2) {
            throw Require.bad(
                    "number of pins", pins.size(), "at least 2: one in use, and a backup that is in use nowhere");
        }
        return new Pins(pins);
    }

    private static String pin(String text) {
        String base64 = text.startsWith("pin-sha256=\"") && text.endsWith("\"")
                ? text.substring(12, text.length() - 1)
                : text.startsWith(PREFIX) ? text.substring(PREFIX.length()) : "";
        byte[] digest = Values.base64(base64);
        if (digest == null || digest.length != 32) {
            throw Require.bad("pin", "\"" + text + "\"", "sha256/ and the base64 of a SHA-256 digest");
        }
        return PREFIX + base64;
    }

    /** From a text with one pin a line; what begins with # is a comment. */
    static Pins read(String text) {
        List<String> lines = text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && !line.startsWith("#"))
                .toList();
        return of(lines);
    }

    static String of(X509Certificate certificate) {
        byte[] digest = HmacKey.sha256().digest(certificate.getPublicKey().getEncoded());
        return PREFIX + Base64.getEncoder().encodeToString(digest);
    }

    boolean matches(X509Certificate... certificates) {
        return Arrays.stream(certificates).anyMatch(one -> pins.contains(of(one)));
    }

    @Override
    public String toString() {
        return "Pins" + pins;
    }
}
