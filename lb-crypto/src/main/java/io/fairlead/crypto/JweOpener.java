package io.fairlead.crypto;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWEHeader;
import com.nimbusds.jose.crypto.impl.DeflateHelper;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.text.ParseException;
import java.util.List;
import javax.crypto.SecretKey;

/**
 * Opens JWE under the algorithms and keys that were chosen: those that the message names must be the same, and keys and addresses of keys
 * inside it are not looked at. Immutable and thread-safe.
 */
record JweOpener(JweSuite suite) {

    /** What compressed content may grow to; the same as nimbus's own limit. */
    private static final int MOST_INFLATED = 1_000_000;

    /** The compact form. */
    byte[] open(BodyKeys keys, byte[] compact) throws GeneralSecurityException {
        try {
            return openOne(keys, List.of(JweMessage.compact(compact)));
        } catch (JOSEException | ParseException | RuntimeException e) {
            throw new Unopened();
        }
    }

    /** The JSON forms: for the first of the recipients whose key id is one of ours; the only recipient may go without an id. */
    byte[] openJson(BodyKeys keys, byte[] json) throws GeneralSecurityException {
        try {
            return openOne(keys, JweJson.messages(json));
        } catch (JOSEException | ParseException | RuntimeException e) {
            throw new Unopened();
        }
    }

    private byte[] openOne(BodyKeys keys, List<JweMessage> recipients) throws GeneralSecurityException, JOSEException {
        for (JweMessage message : recipients) {
            String keyId = message.header().getKeyID();
            Key own = keyId == null && recipients.size() > 1 ? null : keys.own(keyId);
            if (own != null && isAsChosen(message)) {
                return content(message, own, keys);
            }
        }
        throw new Unopened();
    }

    private boolean isAsChosen(JweMessage message) {
        JWEHeader header = message.header();
        JweContent content = new JweContent(header.getEncryptionMethod());
        return suite.algorithm().equals(header.getAlgorithm())
                && suite.accepted().contains(header.getEncryptionMethod())
                && header.getCriticalParams() == null
                && message.nonce().length == content.nonceBytes()
                && message.tagBytes() == content.tagBytes()
                && (message.encryptedKey().length == 0) == (suite.isDirect() || suite.isAgreedDirectly());
    }

    private byte[] content(JweMessage message, Key own, BodyKeys keys) throws GeneralSecurityException, JOSEException {
        JWEHeader header = message.header();
        SecretKey content = new JweKeyWrap(suite).unwrap(message, own, keys);
        byte[] plain = new JweContent(header.getEncryptionMethod())
                .open(content, message.nonce(), message.data(), message.sealed());
        return DeflateHelper.applyDecompression(header, plain, MOST_INFLATED);
    }
}
