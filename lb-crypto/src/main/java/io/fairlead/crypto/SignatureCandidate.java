package io.fairlead.crypto;

import io.fairlead.crypto.StructuredField.Bytes;
import io.fairlead.crypto.StructuredField.InnerList;
import io.fairlead.crypto.StructuredField.Item;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One signature of a message, not yet believed.
 *
 * @param label that names it
 * @param input what it says that it covers, and its parameters
 */
record SignatureCandidate(String label, InnerList input) {

    @Nullable
    String text(String parameter) {
        return input.parameters().get(parameter) instanceof String text ? text : null;
    }

    long created() throws SignatureException {
        if (input.parameters().get("created") instanceof Long created) {
            return created;
        }
        throw new SignatureException("no date: the parameter created is required");
    }

    long expires() throws SignatureException {
        Object expires = input.parameters().getOrDefault("expires", Long.MAX_VALUE);
        if (expires instanceof Long seconds) {
            return seconds;
        }
        throw new SignatureException("malformed parameter expires");
    }

    /** By key, as another key may use the same; null for none. */
    @Nullable
    String nonce() {
        String nonce = text("nonce");
        return nonce == null ? null : text("keyid") + ' ' + nonce;
    }

    /** Whether the signature covers what is required and holds, and the digest that it covers is of the body. */
    void check(HttpMessage message, byte[] body, MessageVerifier.KnownKey key, List<Component> required)
            throws SignatureException {
        Object algorithm = input.parameters().getOrDefault("alg", key.algorithm());
        if (!key.algorithm().equals(algorithm)) {
            throw new SignatureException("the parameter alg is not the algorithm of the key");
        }
        String base;
        List<Component> covered = new ArrayList<>();
        try {
            input.items().forEach(item -> covered.add(Component.of(item)));
            base = SignatureBase.text(input, message);
        } catch (IllegalArgumentException e) {
            throw new SignatureException(e.getMessage());
        }
        for (Component component : required) {
            if (!covered.contains(component)) {
                throw new SignatureException("component " + component + " is not covered");
            }
        }
        if (!key.checker().isValid(signature(message), base)) {
            throw new SignatureException("wrong signature");
        }
        checkDigest(message, body, covered);
    }

    private byte[] signature(HttpMessage message) throws SignatureException {
        try {
            String joined = SignatureBase.joined(message.headers().getOrDefault("signature", List.of()));
            if (StructuredParser.dictionary(joined).get(label) instanceof Item item
                    && item.value() instanceof Bytes signature) {
                return signature.bytes();
            }
        } catch (IllegalArgumentException e) {
            throw new SignatureException("malformed header Signature");
        }
        throw new SignatureException("no signature of the label in the header Signature");
    }

    private static void checkDigest(HttpMessage message, byte[] body, List<Component> covered)
            throws SignatureException {
        for (Component component : covered) {
            if (component.name().equals("content-digest") && !component.has("req")) {
                boolean matches;
                try {
                    matches = ContentDigest.matches(message.headers().getOrDefault("content-digest", List.of()), body);
                } catch (IllegalArgumentException e) {
                    matches = false;
                }
                if (!matches) {
                    throw new SignatureException("the body is not the one of its Content-Digest");
                }
            }
        }
    }
}
