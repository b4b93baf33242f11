package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.util.Base64URL;
import java.nio.charset.StandardCharsets;
import java.security.SignatureException;
import java.text.ParseException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Web Signature in compact form (RFC 7515), taken apart but not believed. Whatever is wrong is the same {@link SignatureException}.
 *
 * @param header whose claims about the key (jwk, jku, x5u, x5c) are read by nobody here
 * @param input what was signed: header and payload as they came
 */
record Jws(JWSHeader header, String payload, String input, Base64URL signature) {

    /** A token is a header of the request, and servers take some 8 KiB of those. */
    static final int MOST_CHARS = 16 * 1024;

    static SignatureException refused() {
        return new SignatureException("the token is not valid");
    }

    /** Takes it apart. Base64 in a form that is not the one right one, a name that is there twice, and extensions are refused. */
    static Jws parse(@Nullable String compact) throws SignatureException {
        if (compact == null || compact.length() > MOST_CHARS) {
            throw refused();
        }
        String[] parts = compact.split("\\.", 4);
        if (parts.length != 3) {
            throw refused();
        }
        byte[] header = Values.base64Url(parts[0]);
        byte[] payload = Values.base64Url(parts[1]);
        byte[] signature = Values.base64Url(parts[2]);
        if (header == null || payload == null || signature == null || signature.length == 0) {
            throw refused();
        }
        return new Jws(
                header(new String(header, StandardCharsets.UTF_8)),
                new String(payload, StandardCharsets.UTF_8),
                parts[0] + '.' + parts[1],
                new Base64URL(parts[2]));
    }

    /* crit names what must be understood, and nothing is: RFC 7515, section 4.1.11; b64 must be named by it. zip is not for signatures. */
    private static JWSHeader header(String json) throws SignatureException {
        try {
            Map<String, Object> members = ServerAnswer.object(json);
            if (members.containsKey("crit") || members.containsKey("b64") || members.containsKey("zip")) {
                throw refused();
            }
            return JWSHeader.parse(members);
        } catch (ParseException | RuntimeException e) {
            throw refused();
        }
    }

    /** Whether one of the keys made the signature. The algorithm was the key's before it was the message's. */
    boolean isBy(List<JwsKeys.Key> keys) {
        byte[] bytes = input.getBytes(StandardCharsets.US_ASCII);
        return keys.stream().anyMatch(key -> isBy(key, bytes));
    }

    private boolean isBy(JwsKeys.Key key, byte[] bytes) {
        try {
            return key.fits(header.getAlgorithm()) && key.verifier().verify(header, bytes, signature);
        } catch (JOSEException | RuntimeException malformed) {
            return false;
        }
    }

    JWSAlgorithm algorithm() {
        return header.getAlgorithm();
    }

    /** The type in lower case without its {@code application/} (RFC 7515, section 4.1.9), or empty. */
    String type() {
        String type = header.getType() == null ? "" : header.getType().getType().toLowerCase(java.util.Locale.ROOT);
        return type.startsWith("application/") ? type.substring("application/".length()) : type;
    }

    /** The claims, to be read after the signature was found right. */
    Map<String, Object> claims() throws SignatureException {
        try {
            return ServerAnswer.object(payload);
        } catch (ParseException | RuntimeException e) {
            throw refused();
        }
    }

    @Override
    public String toString() {
        return "Jws[" + header.getAlgorithm() + "]";
    }
}
