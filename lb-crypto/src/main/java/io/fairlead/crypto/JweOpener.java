package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.crypto.impl.DeflateHelper;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.text.ParseException;
import java.util.Map;
import java.util.Set;
import javax.crypto.SecretKey;

/**
 * Opens JWE under the algorithms and keys that were chosen: those that the message names must be the same, and keys and addresses of keys
 * inside it are not looked at. Immutable and thread-safe.
 *
 * @param suite the algorithms
 * @param gcmNonces how many bytes the nonce of GCM may have
 */
record JweOpener(JweSuite suite, Set<Integer> gcmNonces) {

    /** What compressed content may grow to; the same as nimbus's own limit. */
    private static final int MOST_INFLATED = 1_000_000;

    /** With nonces of 96 bits, as RFC 7518, section 5.3, has them. */
    JweOpener(JweSuite suite) {
        this(suite, Set.of(Aead.NONCE_BYTES));
    }

    /** With those of 128 bits too, which are the default of Mastercard's own libraries. */
    static JweOpener mastercard(JweSuite suite) {
        return new JweOpener(suite, Set.of(Aead.NONCE_BYTES, 16));
    }

    /** The compact form. */
    byte[] open(BodyKeys keys, byte[] compact) throws GeneralSecurityException {
        try {
            return opened(keys, JweMessage.compact(compact));
        } catch (JOSEException | ParseException | RuntimeException e) {
            throw new Unopened();
        }
    }

    /**
     * The JSON forms: for the first of the recipients who names a key id of ours and the algorithm that was chosen; the only recipient may go
     * without an id.
     */
    byte[] openJson(BodyKeys keys, byte[] json) throws GeneralSecurityException {
        try {
            return opened(keys, JweJson.message(json, header -> isOurs(keys, header)));
        } catch (JOSEException | ParseException | RuntimeException e) {
            throw new Unopened();
        }
    }

    private boolean isOurs(BodyKeys keys, Map<String, Object> header) {
        return header.get("kid") instanceof String keyId
                && keys.own(keyId) != null
                && suite.algorithm().getName().equals(header.get("alg"));
    }

    private byte[] opened(BodyKeys keys, JweMessage message) throws GeneralSecurityException, JOSEException {
        Key own = keys.own(message.header().getKeyID());
        if (own == null || !isAsChosen(message)) {
            throw new Unopened();
        }
        return content(message, own, keys);
    }

    private boolean isAsChosen(JweMessage message) {
        JWEHeader header = message.header();
        JweContent content = new JweContent(header.getEncryptionMethod());
        return suite.algorithm().equals(header.getAlgorithm())
                && suite.accepted().contains(header.getEncryptionMethod())
                && header.getCriticalParams() == null
                && hasNonce(message, content)
                && message.tagBytes() == content.tagBytes()
                && (message.encryptedKey().length == 0) == (suite.isDirect() || suite.isAgreedDirectly());
    }

    private boolean hasNonce(JweMessage message, JweContent content) {
        int length = message.nonce().length;
        return content.isGcm() ? gcmNonces.contains(length) : length == content.nonceBytes();
    }

    private byte[] content(JweMessage message, Key own, BodyKeys keys) throws GeneralSecurityException, JOSEException {
        JWEHeader header = message.header();
        SecretKey content = new JweKeyWrap(suite).unwrap(message, own, keys);
        byte[] plain = new JweContent(header.getEncryptionMethod())
                .open(content, message.nonce(), message.data(), message.sealed());
        return DeflateHelper.applyDecompression(header, plain, MOST_INFLATED);
    }
}
