package io.fairlead.crypto;

import io.fairlead.crypto.StructuredField.InnerList;
import java.security.SignatureException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The signatures that a message claims to have. */
final class SignatureInputs {

    /** More than any known profile uses; each costs a verification. */
    private static final int MOST = 8;

    private SignatureInputs() {}

    /** @param only the label to look for; null for any */
    static Map<String, InnerList> of(HttpMessage message, @Nullable String only) throws SignatureException {
        Map<String, InnerList> found = new LinkedHashMap<>();
        List<String> lines = message.headers().get("signature-input");
        if (lines == null || message.headers().get("signature") == null) {
            throw new SignatureException("no signature");
        }
        try {
            StructuredParser.dictionary(SignatureBase.joined(lines)).forEach((label, member) -> {
                if (member instanceof InnerList list && (only == null || only.equals(label))) {
                    found.put(label, list);
                }
            });
        } catch (IllegalArgumentException e) {
            throw new SignatureException("malformed header Signature-Input");
        }
        if (found.isEmpty() || found.size() > MOST) {
            throw new SignatureException(found.isEmpty() ? "no signature" : "more than " + MOST + " signatures");
        }
        return found;
    }
}
