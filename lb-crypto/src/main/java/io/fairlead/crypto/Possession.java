package io.fairlead.crypto;

import io.fairlead.Require;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SignatureException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the sender of a token has shown that it possesses (RFC 7800): the key of a proof of DPoP (RFC 9449), a client certificate (RFC 8705),
 * or both. Immutable; toString shows nothing of it.
 *
 * <p>All that a token is bound to must have been shown, whatever else was; a token that is bound to nothing is refused where
 * something was shown; and a proof must be by the key that the token is bound to.
 */
public final class Possession {

    /** One proof and the request that it came with. */
    private record Dpop(
            String proof, String method, URI uri, @Nullable String nonce) {}

    private final @Nullable Dpop dpop;
    private final List<String> thumbprints;

    private Possession(@Nullable Dpop dpop, List<String> thumbprints) {
        this.dpop = dpop;
        this.thumbprints = thumbprints;
    }

    /**
     * A proof of DPoP, which is checked after all else, and remembered only if nothing was wrong.
     *
     * @param proof value of the header {@code DPoP}, of which there must be one
     * @param uri the whole of it as the client sees it; its query does not count
     * @throws IllegalArgumentException if it is no http or https URI, such as the path alone that some servers show
     */
    public static Possession dpop(String proof, String method, URI uri) {
        Require.notNull(proof, "proof");
        Require.notNull(method, "method");
        if (TargetUri.normal(Require.notNull(uri, "uri")) == null) {
            throw Require.bad(
                    "uri of the request",
                    uri.isAbsolute() ? "of the scheme " + uri.getScheme() : "without a scheme and host",
                    "the whole of it as the client sees it, such as https://api.shop.example/pay");
        }
        return new Possession(new Dpop(proof, method, uri, null), List.of());
    }

    /**
     * A certificate or key of which it was seen elsewhere that the sender has it, such as the client certificate of the connection.
     *
     * @param thumbprint by {@link Tokens#thumbprint}, or of a JSON Web Key (RFC 7638)
     */
    public static Possession of(String thumbprint) {
        return new Possession(null, List.of(Require.notBlank(thumbprint, "thumbprint")));
    }

    /** The same and a certificate or key beside: {@link #of}. */
    public Possession and(String thumbprint) {
        List<String> more = new ArrayList<>(thumbprints);
        more.add(Require.notBlank(thumbprint, "thumbprint"));
        return new Possession(dpop, List.copyOf(more));
    }

    /**
     * The same with the nonce that the proof must have (RFC 9449, section 9).
     *
     * @throws IllegalStateException if there is no proof
     */
    public Possession nonce(String nonce) {
        if (dpop == null) {
            throw new IllegalStateException("a nonce is of a proof, and none was given: dpop(proof, method, uri)");
        }
        Require.notBlank(nonce, "nonce");
        return new Possession(new Dpop(dpop.proof, dpop.method, dpop.uri, nonce), thumbprints);
    }

    /**
     * Refuses a token that is not borne by whom it was given to. To be asked last, as it remembers the proof.
     *
     * @param shown null where nothing was
     * @param claims of the token, which is right in all else
     */
    static void check(@Nullable Possession shown, Map<String, Object> claims, String token, DpopVerifier proofs)
            throws SignatureException {
        if (shown == null && !claims.containsKey("cnf")) {
            return;
        }
        if (shown == null || !(claims.get("cnf") instanceof Map<?, ?> confirmation) || confirmation.isEmpty()) {
            throw Jws.refused(); // a bound token without its proof is a stolen one
        }
        shown.checkAll(confirmation, token, proofs);
    }

    private void checkAll(Map<?, ?> confirmation, String token, DpopVerifier proofs) throws SignatureException {
        Object key = confirmation.get("jkt");
        for (Map.Entry<?, ?> binding : confirmation.entrySet()) {
            boolean proven = dpop != null && binding.getKey().equals("jkt");
            boolean known = binding.getKey().equals("jkt") || binding.getKey().equals("x5t#S256");
            if (!known || (!proven && !has(binding.getValue()))) {
                throw Jws.refused(); // what we do not know nobody can have shown
            }
        }
        if (dpop == null) {
            return;
        }
        if (!(key instanceof String thumbprint)) {
            throw Jws.refused();
        }
        proofs.verify(dpop.proof, dpop.method, dpop.uri, token, thumbprint, dpop.nonce);
    }

    private boolean has(@Nullable Object thumbprint) {
        return thumbprint instanceof String text
                && thumbprints.stream()
                        .anyMatch(one -> MessageDigest.isEqual(
                                one.getBytes(StandardCharsets.UTF_8), text.getBytes(StandardCharsets.UTF_8)));
    }

    @Override
    public String toString() {
        return "Possession[" + (dpop == null ? "" : "a proof and ") + thumbprints.size() + " thumbprints]";
    }
}
